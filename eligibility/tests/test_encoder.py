from __future__ import annotations

import json
import subprocess
import sys
import threading

import numpy as np
import pytest
from django.conf import settings

from eligibility import encoder_export
from eligibility.encoder import DIMENSIONS, Encoder, EncoderMissing, ReferenceEncoder, encoder_dir, is_exported, marker
from eligibility.encoder_export import EncoderSourceBroken, export_encoder, source_folder

TITLES = [
    "Tylenol Extra Strength Acetaminophen 500 mg Caplets, 100 ct",
    "Children's Cough Syrup Grape",
    "Natural Epsom Salt Lavender, 3 lb",
    "Women's Multivitamin Gummies, 150 ct",
    "Wireless Mouse Silver",
    "Organic Bananas",
    "TENS",
    "Sunscreen Lotion Broad Spectrum SPF 50 with Zinc Oxide for Face and Body, Water Resistant 80 Minutes, 3 fl oz, Pack of 2",
]


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    export_encoder(encoder_dir())
    return Encoder(encoder_dir())


def test_a_vector_has_length_one(encoder):
    vectors = encoder.encode(TITLES)

    assert vectors.shape == (len(TITLES), DIMENSIONS)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(len(TITLES)), abs=1e-4)


def test_a_vector_does_not_depend_on_its_neighbours(encoder):
    alone = np.concatenate([encoder.encode([title]) for title in TITLES])
    together = encoder.encode(TITLES)
    by_threads = Encoder(encoder_dir(), threads=3).encode(TITLES[::-1])[::-1]

    assert np.array_equal(alone, together)
    assert np.array_equal(alone, by_threads)


def test_capitals_do_not_matter(encoder):
    lower, upper = encoder.encode(["knee brace", "KNEE BRACE"])

    assert np.array_equal(lower, upper)


def test_nothing_in_gives_nothing_out(encoder):
    assert encoder.encode([]).shape == (0, DIMENSIONS)
    assert encoder.encode([""]).shape == (1, DIMENSIONS)


def test_the_export_stays_close_to_the_reference(encoder):
    ours, reference = encoder.encode(TITLES), ReferenceEncoder().encode(TITLES)

    cosines = (ours * reference).sum(axis=1)

    assert cosines.mean() > 0.98
    assert cosines.min() > 0.97


def test_threads_may_share_an_encoder(encoder):
    expected = encoder.encode(TITLES)
    results: list[np.ndarray] = []
    threads = [threading.Thread(target=lambda: results.append(encoder.encode(TITLES))) for _ in range(4)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert all(np.array_equal(result, expected) for result in results)
    assert len(results) == 4


def test_an_export_that_is_there_is_left_alone(encoder):
    before = (encoder_dir() / "model.int8.onnx").stat().st_mtime_ns

    assert export_encoder(encoder_dir()) is False
    assert (encoder_dir() / "model.int8.onnx").stat().st_mtime_ns == before


def test_an_empty_or_older_folder_is_refused(tmp_path):
    with pytest.raises(EncoderMissing, match="export_encoder"):
        Encoder(tmp_path)

    (tmp_path / "encoder.json").write_text(json.dumps({**marker(), "export_version": 0}))

    assert not is_exported(tmp_path)


def test_an_export_that_fails_leaves_nothing_behind(tmp_path, monkeypatch):
    def fail(*args):
        raise OSError("disk full")

    monkeypatch.setattr(encoder_export, "_write_model", fail)

    with pytest.raises(OSError, match="disk full"):
        export_encoder(tmp_path / "encoder")

    assert list(tmp_path.iterdir()) == []


def test_weights_of_another_model_are_refused(monkeypatch):
    monkeypatch.setattr("eligibility.encoder.WEIGHTS_SHA256", "0" * 64)

    with pytest.raises(EncoderSourceBroken, match="SHA-256"):
        source_folder()


def test_serving_code_never_imports_torch():
    code = (
        "import sys, django; django.setup(); import eligibility.classifier, eligibility.encoder_export, eligibility.taxonomy;"
        "from eligibility.classifier import TitleItem, classify; classify([TitleItem(title='knee brace')]);"
        "print(sorted({'torch', 'sentence_transformers', 'transformers'} & set(sys.modules)))"
    )

    result = subprocess.run(
        [sys.executable, "-c", code], cwd=settings.BASE_DIR, capture_output=True, text=True, check=True, timeout=60
    )

    assert result.stdout.strip() == "[]"
