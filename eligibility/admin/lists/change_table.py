"""The changes of a version, filtered and paged: the same table for one that is held and for one that is switched on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.http import HttpRequest
from django.utils.functional import cached_property

from common.admin import Related
from eligibility.admin.lists.words import CHANGE_WORDS, category_cell, change_badge, day_of, from_to, gtin_link
from eligibility.admin.products import category_name
from eligibility.lists.changes import Changes, Tally, Told, Wanted, by_category, by_kind
from eligibility.models import ListChange

PER_PAGE = 50
COLUMNS = (
    "gtin14", "change", "effective_at", "old_category", "new_category", "moves_status", "replaced_by", "brand", "description", "size",
)  # fmt: skip


class _Counted(Paginator):  # type: ignore[type-arg]  # not subscriptable when it runs
    """A paginator that knows how many there are."""

    def __init__(self, rows: Any, known: int) -> None:
        super().__init__(rows, PER_PAGE)
        self._known = known

    @cached_property
    def count(self) -> int:
        return self._known


def wanted_in(request: HttpRequest) -> Wanted:
    asked = request.GET
    return Wanted(
        asked.get("kind", ""), asked.get("category", ""), asked.get("moves", "") == "1", asked.get("text", "").strip()[:100]
    )


def table_context(request: HttpRequest, changes: Changes, zone: str) -> dict[str, Any]:
    """For `_changes.html`, and for the table of categories above it."""
    wanted, tallies = wanted_in(request), changes.tallies()
    page = _Counted(changes.matching(wanted), changes.count(wanted, tallies)).get_page(request.GET.get("page"))
    asked = {"kind": wanted.kind, "category": wanted.category, "moves": "1" if wanted.moves else "", "text": wanted.text}
    query = urlencode({name: value for name, value in asked.items() if value})
    codes = sorted({code for tally in tallies for code in (tally.old_category, tally.new_category) if code}, key=category_name)
    return {
        "wanted": wanted, "page": page, "found": page.paginator.count, "all_count": sum(tally.count for tally in tallies), "query": query,
        "kinds": [(kind, words, count) for (kind, (words, _)), count in zip(CHANGE_WORDS.items(), by_kind(tallies).values(), strict=True)],
        "codes": [(code, category_name(code)) for code in codes], "changes_table": _table(changes, page, zone), "categories": _categories(tallies),
    }  # fmt: skip


def csv_rows(changes: Changes, wanted: Wanted) -> Iterator[Sequence[object]]:
    for told in changes.each(wanted):
        row = told.change
        yield (
            row.gtin14, row.kind, row.effective_at.isoformat(), row.old_category, row.new_category, "yes" if row.moves_status else "no",
            row.replaced_by, told.brand, told.description, told.size,
        )  # fmt: skip


def _table(changes: Changes, page: Page[ListChange], zone: str) -> Related:
    return Related(
        "Products that come, change or leave", ("GTIN", "Product", "Change", "Category", "From", "Replaced by"),
        rows=[_cells(told, zone) for told in changes.told(list(page.object_list))], empty="No change matches. Take the filters away.",
    )  # fmt: skip


def _cells(told: Told, zone: str) -> Sequence[Any]:
    row = told.change
    name = " ".join(filter(None, (told.brand, told.description, told.size)))
    return (
        gtin_link(row.gtin14),
        name or "–",
        change_badge(row.kind),
        from_to(row),
        day_of(row.effective_at, zone),
        gtin_link(row.replaced_by),
    )


def _categories(tallies: Sequence[Tally]) -> Related:
    return Related(
        "By category", ("Category", "#Come", "#Leave", "#From another", "#To another"),
        rows=[(category_cell(code), *(f"{count:,}" if count else "–" for count in numbers)) for code, *numbers in by_category(tallies)],
        empty="No product moves from one category to another, onto the list or off it.",
    )  # fmt: skip
