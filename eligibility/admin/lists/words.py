"""States of lists in the words and colours of the admin, and cells that several of their pages show."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from common.admin_cells import NOTHING, badge, link, when
from eligibility.admin.products import category_badge, category_name
from eligibility.lists.health import Health
from eligibility.models import ListChange, ListSource, ListSync, ListVersion
from people.models import User

State, Kind = ListSync.State, ListChange.Kind
HEALTH_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "sync": ("In sync", "good"), "updating": ("Updating", "info"), "behind": ("Behind", "warn"), "held": ("Held", "warn"),
    "overdue": ("Not asked", "fault"), "failing": ("Failing", "fault"), "never": ("Never fetched", "silent"), "off": ("Switched off", "silent"),
    "hand": ("Entered here", "silent"),
}  # fmt: skip
SYNC_WORDS: Final[Mapping[Any, tuple[str, str]]] = {
    State.QUEUED: ("Waiting", "info"), State.RUNNING: ("Under way", "info"), State.HELD: ("Held", "warn"), State.DONE: ("Done", "good"),
    State.FAILED: ("Failed", "fault"), State.REFUSED: ("Sent away", "silent"),
}  # fmt: skip
CHANGE_WORDS: Final[Mapping[Any, tuple[str, str]]] = {
    Kind.ADDED: ("Comes", "good"), Kind.CHANGED: ("Changes", "info"), Kind.REMOVED: ("Leaves", "warn"),
}  # fmt: skip
STAGE_WORDS: Final = {"fetch": "fetched", "stage": "read", "compare": "compared", "write": "written", "switch": "switched on"}


def health_badge(health: Health) -> SafeString:
    return badge(*HEALTH_WORDS[health.state])


def health_words(source: ListSource, health: Health) -> SafeString | str:
    """What there is to say beyond the badge."""
    if health.state == "failing" and source.failing_since:
        return format_html("since {}: {}", when(source.failing_since), health.words)
    return health.words


def change_badge(kind: str) -> SafeString:
    return badge(*CHANGE_WORDS[kind])


def sync_badge(state: str) -> SafeString:
    return badge(*SYNC_WORDS[state])


def category_cell(code: str) -> SafeString | str:
    """The category with what follows from it; not on the list where there is none."""
    return format_html("{} {}", category_badge(code), category_name(code)) if code else "not on the list"


def from_to(change: ListChange) -> SafeString | str:
    """The category before and after, once where they are the same."""
    if change.old_category == change.new_category:
        return category_cell(change.new_category)
    return format_html("{} → {}", category_cell(change.old_category), category_cell(change.new_category))


def why_url(gtin: str) -> str:
    return f"{reverse('admin:eligibility_listitem_why')}?{urlencode({'gtin': gtin})}"


def gtin_link(gtin: str) -> SafeString:
    """To the GTIN's whole story."""
    return link(why_url(gtin), gtin) if gtin else SafeString(NOTHING)  # a constant  # nosec B703


def day_of(moment: datetime | None, zone: str) -> SafeString:
    """A day of the list's own time zone, with the hour where it is not midnight there; UTC is in the title."""
    if moment is None:
        return SafeString(NOTHING)  # a constant  # nosec B703
    local = moment.astimezone(ZoneInfo(zone))
    hour = "" if (local.hour, local.minute, local.second) == (0, 0, 0) else f", {local:%H:%M %Z}"
    text = f"{local:%b} {local.day}, {local.year}{hour}"
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', moment.isoformat(), f"{moment:%Y-%m-%d %H:%M} UTC, {zone}", text
    )


def version_link(version: ListVersion | None) -> SafeString | str:
    if version is None:
        return NOTHING
    return link(reverse("admin:eligibility_listversion_change", args=[version.pk]), version.version)


def counts(added: int, changed: int, removed: int) -> str:
    return f"+{added:,}  −{removed:,}  ~{changed:,}"


def size(count: int) -> str:
    """Bytes for people."""
    value = float(count)
    for unit in ("bytes", "kB", "MB"):
        if value < 1_000 or unit == "MB":
            return f"{value:,.0f} {unit}" if unit == "bytes" else f"{value:,.1f} {unit}"
        value /= 1_000
    raise AssertionError


def seconds(value: float | None) -> str:
    if value is None:
        return NOTHING
    return f"{value:.1f} s" if value < 120 else f"{value / 60:.0f} min"


def took(sync: ListSync) -> str:
    if sync.started_at is None or sync.finished_at is None:
        return NOTHING
    return seconds((sync.finished_at - sync.started_at).total_seconds())


def require(request: HttpRequest, permission: str) -> User:
    """The person, who may do this; else 403."""
    if not isinstance(request.user, User) or not request.user.has_perm(f"eligibility.{permission}"):
        raise PermissionDenied
    return request.user
