"""Where the chains stood, minute by minute, kept outside the database: what finds a tail cut off or a head wound back.

Each line names every chain's length and the first half of its head's seal, follows the line before it, and is sealed by the
platform's key. Files are by day and only ever appended to; put the folder where whoever runs the database cannot write.
"""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection
from django.utils import timezone

from vault.audit.models import AuditChain
from vault.audit.sealing import known_keys, sealing_key

HEAD_HEX = 32  # 128 bits of the seal: nobody finds another entry with the same
QUIET = timedelta(hours=1)  # a trail that stands still is anchored this often
LAST_BYTES = 32_768  # a line of 64 chains is some 4,000 bytes


class Head(NamedTuple):
    """How long a chain was, and the start of its last seal (hex)."""

    length: int
    seal: str


@dataclass(frozen=True, slots=True)
class Anchor:
    """One line. fault: what is wrong with the line itself, or empty."""

    at: datetime
    heads: Mapping[int, Head]
    mac: str
    where: str
    fault: str = ""


def write_anchor() -> bool:
    """Write down where the chains stand; False if they stand as before. Safe to repeat and beside itself."""
    folder = Path(settings.AUDIT_ANCHOR_DIR)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        heads = {
            chain.number: Head(chain.length, bytes(chain.head).hex()[:HEAD_HEX]) for chain in AuditChain.objects.exclude(length=0)
        }
        now, last = timezone.now(), last_anchor()
        if last and last.heads == heads and now - last.at < QUIET:
            return False
        _append(folder / f"{now.astimezone(UTC):%Y-%m-%d}.jsonl", _line(now, heads, last.mac if last else ""))
    return True


def _line(now: datetime, heads: Mapping[int, Head], previous: str) -> str:
    key = sealing_key()
    body = {
        "at": now.astimezone(UTC).isoformat(), "heads": {str(number): list(head) for number, head in sorted(heads.items())},
        "key": key.fingerprint, "previous": previous,
    }  # fmt: skip
    return json.dumps({**body, "mac": _mac(key.secret, body)})


def _mac(secret: bytes, body: Mapping[str, Any]) -> str:
    text = b"anchor:" + json.dumps(body, sort_keys=True, separators=(",", ":")).encode()
    return hmac.new(secret, text, hashlib.sha256).hexdigest()


def _append(path: Path, line: str) -> None:
    """On the disk before we go on: an anchor that a power cut can take is none."""
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(handle, line.encode() + b"\n")
        os.fsync(handle)
    finally:
        os.close(handle)


def anchor_files() -> list[Path]:
    return sorted(Path(settings.AUDIT_ANCHOR_DIR).glob("????-??-??.jsonl"))


def last_anchor() -> Anchor | None:
    """The newest line, or None where there is none yet."""
    files = anchor_files()
    if not files:
        return None
    with files[-1].open("rb") as handle:
        handle.seek(max(0, files[-1].stat().st_size - LAST_BYTES))
        lines = handle.read().splitlines()
    return _read(lines[-1].decode(), files[-1].name) if lines else None


def anchors(*, since: datetime | None = None) -> Iterator[Anchor]:
    """Every line, oldest first, each checked: sealed by us, and following the one before it."""
    previous: str | None = None if since else ""
    for path in anchor_files():
        if since and path.stem < f"{since.astimezone(UTC):%Y-%m-%d}":
            continue
        with path.open() as handle:
            for number, line in enumerate(handle, start=1):
                anchor = _read(line, f"{path.name}:{number}", previous)
                previous = anchor.mac
                yield anchor


def _read(line: str, where: str, previous: str | None = None) -> Anchor:
    """previous: the MAC of the line before, or None where it is not known."""
    try:
        body = json.loads(line)
        mac = body.pop("mac")
        at = datetime.fromisoformat(body["at"])
        heads = {int(number): Head(*head) for number, head in body["heads"].items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        return Anchor(datetime.min.replace(tzinfo=UTC), {}, "", where, "cannot be read")
    secret = known_keys().get(body["key"])
    if secret is None:
        return Anchor(at, heads, mac, where, f"is sealed with the key {body['key']}, which FIELD_ENCRYPTION_KEY no longer holds")
    if not hmac.compare_digest(mac, _mac(secret, body)):
        return Anchor(at, {}, mac, where, "does not fit its seal: it was edited")
    if previous is not None and body["previous"] != previous:
        return Anchor(at, heads, mac, where, "does not follow the line before it: lines are missing")
    return Anchor(at, heads, mac, where)


STANDING = """
SELECT asked.chain, asked.sequence, encode(entry.seal, 'hex')
FROM unnest(%s::int[], %s::bigint[]) AS asked (chain, sequence)
LEFT JOIN vault_auditentry entry ON entry.chain = asked.chain AND entry.sequence = asked.sequence
"""


def off_anchor(anchor: Anchor, checked: dict[int, Head]) -> list[str]:
    """What no longer stands as this anchor says. checked: heads already looked at; those of this anchor are added."""
    new = {number: head for number, head in anchor.heads.items() if checked.get(number) != head}
    if not new:
        return []
    checked.update(new)
    with connection.cursor() as cursor:
        cursor.execute(STANDING, [list(new), [head.length for head in new.values()]])
        rows = cursor.fetchall()
    return [
        f"chain {chain}, entry {sequence}: the anchor of {anchor.at:%Y-%m-%d %H:%M} UTC ({anchor.where}) knows "
        + (
            "one that is gone: the tail was cut, or the head wound back"
            if seal is None
            else "another one: the chain was rewritten"
        )
        for chain, sequence, seal in sorted(rows)
        if seal is None or not seal.startswith(new[chain].seal)
    ]
