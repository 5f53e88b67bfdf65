from __future__ import annotations

import hashlib
import json
import subprocess
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from vault.audit.export import export_trail, public_key
from vault.audit.models import AuditEntry
from vault.audit.services import record

pytestmark = pytest.mark.django_db


def exported(folder: Path, **more: Any) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    now = timezone.now()
    export_trail(folder=folder, first=now - timedelta(days=1), last=now + timedelta(days=1), **more)
    lines = [json.loads(line) for line in (folder / "entries.jsonl").read_text().splitlines()]
    return json.loads((folder / "manifest.json").read_text()), lines


def write(count: int, merchant_id: int = 1) -> None:
    for n in range(count):
        record(action="payment.captured", subject="checkout.Payment", subject_id=f"pay_{n}", merchant_id=merchant_id)


def is_signed(folder: Path) -> bool:
    """As an auditor checks it, with nothing of ours."""
    (folder / "known.pem").write_text(public_key())
    command = [
        "openssl",
        "pkeyutl",
        "-verify",
        "-pubin",
        "-inkey",
        "known.pem",
        "-rawin",
        "-in",
        "manifest.json",
        "-sigfile",
        "manifest.sig",
    ]
    return subprocess.run(command, cwd=folder, check=False, capture_output=True).returncode == 0


def test_an_export_holds_every_entry_in_the_order_of_its_chain(tmp_path: Path):
    write(6)

    manifest, lines = exported(tmp_path)

    assert [line["action"] for line in lines] == ["payment.captured"] * 6 + ["audit.exported"]
    assert (manifest["entries"], manifest["is_complete"]) == (7, True)
    heads: dict[int, str] = {}
    for line in lines:
        assert line["previous"] == heads.get(line["chain"], "")
        heads[line["chain"]] = line["seal"]


@pytest.mark.needs("openssl")
def test_whoever_has_the_public_key_sees_what_was_changed(tmp_path: Path):
    write(2)
    manifest, _ = exported(tmp_path)

    assert hashlib.sha256((tmp_path / "entries.jsonl").read_bytes()).hexdigest() == manifest["sha256"]
    assert is_signed(tmp_path)

    text = (tmp_path / "manifest.json").read_text()
    (tmp_path / "manifest.json").write_text(text.replace('"entries": 3', '"entries": 2'))
    assert not is_signed(tmp_path)


def test_a_merchants_export_holds_nothing_of_another(tmp_path: Path):
    write(2, merchant_id=1)
    write(3, merchant_id=2)

    _, lines = exported(tmp_path, merchant_id=2, merchant="mer_2")

    assert [line["merchant_id"] for line in lines] == [2, 2, 2, 2]
    assert AuditEntry.objects.get(action="audit.exported").details["merchant"] == "mer_2"


def test_a_bounded_export_says_that_it_is_not_all(tmp_path: Path, monkeypatch: Any):
    monkeypatch.setattr("vault.audit.export.BATCH", 2)
    write(6)

    manifest, lines = exported(tmp_path, limit=5)

    assert [line["subject_id"] for line in lines] == [f"pay_{n}" for n in range(5)]
    assert manifest["is_complete"] is False
