"""Training titles near a title: found again, kept small, made the same way twice, and told only when asked for."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from eligibility.classifier import ModelBroken, TitleItem, classify, neighbours_of
from eligibility.classifier.files import MODEL_DIR
from eligibility.classifier.model import load_model
from eligibility.classifier.neighbours import DIMENSIONS, MOST_PER_CATEGORY, NEIGHBOURS, find_neighbours, save_neighbours
from eligibility.classifier.predict import classify_with
from eligibility.encoder import encode, encoder_dir
from eligibility.encoder_export import export_encoder
from eligibility.taxonomy import taxonomy

CHECK = "/v1/eligibility/check"
MONITOR = {"title": "Omron upper arm blood pressure monitor"}


@pytest.fixture(scope="module", autouse=True)
def _encoder_in_place() -> None:
    export_encoder(encoder_dir())


@pytest.fixture
def model_copy(tmp_path):
    return shutil.copytree(MODEL_DIR, tmp_path / "model")


def test_the_nearest_titles_are_of_the_same_kind():
    [prediction] = classify([TitleItem(**MONITOR)])

    near = neighbours_of(prediction, 5)

    assert {one.category for one in near} == {"blood-pressure-monitors"}
    assert [one.similarity for one in near] == sorted((one.similarity for one in near), reverse=True)
    assert 0.7 < near[0].similarity <= 1


def test_a_training_title_finds_itself():
    model = load_model(MODEL_DIR, taxonomy())
    title = model.neighbours.titles.decode().split("\n")[1_000]

    near = model.neighbours.nearest(model.neighbours.sketch(encode([title]))[0].tobytes(), model.codes)

    assert title in [one.title for one in near]  # its likes may stand as near
    assert near[0].similarity > 0.99


def test_the_shipped_ones_are_small_and_cover_every_category():
    model = load_model(MODEL_DIR, taxonomy())

    assert (MODEL_DIR / NEIGHBOURS).stat().st_size < 2_500_000
    assert set(model.neighbours.categories.tolist()) == set(range(len(model.codes)))
    assert np.bincount(model.neighbours.categories).max() <= MOST_PER_CATEGORY


def some_titles():
    texts = [f"Sample {number} of kind {number % 7}" for number in range(300)]
    vectors = np.random.default_rng(7).normal(size=(300, 384)).astype(np.float32)
    return texts, np.arange(300) % 2, vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def test_the_same_titles_make_the_same_file_twice(tmp_path, model_copy):
    texts, labels, vectors = some_titles()
    save_neighbours(model_copy, find_neighbours(texts, labels, vectors))
    first = (model_copy / NEIGHBOURS).read_bytes()

    save_neighbours(model_copy, find_neighbours(texts, labels, vectors))

    assert (model_copy / NEIGHBOURS).read_bytes() == first


def test_a_large_category_is_thinned_and_keeps_its_titles_in_step(tmp_path):
    texts, labels, vectors = some_titles()

    found = find_neighbours(texts, labels, vectors)

    lines = found.titles.decode().split("\n")
    assert np.bincount(found.categories).tolist() == [MOST_PER_CATEGORY, MOST_PER_CATEGORY]
    assert [labels[texts.index(line)] for line in lines] == found.categories.tolist()
    assert found.places.shape == (2 * MOST_PER_CATEGORY, DIMENSIONS)


def test_neighbours_leave_the_models_version_as_it_is(model_copy):
    before = load_model(model_copy, taxonomy()).version

    save_neighbours(model_copy, find_neighbours(*some_titles()))

    assert load_model(model_copy, taxonomy()).version == before


def test_a_changed_file_is_refused(model_copy):
    path = model_copy / NEIGHBOURS
    path.write_bytes(path.read_bytes()[:-1] + b"x")

    with pytest.raises(ModelBroken, match="find_neighbours"):
        load_model(model_copy, taxonomy())


def test_a_sketch_of_another_size_has_no_neighbours():
    model = load_model(MODEL_DIR, taxonomy())

    assert model.neighbours.nearest(b"", model.codes) == []


# --- Told when asked for ---


@pytest.mark.django_db
def test_evidence_is_told_when_it_is_expanded(acme_api):
    [plain] = acme_api.post(CHECK, {"items": [MONITOR]}).json()["data"]
    [full] = acme_api.post(f"{CHECK}?expand=evidence", {"items": [MONITOR]}).json()["data"]

    assert plain["similar"] == []
    assert [row["category"] for row in full["similar"]] == ["blood-pressure-monitors"] * 3
    assert set(full["similar"][0]) == {"title", "category", "status", "similarity"}
    assert full | {"similar": [], "decided_at": ""} == plain | {"decided_at": ""}


@pytest.mark.django_db
def test_what_cannot_be_expanded_is_refused(acme_api):
    refused = acme_api.post(f"{CHECK}?expand=everything", {"items": [MONITOR]})

    assert (refused.status_code, refused.json()["error"]["param"]) == (400, "expand")


def test_what_was_judged_before_there_were_neighbours_is_not_taken_for_what_has_a_place():
    item = [TitleItem(title="Wrist Blood Pressure Monitor")]
    [before] = classify_with(load_model(MODEL_DIR, taxonomy(), with_neighbours=False), item)

    [after] = classify_with(load_model(MODEL_DIR, taxonomy()), item)

    assert (before.sketch, len(after.sketch)) == (b"", DIMENSIONS)
