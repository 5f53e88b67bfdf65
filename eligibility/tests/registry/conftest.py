from __future__ import annotations

import pytest

from eligibility.classifier import predict
from eligibility.encoder import encoder_dir
from eligibility.encoder_export import export_encoder
from eligibility.models import ModelVersion
from eligibility.registry import store, watch
from eligibility.registry.versions import register_model, register_shipped
from eligibility.tests.registry.variants import bolder, confused, timid

GOLDEN = """title,brand,label
Ibuprofen Tablets 200 mg Pain Reliever 250 Count,,eligible
Acetaminophen Extra Strength Caplets 500 mg,,eligible
Adhesive Bandages Flexible Fabric Assorted 100 ct,,eligible
Potato Chips Sea Salt 8 oz,,not_eligible
Chocolate Chip Cookies Family Size,,not_eligible
Vitamin D3 5000 IU Softgels 360 ct,,letter
"""


@pytest.fixture(scope="session", autouse=True)
def _encoder_in_place() -> None:
    export_encoder(encoder_dir())


@pytest.fixture
def registry(db, settings, tmp_path, monkeypatch):
    """An empty store with the release's model live, and a process that has just started."""
    settings.MODEL_STORE_DIR = tmp_path / "store"
    settings.MODEL_GOLDEN_FILE = tmp_path / "golden.csv"
    settings.MODEL_GOLDEN_FILE.write_text(GOLDEN, "utf-8")
    monkeypatch.setattr(store, "MODEL_DIR", tmp_path / "nowhere")  # what the store lost is lost: variants share files with it
    monkeypatch.setattr(watch, "_watcher", watch.Watcher())
    predict.forget()
    yield register_shipped()
    predict.forget()


@pytest.fixture
def shipped(registry) -> ModelVersion:
    return ModelVersion.objects.get(pk=registry.pk)


@pytest.fixture
def other(registry, tmp_path) -> ModelVersion:
    """As good as the release's."""
    return register_model(folder=bolder(tmp_path / "bolder"), by="Ann")


@pytest.fixture
def worse(registry, tmp_path) -> ModelVersion:
    return register_model(folder=confused(tmp_path / "confused"), by="Ann")


@pytest.fixture
def silent(registry, tmp_path) -> ModelVersion:
    """It answers everything with “unknown”."""
    return register_model(folder=timid(tmp_path / "timid"), by="Ann")
