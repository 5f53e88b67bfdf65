"""Reading the whole trail back: does every entry fit its seal, its place and its neighbours, and is none missing?"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import connection

from vault.audit.anchors import Head, anchors, off_anchor
from vault.audit.models import CHAINS, AuditChain, AuditEntry
from vault.audit.sealing import CONTENT, known_keys, seal, sealed_text

BATCH = 5_000
KEPT = 100  # findings that are told one by one; the rest are counted
CLOCK_SLACK = timedelta(seconds=1)  # as a clock is set right in small steps
Progress = Callable[[int], None]


@dataclass(slots=True)
class Report:
    """faults: what somebody must have done to the trail; notices: what should be looked at and is no proof of that."""

    entries: int = 0
    anchors: int = 0
    faults: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    fault_count: int = 0
    seen_before: dict[str, int] = field(default_factory=dict)  # the most entries and anchors that an earlier check read

    def remember(self, check: AuditEntry) -> None:
        """An earlier check says in its own sealed entry how much there was; nothing may have become less since."""
        for name in ("entries", "anchors"):
            self.seen_before[name] = max(self.seen_before.get(name, 0), int(check.details.get(name, 0)))

    def blame(self, text: str) -> None:
        self.fault_count += 1
        if len(self.faults) < KEPT:
            self.faults.append(text)

    def notice(self, text: str) -> None:
        if len(self.notices) < KEPT:
            self.notices.append(text)


def verify(*, progress: Progress | None = None) -> Report:
    """Check all entries, chain by chain, and then every anchor. Reads in batches, so that millions need no memory."""
    report, keys = Report(), known_keys()
    heads = {chain.number: chain for chain in AuditChain.objects.order_by("number")}
    for number in sorted(set(range(CHAINS)) - heads.keys()):
        report.blame(f"chain {number} is gone")
    for chain in heads.values():
        _verify_chain(chain, keys, report, progress)
    _verify_strays(report)
    _verify_anchors(report)
    return report


def _verify_chain(chain: AuditChain, keys: dict[str, bytes], report: Report, progress: Progress | None) -> None:
    expected, before, last_at = 1, b"", None
    for entry in _entries(chain):
        name = f"chain {chain.number}, entry {entry.sequence} (row {entry.pk})"
        if entry.sequence > expected:
            report.blame(f"{_missing(chain.number, expected, entry.sequence - 1)}: removed, or moved elsewhere")
        elif entry.sequence < expected:
            report.blame(f"{name}: stands at a place that is taken: it was inserted")
        elif bytes(entry.previous) != before:
            report.blame(f"{name}: does not follow the entry before it")
        if why := _off_seal(entry, keys):
            report.blame(f"{name}: {why}")
        elif entry.action == "audit.verified":
            report.remember(entry)
        if last_at and entry.at < last_at - CLOCK_SLACK:
            report.notice(f"{name}: the clock ran back by {(last_at - entry.at).total_seconds():.0f} s")
        expected, before, last_at = entry.sequence + 1, bytes(entry.seal), _later(last_at, entry.at)
        report.entries += 1
        if progress and report.entries % BATCH == 0:
            progress(report.entries)
    if expected <= chain.length:
        report.blame(f"{_missing(chain.number, expected, chain.length)}: the tail was cut")
    elif before != bytes(chain.head):
        report.blame(f"chain {chain.number}: its head does not fit its last entry")


def _entries(chain: AuditChain) -> Iterator[AuditEntry]:
    """The chain's entries as long as it was when we began, by batches that each are one short query."""
    last = (-1, -1)
    while True:
        batch = list(
            AuditEntry.objects.filter(chain=chain.number, sequence__lte=chain.length)
            .extra(where=["(sequence, id) > (%s, %s)"], params=list(last))
            .order_by("sequence", "id")[:BATCH]
        )
        yield from batch
        if len(batch) < BATCH:
            return
        last = (batch[-1].sequence, batch[-1].pk)


def _off_seal(entry: AuditEntry, keys: dict[str, bytes]) -> str:
    secret = keys.get(entry.key)
    if secret is None:
        return f"sealed with the key {entry.key}, which FIELD_ENCRYPTION_KEY does not hold"
    text = sealed_text(
        chain=entry.chain, sequence=entry.sequence, previous=bytes(entry.previous), at=entry.at,
        content={name: getattr(entry, name) for name in CONTENT},
    )  # fmt: skip
    return "" if hmac.compare_digest(seal(secret, text), bytes(entry.seal)) else "does not fit its seal: edited, moved or forged"


def _missing(chain: int, first: int, last: int) -> str:
    return f"chain {chain}, entr{f'y {first}' if first == last else f'ies {first} to {last}'}"


def _later(one: datetime | None, other: datetime) -> datetime:
    return other if one is None or other > one else one


STRAYS = """
SELECT entry.id, entry.chain, entry.sequence, chain.number IS NULL
FROM vault_auditentry entry LEFT JOIN vault_auditchain chain ON chain.number = entry.chain
WHERE chain.number IS NULL OR entry.sequence > chain.length OR entry.sequence < 1 ORDER BY entry.id LIMIT 100
"""


def _verify_strays(report: Report) -> None:
    """Entries that no chain counts. One statement sees heads and entries of one moment."""
    with connection.cursor() as cursor:
        cursor.execute(STRAYS)
        for row, chain, sequence, is_homeless in cursor.fetchall():
            why = (
                "its chain does not exist"
                if is_homeless
                else "its chain's head does not count it: inserted, or the head was wound back"
            )
            report.blame(f"chain {chain}, entry {sequence} (row {row}): {why}")


def _verify_anchors(report: Report) -> None:
    checked: dict[int, Head] = {}
    for anchor in anchors():
        report.anchors += 1
        if anchor.fault:
            report.blame(f"anchor {anchor.where} {anchor.fault}")
        for fault in off_anchor(anchor, checked):
            report.blame(fault)
    for name, read in (("entries", report.entries), ("anchors", report.anchors)):
        if read < (before := report.seen_before.get(name, 0)):
            report.blame(f"{before - read:,} {name} are gone: an earlier check read {before:,}, and now there are {read:,}")
    if report.entries and not report.anchors:
        report.notice("there is no anchor: a tail that was cut together with its head would not be found")
