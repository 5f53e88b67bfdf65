"""What a version changes, or would change: counted, filtered, and in the words that the list has for each product."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from django.db import connection
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.db.models.expressions import RawSQL

from eligibility.gtin import gtin_readings
from eligibility.models import ListChange, ListItem

Kind = ListChange.Kind
CHUNK: Final = 2_000
STAGED_NAMED: Final = "SELECT gtin14 FROM eligibility_list_stage WHERE sync_id = %s AND (description ILIKE %s OR brand ILIKE %s)"
STAGED_TEXTS: Final = (
    "SELECT gtin14, brand, description, size FROM eligibility_list_stage WHERE sync_id = %s AND gtin14 = ANY(%s)"
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which changes to show. category: it was or becomes this one; text: a GTIN in any spelling, or words of brand and description."""

    kind: str = ""
    category: str = ""
    moves: bool = False
    text: str = ""


@dataclass(frozen=True, slots=True)
class Tally:
    """How many changes are alike."""

    kind: str
    old_category: str
    new_category: str
    moves_status: bool
    count: int


@dataclass(frozen=True, slots=True)
class Told:
    """A change with the product's name."""

    change: ListChange
    brand: str
    description: str
    size: str


@dataclass(frozen=True, slots=True)
class Changes:
    """The changes of one version of a list. sync_id: while they are held, for what they would bring is still staged."""

    list_source_id: int
    number: int
    sync_id: int | None = None

    def all(self) -> QuerySet[ListChange]:
        return ListChange.objects.filter(list_source=self.list_source_id, number=self.number)

    def tallies(self) -> list[Tally]:
        """All of them, counted once; a few hundred lines however long the list is."""
        names = ("kind", "old_category", "new_category", "moves_status")
        rows = self.all().order_by().values_list(*names).annotate(count=Count("pk"))
        return [Tally(*row) for row in rows]

    def matching(self, wanted: Wanted) -> QuerySet[ListChange]:
        """By GTIN, and of one GTIN by time."""
        found = self.all().select_related("before").order_by("gtin14", "effective_at", "pk")
        if wanted.kind in Kind.values:
            found = found.filter(kind=wanted.kind)
        if wanted.category:
            found = found.filter(Q(old_category=wanted.category) | Q(new_category=wanted.category))
        if wanted.moves:
            found = found.filter(moves_status=True)
        if readings := gtin_readings(wanted.text):
            return found.filter(gtin14__in=readings)
        for word in wanted.text.split()[:8]:
            found = found.filter(self._named(word))
        return found

    def count(self, wanted: Wanted, tallies: Sequence[Tally]) -> int:
        """How many match; without a text, by what is counted already."""
        if wanted.text.strip():
            return self.matching(wanted).count()
        return sum(
            tally.count for tally in tallies
            if wanted.kind in ("", tally.kind) and (tally.moves_status or not wanted.moves)
            and wanted.category in ("", tally.old_category, tally.new_category)
        )  # fmt: skip

    def told(self, rows: Sequence[ListChange]) -> list[Told]:
        """With names: what leaves as it stood, what comes or changes as it will be. One more query for any number of rows."""
        texts = self._texts([row.gtin14 for row in rows])
        return [_told(row, texts.get(row.gtin14)) for row in rows]

    def each(self, wanted: Wanted) -> Iterator[Told]:
        rows = self.matching(wanted).iterator(chunk_size=CHUNK)
        while chunk := list(islice(rows, CHUNK)):
            yield from self.told(chunk)

    def _named(self, word: str) -> Q:
        pattern = f"%{word.replace(chr(92), '').replace('%', '').replace('_', chr(92) + '_')}%"
        before = Q(before__description__icontains=word) | Q(before__brand__icontains=word)
        if self.sync_id is not None:
            named = RawSQL(STAGED_NAMED, (self.sync_id, pattern, pattern))  # noqa: S611  # nosec B611  # a constant; values travel beside it
            return before | Q(gtin14__in=named)
        after = ListItem.objects.filter(list_source=self.list_source_id, since=self.number, gtin14=OuterRef("gtin14"))
        return before | Q(Exists(after.filter(Q(description__icontains=word) | Q(brand__icontains=word))))

    def _texts(self, gtins: list[str]) -> dict[str, tuple[str, str, str]]:
        if self.sync_id is not None:
            with connection.cursor() as cursor:
                cursor.execute(STAGED_TEXTS, [self.sync_id, gtins])
                return {gtin: (brand, description, size) for gtin, brand, description, size in cursor.fetchall()}
        rows = ListItem.objects.filter(list_source=self.list_source_id, since=self.number, gtin14__in=gtins).order_by(
            "listed_from", "pk"
        )
        return {row.gtin14: (row.brand, row.description, row.size) for row in rows}


def by_kind(tallies: Sequence[Tally]) -> dict[str, int]:
    """Kind -> how many products; of one that comes and is to leave again, both are counted."""
    counts: Counter[str] = Counter()
    for tally in tallies:
        counts[tally.kind] += tally.count
    return {kind: counts[kind] for kind in Kind.values}


def by_category(tallies: Sequence[Tally]) -> list[tuple[str, int, int, int, int]]:
    """(category, how many come, leave, come from another category, go to another), most moved first; what stays in one is not told."""
    found: dict[str, Counter[str]] = {}
    for tally in tallies:
        if tally.old_category == tally.new_category:
            continue
        came, went = ("from", "to") if tally.old_category and tally.new_category else ("comes", "leaves")
        for code, name in ((tally.new_category, came), (tally.old_category, went)):
            if code:
                found.setdefault(code, Counter())[name] += tally.count
    rows = [(code, row["comes"], row["leaves"], row["from"], row["to"]) for code, row in found.items()]
    return sorted(rows, key=lambda row: (-sum(row[1:]), row[0]))


def _told(row: ListChange, text: tuple[str, str, str] | None) -> Told:
    if row.before is not None and (row.kind == Kind.REMOVED or text is None):
        text = (row.before.brand, row.before.description, row.before.size)
    return Told(row, *(text or ("", "", "")))
