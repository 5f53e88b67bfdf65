"""One process that follows the pointer: what it serves, and what it does when it cannot."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from eligibility.classifier import TitleItem, classify, live, model_version
from eligibility.classifier.live import live_model
from eligibility.classifier.model import MODEL_DIR
from eligibility.decision import Item
from eligibility.models import ModelServing
from eligibility.registry import store, watch
from eligibility.registry.offices import promote_model, roll_back_model, start_shadow, stop_shadow
from eligibility.services.decide import decide
from eligibility.tests.registry.test_promote import WHO, spoil
from notices.models import Notice
from people.models import User
from people.roles import give_role


@pytest.fixture
def process(shipped):
    """This process, having looked once."""
    watcher = watch.watcher()
    watcher.look()
    return watcher


def test_a_process_serves_the_live_model_and_says_so(process, shipped):
    row = ModelServing.objects.get()

    assert model_version() == row.live == shipped.version
    assert row.fault == ""


def test_decisions_name_the_new_version_after_a_promotion_and_the_old_one_after_a_roll_back(process, shipped, silent, acme):
    item = Item(title="Ibuprofen Tablets 200 mg, 250 ct")

    promote_model(version=silent.version, by="usr_ann", reason="To see it.", is_forced=True)
    assert decide([item], acme)[0].model_version == shipped.version  # not before it looked
    process.look()
    (promoted,) = decide([item], acme)
    roll_back_model(by="usr_ann", reason="All unknown.")
    process.look()
    (rolled_back,) = decide([item], acme)

    assert (promoted.status, promoted.model_version) == ("unknown", silent.version)
    assert (rolled_back.status, rolled_back.model_version) == ("eligible", shipped.version)


def test_a_version_that_does_not_load_leaves_the_old_one_in_force_and_tells_the_curators(process, shipped, other):
    curator = User.objects.create(username="curator", email="curator@people.example")
    give_role(user=curator, role="curator")
    promote_model(version=other.version, **WHO)
    spoil(other, "manifest.json")

    process.look()
    process.look()

    assert model_version() == shipped.version
    assert [notice.subject for notice in Notice.objects.filter(user=curator, topic="model.broken")] == [other.version]
    assert Notice.objects.get(user=curator).count == 1
    row = ModelServing.objects.get()
    assert row.live == shipped.version
    assert "manifest.json" in row.fault


def test_a_version_whose_files_come_back_is_taken_up(process, other, monkeypatch):
    monkeypatch.setattr(watch, "RETRY_BROKEN_S", -1)
    promote_model(version=other.version, **WHO)
    spoil(other, "manifest.json")
    process.look()
    for digest in (other.files["manifest.json"],):
        path = store.store_dir() / digest[:2] / digest
        path.write_bytes(path.read_bytes()[:-1] + b"}")

    process.look()

    assert model_version() == other.version
    assert ModelServing.objects.get().fault == ""


def test_a_process_that_starts_with_a_broken_live_model_serves_the_releases(registry, other, shipped):
    promote_model(version=other.version, **WHO)
    spoil(other, "manifest.json")

    watch.watcher().look()

    assert live_model().version == shipped.version
    assert MODEL_DIR.is_dir()


def test_looking_again_where_nothing_changed_is_one_query(process, django_assert_num_queries):
    with django_assert_num_queries(1):
        process.look()


def test_only_who_compares_holds_the_model_in_shadow_and_promotion_takes_it_over(process, other):
    start_shadow(version=other.version, **WHO)
    process.look()
    assert process._shadow is None
    in_shadow = process.shadow()
    promote_model(version=other.version, **WHO)
    process.look()

    assert live_model() is in_shadow
    assert process.shadow() is None


def test_the_end_of_the_shadow_frees_it(process, other):
    start_shadow(version=other.version, **WHO)
    process.look()
    assert process.shadow().version == other.version

    stop_shadow(by="usr_ann", reason="Seen enough.")
    process.look()

    assert process.shadow() is None


def test_a_loaded_models_folder_goes_with_it(shipped, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "loads"))
    (tmp_path / "loads").mkdir()

    model = store.load(shipped.files)
    held = len(list((tmp_path / "loads").iterdir()))
    del model

    assert held == 1
    assert list((tmp_path / "loads").iterdir()) == []


def test_under_traffic_each_answer_is_that_of_the_version_it_names(process, shipped, silent):
    """Threads judge while the live model changes to and fro: never a mixture, never an error."""
    right = {shipped.version: "eligible", silent.version: "unknown"}
    models = {row.version: store.load(row.files) for row in (shipped, silent)}
    stop, wrong, seen = threading.Event(), [], set()

    def call():
        while not stop.is_set():
            for prediction in classify([TitleItem(title="Ibuprofen Tablets 200 mg, 250 ct")] * 2):
                seen.add(prediction.model_version)
                if prediction.status != right[prediction.model_version]:
                    wrong.append(prediction)

    with ThreadPoolExecutor(4) as pool:
        calls = [pool.submit(call) for _ in range(4)]
        for turn in range(40):
            version = (shipped.version, silent.version)[turn % 2]
            live.switch_to(models[version])
            classify([TitleItem(title=f"Something else {turn}")])
        stop.set()
        for done in calls:
            done.result()

    assert wrong == []
    assert seen == set(right)
