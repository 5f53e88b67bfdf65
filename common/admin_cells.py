"""What stands in one cell of an admin page: money, a time, a badge, an id, a link. Cents never show as such."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.contrib import admin
from django.contrib.admin.utils import quote
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Model
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from common.templatetags.money import money, money_words

NOTHING = "\N{EN DASH}"
TONES = {"good", "warn", "fault", "info", "silent"}
Words = Mapping[Any, tuple[str, str]]  # value -> (word, tone)
Column = Callable[[Any, Any], Any]


def money_cell(cents: int | None) -> SafeString:
    """Right-aligned, with tabular figures; a negative amount is read out as “minus”."""
    label = format_html(' aria-label="{}"', money_words(cents)) if cents is not None and cents < 0 else ""
    return format_html('<span class="money"{}>{}</span>', label, money(cents))


def when(moment: datetime | None, zone: ZoneInfo | None = None) -> SafeString:
    """The time in UTC; with the merchant's zone, that one too, for reading out on the phone."""
    if moment is None:
        return SafeString(NOTHING)  # a constant  # nosec B703
    utc = moment.astimezone(UTC)
    local = f" · {moment.astimezone(zone):%b %d, %H:%M %Z} at the merchant" if zone else ""
    return format_html(
        '<time datetime="{}" title="{}">{}{}</time>', utc.isoformat(), f"{utc:%Y-%m-%d %H:%M:%S} UTC", f"{utc:%Y-%m-%d %H:%M} UTC", local
    )  # fmt: skip


def badge(word: str, tone: str = "silent") -> SafeString:
    """A state: the word says it, the colour only helps."""
    assert tone in TONES
    return format_html('<span class="fact-badge fact-badge--{}">{}</span>', tone, word)


def copyable(text: str) -> SafeString:
    """An id: one click selects the whole of it."""
    return format_html('<code class="copyable">{}</code>', text) if text else SafeString(NOTHING)  # a constant  # nosec B703


def link(url: str, text: Any) -> SafeString:
    return format_html('<a class="fact-link" href="{}">{}</a>', url, text)


def row_url(label: str, key: Any) -> str:
    """The admin page of one row. label: `app.Model`; key: row id or public id."""
    return reverse(f"admin:{label.lower().replace('.', '_')}_change", args=[quote(str(key))])


def row_link(row: Model | None, text: Any = None) -> SafeString:
    if row is None:
        return SafeString(NOTHING)  # a constant  # nosec B703
    return link(row_url(row._meta.label, row.pk), str(row) if text is None else text)


def list_url(label: str, **filters: Any) -> str:
    """The admin list of `app.Model`, narrowed."""
    url = reverse(f"admin:{label.lower().replace('.', '_')}_changelist")
    return f"{url}?{urlencode(filters)}" if filters else url


def list_links(*links: tuple[str, str]) -> SafeString:
    """Ways onward from a page: (text, url) each."""
    return format_html_join(" · ", "{}", ((link(url, text),) for text, url in links))


def id_link(public_id: str) -> SafeString:
    """A link to whatever has this public id, found by its prefix among the models that the admin shows."""
    prefix = public_id.partition("_")[0]
    for model in admin.site._registry:
        field = next((f for f in model._meta.fields if f.name == "public_id"), None)
        if field is not None and getattr(field.default, "args", ()) == (prefix,):
            try:
                return link(row_url(model._meta.label, public_id), public_id)
            except NoReverseMatch:
                break
    return copyable(public_id)


def column(path: str, label: str, render: Callable[[Any], Any], *, ordering: str | None = None) -> Column:
    """A column that renders the value at a dotted path of the row; sortable by the path's own column."""
    value_of = attrgetter(path)

    def cell(_: Any, row: Any) -> Any:
        return render(value_of(row))

    cell.short_description = label  # type: ignore[attr-defined]
    cell.admin_order_field = path.replace(".", "__") if ordering is None else ordering  # type: ignore[attr-defined]
    return cell


def money_column(path: str, label: str, **more: Any) -> Column:
    """Name the attribute `…_money`, by which the style sheet aligns its heading."""
    return column(path, label, money_cell, **more)


def time_column(path: str, label: str, **more: Any) -> Column:
    return column(path, label, when, **more)


def badge_column(path: str, label: str, words: Words, **more: Any) -> Column:
    return column(path, label, lambda value: badge(*words.get(value, (str(value), "silent"))), **more)


def link_column(path: str, label: str, **more: Any) -> Column:
    return column(path, label, row_link, **more)


def id_column(path: str, label: str = "id", **more: Any) -> Column:
    return column(path, label, copyable, **more)


def as_json(data: Any) -> SafeString:
    """Data as a program gets it, readable; amounts are in cents there."""
    return format_html("<pre>{}</pre>", json.dumps(data, indent=1, ensure_ascii=False, cls=DjangoJSONEncoder))
