from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from eligibility.classifier.model import MODEL_DIR
from eligibility.models import ModelChange, ModelPointer, ModelVersion
from eligibility.registry import offices, store
from eligibility.registry.errors import (
    ModelUnusable,
    NothingBefore,
    Overtaken,
    ReasonMissing,
    RegistryRefused,
    VersionUnknown,
    WorseOnGolden,
)
from eligibility.registry.offices import judged_on_golden, live_version, promote_model, roll_back_model, start_shadow, stop_shadow
from eligibility.registry.versions import register_model, register_shipped
from eligibility.tests.registry.variants import bolder, confused, variant
from vault.audit.models import AuditEntry

WHO = {"by": "usr_ann", "reason": "It is better."}


def state_of_everything():
    pointer = ModelPointer.objects.values("number", "live", "shadow").first()
    return pointer, list(ModelVersion.objects.order_by("pk").values_list("version", "state")), ModelChange.objects.count()


def spoil(row, name):
    """Change a byte of a file in the store."""
    digest = row.files[name]
    path = Path(store.store_dir()) / digest[:2] / digest
    path.write_bytes(path.read_bytes()[:-1] + b"?")


def test_the_release_registers_its_own_model_and_it_decides(shipped):
    assert shipped.state == "live"
    assert shipped.version == json.loads((MODEL_DIR / "manifest.json").read_text())["version"]
    assert shipped.is_shipped
    assert shipped.metrics == json.loads((MODEL_DIR / "card.json").read_text())["held_out"] or "accuracy" in shipped.metrics


def test_registering_the_release_again_changes_nothing(shipped):
    before = state_of_everything()

    register_shipped()

    assert state_of_everything() == before


def test_a_model_that_a_person_promoted_survives_the_next_migrate(shipped, other):
    promote_model(version=other.version, **WHO)

    register_shipped()

    assert live_version() == other


def test_a_live_model_of_an_earlier_feature_version_makes_way_for_the_releases(shipped, other):
    promote_model(version=other.version, **WHO)
    ModelVersion.objects.filter(pk=other.pk).update(feature_version=1)

    register_shipped()

    assert live_version() == shipped


def test_promoting_makes_it_live_and_says_who_and_why(shipped, other):
    promote_model(version=other.version, **WHO)

    other.refresh_from_db()
    shipped.refresh_from_db()
    change = ModelChange.objects.first()
    assert (other.state, shipped.state) == ("live", "retired")
    assert (change.verb, change.version, change.before, change.by, change.reason) == (
        "promoted", other, shipped, "usr_ann", "It is better.",
    )  # fmt: skip
    assert (change.golden["n"], change.golden["right"]) == (6, 6)
    entry = AuditEntry.objects.filter(action="model_version.promoted").latest("pk")
    assert entry.reason == "It is better."
    assert entry.details["version"] == other.version


def test_promoting_the_live_one_again_changes_nothing(other):
    promote_model(version=other.version, **WHO)
    before = state_of_everything()

    promote_model(version=other.version, **WHO)

    assert state_of_everything() == before


def test_a_model_worse_on_the_golden_titles_is_refused(shipped, worse):
    before = state_of_everything()

    with pytest.raises(WorseOnGolden, match="golden titles"):
        promote_model(version=worse.version, **WHO)

    assert state_of_everything() == before


def test_forcing_a_worse_model_is_kept_with_its_reason(shipped, worse):
    promote_model(version=worse.version, by="usr_ann", reason="A drill of the roll-back.", is_forced=True)

    assert live_version() == worse
    assert ModelChange.objects.first().is_forced


def test_a_better_model_is_not_called_forced(other):
    promote_model(version=other.version, is_forced=True, **WHO)

    assert not ModelChange.objects.first().is_forced


