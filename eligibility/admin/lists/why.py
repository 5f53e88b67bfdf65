"""“Why did this GTIN change?”: its whole story over all lists, what held on a day as it was known then, and who sells it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from common import witness
from common.admin import Related
from common.admin_cells import badge, row_link, when
from eligibility.admin.evidence import status_badge
from eligibility.admin.lists.words import (
    category_cell,
    change_badge,
    day_of,
    from_to,
    gtin_link,
    version_link,
)
from eligibility.gtin import gtin_readings
from eligibility.lists.story import MOST_LINES, MOST_PRODUCTS, Period, Story, Turn, as_of, known_readings, sellers, story_of
from eligibility.models import ListItem, ListVersion, Product

NO_GTIN: Final = (
    "This is no GTIN: it needs 8, 12, 13 or 14 digits of which the last checks the others. Of 9 to 11 digits, zeros that a spreadsheet took away"
    " and a check digit that a till left out are put back."
)
NO_DAY: Final = "Write the day like 2026-11-30."
FARTHEST: Final = timedelta(days=3_660)  # no list speaks of later days


def why_page(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """?gtin=, in any spelling; ?day= and ?known=, which is the same day where it is left out."""
    now = timezone.now()
    written = request.GET.get("gtin", "").strip()[:40]
    readings = gtin_readings(written)
    page: dict[str, Any] = {
        **context, "written": written, "readings": readings, "fault": NO_GTIN if written and not readings else "",
        "day": request.GET.get("day", "")[:10], "known": request.GET.get("known", "")[:10],
    }  # fmt: skip
    if readings:
        gtin = (known_readings(readings) or list(readings))[0]
        story = story_of(gtin)
        witness.saw_list(ListItem, count=len(story.periods), filters={"gtin": gtin})
        page |= {
            "gtin": gtin,
            "others": [each for each in readings if each != gtin],
            "story": story,
            **_told(story, now),
            **_on_a_day(gtin, page),
        }
    return TemplateResponse(request, "admin/eligibility/lists/why.html", page, status=400 if page["fault"] else 200)


def _told(story: Story, now: datetime) -> dict[str, Any]:
    holding = [period for period in story.periods if period.is_now(now)]
    coming = [turn for turn in reversed(story.turns) if turn.comes(now)]
    products, has_more = sellers([story.gtin14])
    witness.saw_list(Product, count=len(products), filters={"gtin": story.gtin14})
    return {
        "holding": [_now(period) for period in holding], "coming": [_sentence(turn) for turn in coming if _is_said(turn, story)],
        "was_on": story.is_known and not holding, "turns": _turns(story, now), "periods": _periods(story, now), "sellers": _sellers(products, has_more),
    }  # fmt: skip


def _on_a_day(gtin: str, page: dict[str, Any]) -> dict[str, Any]:
    """What was said of the day, if one was asked for."""
    if not page["day"]:
        return {}
    today = timezone.now().date()
    try:
        day = date.fromisoformat(page["day"])
        known = date.fromisoformat(page["known"]) if page["known"] else min(day, today)
    except ValueError:
        return {"day_fault": NO_DAY}
    if not abs(day - today) < FARTHEST or not abs(known - today) < FARTHEST:
        return {"day_fault": "No list speaks of days so far away."}
    found = as_of(gtin, day, known)
    return {
        "as_of": found,
        "as_of_category": category_cell(found.row.category_code) if found.row else "",
        "as_of_day": day,
        "as_of_known": known,
    }


def _is_said(turn: Turn, story: Story) -> bool:
    """Was it not taken back since? Then a period that is said now begins or ends at its moment."""
    at, source = turn.change.effective_at, turn.change.list_source_id
    said = [period.item for period in story.periods if period.until is None and period.item.list_source_id == source]
    return any(at in (item.listed_from, item.listed_until) for item in said)


def _now(period: Period) -> dict[str, Any]:
    item, zone = period.item, period.item.list_source.zone
    return {
        "list": row_link(item.list_source), "category": category_cell(item.category_code), "since": day_of(item.listed_from, zone),
        "until": day_of(item.listed_until, zone) if item.listed_until else None, "version": version_link(period.since),
        "replaced": gtin_link(item.replaced_by) if item.replaced_by else "",
    }  # fmt: skip


def _sentence(turn: Turn) -> dict[str, Any]:
    change = turn.change
    return {
        "day": day_of(change.effective_at, change.list_source.zone), "words": from_to(change),
        "list": row_link(change.list_source), "version": version_link(turn.version), "replaced": gtin_link(change.replaced_by) if change.replaced_by else "",
    }  # fmt: skip


def _turns(story: Story, now: datetime) -> Related:
    return Related(
        "What changed, and why", ("From", "Change", "Category", "List", "Said by", "Replaced by"),
        rows=[
            (_day(turn, story, now), change_badge(turn.change.kind), from_to(turn.change), row_link(turn.change.list_source), _said(turn.version),
             gtin_link(turn.change.replaced_by))
            for turn in story.turns
        ],
        empty="Nothing ever changed: it was carried over from a list of earlier days." if story.is_known else "No version of any list ever named it.",
    )  # fmt: skip


def _day(turn: Turn, story: Story, now: datetime) -> SafeString:
    day = day_of(turn.change.effective_at, turn.change.list_source.zone)
    if not turn.comes(now):
        return day
    return format_html("{} {}", day, badge("Comes", "info") if _is_said(turn, story) else badge("Taken back", "silent"))


def _said(version: ListVersion | None) -> SafeString | str:
    return format_html("{}, switched on {}", version_link(version), when(version.applied_at)) if version else "–"


def _periods(story: Story, now: datetime) -> Related:
    title = "Every period that a version named" + (f" (the newest {MOST_LINES})" if len(story.periods) == MOST_LINES else "")
    return Related(
        title, ("On the list from", "Until", "Category", "Described as", "List", "Said from", "Said until"),
        rows=[_period(period, now) for period in story.periods], empty="It stood on no list at any time.",
    )  # fmt: skip


def _period(period: Period, now: datetime) -> Sequence[Any]:
    item = period.item
    zone, name = item.list_source.zone, " ".join(filter(None, (item.brand, item.description, item.size)))
    if period.until is not None:
        said_until = format_html("{}, switched on {}", version_link(period.until), when(period.until.applied_at))
    else:
        said_until = badge("Holds now", "good") if period.is_now(now) else badge("Said now", "info")
    return (
        day_of(item.listed_from, zone), day_of(item.listed_until, zone) if item.listed_until else "no end", category_cell(item.category_code), name,
        row_link(item.list_source), _said(period.since), said_until,
    )  # fmt: skip


def _sellers(products: list[Product], has_more: bool) -> Related:
    return Related(
        f"Who sells it{f' (the first {MOST_PRODUCTS})' if has_more else ''}", ("Merchant", "Product", "SKU", "Judged now", "Because", "Since"),
        rows=[_seller(product) for product in products], empty="No merchant has a product with this GTIN on sale.",
    )  # fmt: skip


def _seller(product: Product) -> Sequence[Any]:
    current = getattr(product, "current_decision", None)
    name = row_link(product)
    if current is None:
        return row_link(product.merchant), name, product.sku, "not judged yet", "–", "–"
    because = {"list": "a list", "human": "a person", "guard": "a rule", "model": "the classifier"}.get(
        current.evidence, "no evidence"
    )
    return row_link(product.merchant), name, product.sku, status_badge(current.status), because, when(current.decision.decided_at)
