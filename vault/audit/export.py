"""The trail in files that can be checked without us: entries as JSON lines, a manifest with their hash, and its signature."""

from __future__ import annotations

import hashlib
import json
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings
from django.utils import timezone

from vault.audit.anchors import last_anchor
from vault.audit.models import AuditEntry
from vault.audit.sealing import CONTENT
from vault.audit.services import record
from vault.ciphers import derive

BATCH = 5_000
ENTRIES, MANIFEST, SIGNATURE, PUBLIC_KEY = "entries.jsonl", "manifest.json", "manifest.sig", "public_key.pem"


def export_trail(
    *, folder: Path, first: datetime, last: datetime, merchant_id: int | None = None, merchant: str = "", limit: int | None = None
) -> dict[str, Any]:
    """Write the entries from `first` (included) to `last` (not) into `folder`, and return the manifest.

    merchant_id: only what concerns this merchant, whose public id is `merchant`. limit: at most so many, oldest first. Is
    itself on record before a byte is written.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    details = {"from": first.isoformat(), "to": last.isoformat(), "merchant": merchant}
    record(action="audit.exported", subject="vault.AuditEntry", subject_id="", merchant_id=merchant_id, details=details)
    digest, count = hashlib.sha256(), 0
    with (folder / ENTRIES).open("wb") as handle:
        for entry in _entries(first, last, merchant_id, limit):
            line = json.dumps(_line(entry), ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode() + b"\n"
            handle.write(line)
            digest.update(line)
            count += 1
    manifest = {
        "format": 1, **details, "entries": count, "sha256": digest.hexdigest(), "made_at": timezone.now().isoformat(),
        "is_complete": limit is None or count < limit, "heads": _heads(),
    }  # fmt: skip
    _sign(folder, manifest)
    return manifest


def _entries(first: datetime, last: datetime, merchant_id: int | None, limit: int | None) -> Iterator[AuditEntry]:
    """In batches by row id, in which each chain's entries are in order."""
    entries = AuditEntry.objects.filter(at__gte=first, at__lt=last).order_by("pk")
    if merchant_id is not None:
        entries = entries.filter(merchant_id=merchant_id)
    after, left = 0, limit if limit is not None else -1
    while left:
        batch = list(entries.filter(pk__gt=after)[: min(BATCH, left) if left > 0 else BATCH])
        yield from batch
        if len(batch) < BATCH:
            return
        after, left = batch[-1].pk, left - len(batch) if left > 0 else left


def _line(entry: AuditEntry) -> dict[str, Any]:
    return {
        "chain": entry.chain, "sequence": entry.sequence, "at": entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
        **{name: getattr(entry, name) for name in CONTENT},
        "key": entry.key, "previous": bytes(entry.previous).hex(), "seal": bytes(entry.seal).hex(),
    }  # fmt: skip


def _heads() -> dict[str, list[Any]]:
    """Where the chains stood at the last anchor, so that a later export can be held against this one."""
    anchor = last_anchor()
    return {str(number): list(head) for number, head in anchor.heads.items()} if anchor else {}


def _signing_key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(derive(urlsafe_b64decode(settings.FIELD_ENCRYPTION_KEY[0]), "audit:export"))


def public_key() -> str:
    """PEM of the key that checks a manifest's signature; give it to auditors by another way than the export."""
    return _signing_key().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def _sign(folder: Path, manifest: dict[str, Any]) -> None:
    text = json.dumps(manifest, indent=1, sort_keys=True).encode() + b"\n"
    (folder / MANIFEST).write_bytes(text)
    (folder / SIGNATURE).write_bytes(_signing_key().sign(text))
    (folder / PUBLIC_KEY).write_text(public_key())