@pytest.mark.parametrize("name", ["head.npz", "trees.txt.gz", "manifest.json"])
def test_broken_files_are_refused(shipped, other, name):
    spoil(other, name)
    before = state_of_everything()

    with pytest.raises(ModelUnusable, match=name.replace(".", r"\.")):
        promote_model(version=other.version, **WHO)

    assert state_of_everything() == before


def test_a_whole_model_replaces_a_live_one_whose_files_are_gone(shipped, other, silent):
    promote_model(version=other.version, **WHO)
    spoil(other, "manifest.json")

    promote_model(version=silent.version, by="usr_ann", reason="The live one is broken.")

    assert live_version() == silent


@pytest.mark.parametrize("change", [{"feature_version": 1}, {"categories": ["gone"]}, {"encoder_sha256": "0" * 64}])
def test_a_model_of_another_make_is_not_even_registered(shipped, tmp_path, change):
    before = state_of_everything()

    with pytest.raises(ModelUnusable):
        register_model(folder=variant(tmp_path / "odd", **change), by="Ann")

    assert state_of_everything() == before


def test_a_folder_without_a_manifest_is_refused(shipped, tmp_path):
    (tmp_path / "empty").mkdir()

    with pytest.raises(ModelUnusable, match=r"manifest\.json"):
        register_model(folder=tmp_path / "empty", by="Ann")


def test_a_link_in_the_folder_is_refused(shipped, tmp_path):
    folder = bolder(tmp_path / "bolder")
    (folder / "card.md").unlink()
    (folder / "card.md").symlink_to("/etc/passwd")

    with pytest.raises(ModelUnusable, match="not a plain file"):
        register_model(folder=folder, by="Ann")


def test_registering_twice_is_registering_once(other, tmp_path):
    again = register_model(folder=bolder(tmp_path / "again"), by="Bob")

    assert again == other
    assert ModelChange.objects.filter(version=other).count() == 1


def test_a_known_version_with_other_files_is_refused(other, tmp_path):
    folder = confused(tmp_path / "confused")
    manifest = {**json.loads((folder / "manifest.json").read_text()), "version": other.version}
    (folder / "manifest.json").write_text(json.dumps(manifest))

    with pytest.raises(RegistryRefused, match="with other files"):
        register_model(folder=folder, by="Ann")


@pytest.mark.parametrize(("by", "reason"), [("", "It is better."), ("Ann", ""), ("Ann", "better"), (" ", "It is better.")])
def test_nobody_changes_anything_without_a_name_and_a_reason(shipped, other, by, reason):
    before = state_of_everything()

    for change in (
        lambda: promote_model(version=other.version, by=by, reason=reason),
        lambda: roll_back_model(by=by, reason=reason),
        lambda: start_shadow(version=other.version, by=by, reason=reason),
        lambda: stop_shadow(by=by, reason=reason),
    ):
        with pytest.raises(ReasonMissing):
            change()

    assert state_of_everything() == before


def test_an_unknown_version_is_refused(shipped):
    with pytest.raises(VersionUnknown):
        promote_model(version="m-nothing", **WHO)


def test_the_release_gets_its_own_golden_titles_right(shipped, settings):
    settings.MODEL_GOLDEN_FILE = Path(settings.BASE_DIR) / "eligibility" / "data" / "golden.csv"

    figures = judged_on_golden(shipped)

    assert figures["n"] >= 150
    assert figures["right"] / figures["n"] >= 0.98
    assert figures["wrongly_eligible"] <= 1


def test_rolling_back_returns_to_what_was_live_and_no_further(shipped, other):
    promote_model(version=other.version, **WHO)

    assert roll_back_model(by="usr_ann", reason="Too many unknowns.") == shipped
    with pytest.raises(NothingBefore):
        roll_back_model(by="usr_ann", reason="Once more please.")

    assert live_version() == shipped
    other.refresh_from_db()
    assert other.state == "retired"


