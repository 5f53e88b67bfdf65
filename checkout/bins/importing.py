"""Lists of card ranges: brought in and looked at, applied as one, put away, taken back. Each keeps its place in the history."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any, Final

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from checkout.bins.comparing import Comparison, compare
from checkout.bins.errors import CardListDrastic, CardListFaulty, CardListOutdated, CardListUnreadable
from checkout.bins.reading import CardList, Range, overlapping, read_list
from checkout.bins.watch import CHANNEL
from checkout.models import BinImport, BinPointer, BinRange
from common.push import tell_after_commit
from people.models import User
from vault.audit.services import record_about

State = BinImport.State
MOST_ERRORS: Final = 200  # of each list, so that a wrong file does not fill the table
MOST_CHANGES: Final = 1_000
FEW_RANGES: Final = 10  # so many may end without a word
DRASTIC_SHARE: Final = 0.2  # of a source's ranges; lists change by a few in a hundred each month
BATCH: Final = 2_000


def preview_list(*, content: bytes, source: str, filename: str = "", by: User | None = None) -> BinImport:
    """Read a whole list and keep it, with what it would change; nothing of it is done yet.

    source: whose list it is; applying it replaces that source's ranges and touches no other's. Raises CardListUnreadable.
    """
    name = " ".join(source.split())
    if not 2 <= len(name) <= 40:
        raise CardListUnreadable("Say whose list it is, in 2 to 40 characters.", param="source")
    return _previewed(
        read_list(content, source=name), source=name, filename=filename[:120], sha256=hashlib.sha256(content).hexdigest(), by=by
    )


def preview_roll_back(*, to: BinImport, by: User | None = None) -> BinImport:
    """Propose that a source's ranges be again what they were after an earlier list. Raises CardListOutdated where that was never applied."""
    if to.number is None:
        raise CardListOutdated("This list was never applied: there is nothing to go back to.")
    rows = BinRange.objects.filter(source=to.source, added_by__number__lte=to.number).filter(
        Q(ended_by=None) | Q(ended_by__number__gt=to.number)
    )
    ranges = tuple((number, _range_of(row)) for number, row in enumerate(rows, start=1))
    return _previewed(CardList(ranges, (), len(ranges)), source=to.source, restores=to, by=by)


@transaction.atomic
def apply_list(*, source: BinImport, by: User | None = None, even_if_drastic: bool = False) -> BinImport:
    """Make a list that was looked at the source's, all of it or nothing. Safe to repeat: an applied one is returned as it is.

    Raises CardListFaulty, CardListOutdated where the table changed since the look, and CardListDrastic where it would end a
    large part of the source's ranges and nobody said that this is meant.
    """
    pointer = _locked_pointer()
    made = BinImport.objects.select_for_update().get(pk=source.pk)
    if made.state == State.APPLIED:
        return made
    if made.state != State.PREVIEWED or made.seen_number != pointer.number:
        raise CardListOutdated()
    if made.counts["errors"]:
        raise CardListFaulty(f"{made.counts['errors']:,} rows of the list cannot be taken, so none of it is.")
    before = _ranges_in_force(made.source)
    found = compare(before, [Range.from_json(cells) for cells in made.rows], today=timezone.now().date())
    if is_drastic(found.counts) and not even_if_drastic:
        raise CardListDrastic(f"The list would end {len(found.ended):,} of the {len(before):,} ranges of “{made.source}”.")
    made.number, made.state, made.applied_at, made.applied_by = pointer.number + 1, State.APPLIED, timezone.now(), by
    made.counts = {**found.counts, "errors": 0}
    made.save(update_fields=["number", "state", "applied_at", "applied_by", "counts"])
    _carry_out(made, found)
    pointer.number = made.number
    pointer.save()
    record_about(made, "applied", details={"source": made.source, "number": made.number, **found.counts})
    tell_after_commit(CHANNEL, made.number)
    return made


@transaction.atomic
def discard_list(*, source: BinImport) -> BinImport:
    """Put a list away that was looked at and is not wanted. Raises CardListOutdated where it is applied."""
    if BinImport.objects.filter(pk=source.pk, state=State.PREVIEWED).update(state=State.DISCARDED):
        record_about(source, "discarded", details={"source": source.source})
    source.refresh_from_db()
    if source.state == State.APPLIED:
        raise CardListOutdated("This list is applied: go back to an earlier one instead.")
    return source


def is_drastic(counts: dict[str, int]) -> bool:
    """Would so many ranges end that a truncated file is likelier than a change of the issuers?"""
    there = counts["ended"] + counts["changed"] + counts["same"]
    return counts["ended"] > max(FEW_RANGES, there * DRASTIC_SHARE)


@transaction.atomic
def _previewed(found: CardList, *, source: str, by: User | None, **fields: Any) -> BinImport:
    number = BinPointer.objects.filter(name="cards").values_list("number", flat=True).first() or 0
    errors = [*found.errors, *_overlaps_of_others(found.ranges, source)]
    ranges = [one for _, one in found.ranges]
    changes = compare(_ranges_in_force(source), ranges, today=timezone.now().date())
    made = BinImport.objects.create(
        source=source, rows=[one.as_json() for one in ranges], rows_total=found.rows_total,
        counts={**changes.counts, "errors": len(errors)}, errors=[list(error) for error in errors[:MOST_ERRORS]], changes=changes.lines(MOST_CHANGES),
        seen_number=number, created_by=by, **fields,
    )  # fmt: skip
    record_about(made, "previewed", details={"source": source, "rows": found.rows_total})
    return made


def _carry_out(made: BinImport, found: Comparison[int]) -> None:
    assert made.applied_at is not None
    gone = [key for key, _, _ in found.changed] + [key for key, _ in found.ended]
    BinRange.objects.filter(pk__in=gone, ended_by=None).update(ended_by=made)
    new = [*found.added, *(after for _, _, after in found.changed)]
    BinRange.objects.bulk_create(
        (
            BinRange(
                bin_from=one.bin_from, bin_to=one.bin_to, first=one.span[0], last=one.span[1], network=one.network, account_kind=one.account_kind,
                auto_sub=one.auto_sub, valid_from=one.valid_from or made.applied_at.date(), valid_to=one.valid_to, source=made.source, added_by=made,
            )
            for one in new
        ),
        batch_size=BATCH,
    )  # fmt: skip


def _locked_pointer() -> BinPointer:
    """One list at a time is applied: who comes second sees the first one's number."""
    BinPointer.objects.get_or_create(name="cards")
    return BinPointer.objects.select_for_update().get(name="cards")


def _ranges_in_force(source: str) -> dict[int, Range]:
    return {row.pk: _range_of(row) for row in BinRange.objects.filter(source=source, ended_by=None)}


def _range_of(row: BinRange) -> Range:
    return Range(row.bin_from, row.bin_to, row.network, row.account_kind, row.auto_sub, row.valid_from, row.valid_to)


def _overlaps_of_others(ranges: Iterable[tuple[int, Range]], source: str) -> list[tuple[int, str]]:
    """A card has one kind: what another source's list says already, this one may not say anew."""
    others = {-row.pk: row for row in BinRange.objects.exclude(source=source).filter(ended_by=None)}
    both = [*((key, _range_of(row)) for key, row in others.items()), *ranges]
    return [
        (row, f"Overlaps {one.bin_from}–{one.bin_to} of the source “{others[key].source}”.")
        for (key, one), (row, _) in overlapping(both)
        if key < 0 < row
    ]
