"""Models that really differ from the release's: its own files with another calibration or with categories changed about."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

from eligibility.classifier.model import MODEL_DIR


def variant(folder: Path, **changes) -> Path:
    """A copy of the release's model whose manifest says something else, with the version that follows from it."""
    shutil.copytree(MODEL_DIR, folder)
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest.pop("version")
    manifest.update(changes)
    digest = hashlib.sha256(json.dumps(manifest, sort_keys=True).encode()).hexdigest()
    (folder / "manifest.json").write_text(json.dumps({"version": f"m-{digest[:12]}", **manifest}))
    return folder


def shipped_manifest() -> dict:
    return json.loads((MODEL_DIR / "manifest.json").read_text())


def timid(folder: Path, threshold: float = 1.01) -> Path:
    """It gets as much right when forced, and says nothing aloud: everything is unknown."""
    calibration = shipped_manifest()["calibration"]
    return variant(folder, calibration={**calibration, "thresholds": dict.fromkeys(calibration["thresholds"], threshold)})


def bolder(folder: Path) -> Path:
    """As good, with another temperature: confidences differ, statuses hardly."""
    calibration = shipped_manifest()["calibration"]
    return variant(folder, calibration={**calibration, "temperature": calibration["temperature"] * 0.98})


def confused(folder: Path) -> Path:
    """It takes pain relievers for snacks and the other way round: worse on any golden set."""
    codes = shipped_manifest()["categories"]
    swap = {"pain-relievers-oral": "snacks-and-sweets", "snacks-and-sweets": "pain-relievers-oral"}
    return variant(folder, categories=[swap.get(code, code) for code in codes])