def test_a_second_click_does_not_roll_back_twice(shipped, other, silent):
    promote_model(version=other.version, **WHO)
    promote_model(version=silent.version, **WHO)
    roll_back_model(by="usr_ann", reason="Too many unknowns.", instead_of=silent.version)

    with pytest.raises(Overtaken):
        roll_back_model(by="usr_ann", reason="Too many unknowns.", instead_of=silent.version)

    assert live_version() == other


def test_a_roll_back_to_broken_files_is_refused(settings, shipped, other, silent):
    promote_model(version=other.version, **WHO)
    promote_model(version=silent.version, **WHO)
    spoil(other, "head.npz")
    before = state_of_everything()

    with pytest.raises(ModelUnusable):
        roll_back_model(by="usr_ann", reason="Too many unknowns.")

    assert state_of_everything() == before


def test_shadow_begins_and_ends(shipped, other, silent):
    start_shadow(version=other.version, **WHO)
    start_shadow(version=silent.version, **WHO)

    assert dict(ModelVersion.objects.values_list("version", "state")) == {
        shipped.version: "live", other.version: "candidate", silent.version: "shadow",
    }  # fmt: skip
    stop_shadow(by="usr_ann", reason="Seen enough.")
    before = state_of_everything()
    stop_shadow(by="usr_ann", reason="Seen enough.")
    assert state_of_everything() == before
    assert ModelPointer.objects.get().shadow is None


def test_the_live_model_is_not_tried_beside_itself(shipped):
    with pytest.raises(RegistryRefused, match="is live"):
        start_shadow(version=shipped.version, **WHO)


def test_promoting_the_one_in_shadow_ends_the_shadow(shipped, other):
    start_shadow(version=other.version, **WHO)

    promote_model(version=other.version, **WHO)

    pointer = ModelPointer.objects.get()
    assert (pointer.live, pointer.shadow) == (other, None)


def test_the_database_keeps_one_live_model_and_the_history(shipped, other):
    with pytest.raises(DatabaseError), transaction.atomic():
        ModelVersion.objects.filter(pk=other.pk).update(state="live")
    with pytest.raises(DatabaseError), transaction.atomic():
        ModelChange.objects.update(reason="another")


@pytest.mark.django_db(transaction=True)
def test_of_two_promotions_at_once_one_wins(shipped, other, silent, monkeypatch):
    both_judged = threading.Barrier(2)
    judge, refused, done = offices._worse_than, [], []

    def judged_together(live, golden):
        worse = judge(live, golden)
        both_judged.wait(60)
        return worse

    monkeypatch.setattr(offices, "_worse_than", judged_together)

    def promote(version):
        try:
            done.append(promote_model(version=version, **WHO))
        except Overtaken as error:
            refused.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=promote, args=(row.version,)) for row in (other, silent)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(done) == len(refused) == 1
    assert live_version() == done[0]
    assert ModelChange.objects.filter(verb="promoted").count() == 2  # the release's own, and the winner's


def test_the_commands_register_promote_and_roll_back(shipped, tmp_path, capsys):
    folder = bolder(tmp_path / "trained")
    version = json.loads((folder / "manifest.json").read_text())["version"]

    call_command("register_model", str(folder), by="Ann")
    call_command("promote_model", version, by="Ann", reason="It is better.")
    assert live_version().version == version
    call_command("roll_back_model", by="Ann", reason="Too many unknowns.")

    assert live_version() == shipped
    assert "golden titles right" in capsys.readouterr().out


@pytest.mark.parametrize(
    "command",
    [
        ("promote_model", "m-nothing", "--by", "Ann", "--reason", "It is better."),
        ("promote_model",),
        ("roll_back_model", "--by", "Ann", "--reason", "No reason at all."),
        ("register_model", "/nonexistent", "--by", "Ann"),
        ("shadow_model", "--by", "Ann", "--reason", "Nothing is named."),
    ],
)
def test_a_command_that_cannot_be_done_says_so(shipped, command):
    before = state_of_everything()

    with pytest.raises(CommandError):
        call_command(*command)

    assert state_of_everything() == before
