"""Snoops on our own pages, to persons and to merchants: cards, and what the buttons on them do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from common.errors import PlatformError
from common.tokens import new_token
from rules.engine.errors import RulesNotPublished
from rules.feed.customers import rule_named
from rules.feed.errors import SnoopNotYours
from rules.feed.feedback import record_feedback
from rules.feed.history import history_of, zone
from rules.feed.live import rules_in_force
from rules.feed.serve import feed_of
from rules.models import Customer, SnoopFeedback

CATEGORY_WORDS: Final = {
    "insight": "Insight", "saving": "Saving", "offer": "Offer", "reward": "Reward", "tip": "Tip", "guidance": "Guidance",
}  # fmt: skip
KINDS: Final = {
    "seen": SnoopFeedback.Kind.SEEN, "dismiss": SnoopFeedback.Kind.DISMISSED, "restore": SnoopFeedback.Kind.RESTORED,
    "act": SnoopFeedback.Kind.ACTED,
}  # fmt: skip
MARK_CHARS: Final = 22


@dataclass(frozen=True, slots=True)
class Feed:
    cards: list[dict[str, Any]]
    next_cursor: str | None


def feed(customer: Customer, *, channel: str, limit: int, cursor: str = "") -> Feed:
    """The page of cards. A cursor that leads nowhere starts again; while the rules cannot be read there is nothing."""
    try:
        page = feed_of(customer=customer, channel=channel, now=timezone.now(), limit=limit, cursor=cursor)
    except RulesNotPublished:
        return Feed([], None)
    except PlatformError:
        if not cursor:
            raise
        return feed(customer, channel=channel, limit=limit)
    cards = [
        {
            "snoop": snoop,
            "category": CATEGORY_WORDS[snoop.category],
            "is_first": snoop.priority == 1,
            "mark": new_token()[:MARK_CHARS],
        }
        for snoop in page.snoops
    ]
    return Feed(cards, page.next_cursor)


def note(request: HttpRequest, customer: Customer, *, rule: str, verb: str, channel: str) -> str:
    """Write down what a button says; returns where the Snoop's action leads, if it was followed. Raises PlatformError.

    A card carries a mark, so that a second press of the same button counts once; what was seen counts once a day.
    """
    row, kind = rule_named(rule), KINDS[verb]
    mark = request.POST.get("mark", "").replace("\x00", "")[:MARK_CHARS] or new_token()[:MARK_CHARS]
    today = timezone.localdate(timezone=zone())
    client_id = f"page-seen-{row.pk}-{today}" if kind == SnoopFeedback.Kind.SEEN else f"{mark}-{row.pk}-{verb}"
    record_feedback(customer=customer, rule=row, kind=kind, channel=channel, client_id=client_id, position=_position(request))
    live = rules_in_force().get(row.pk) if kind == SnoopFeedback.Kind.ACTED else None
    return live.definition.action_url if live else ""


def lead_on(request: HttpRequest, url: str, template: str, context: Mapping[str, Any]) -> HttpResponse:
    """Follow a Snoop's action. A form may lead to this site alone (the page's own policy, which browsers hold redirects to as
    well), so to another site the browser goes on by itself from a page in between, which says where to.
    """
    if not url.startswith("https://"):
        return redirect(url)
    response = render(request, template, {**context, "url": url, "host": urlsplit(url).hostname})
    response["Refresh"] = f"0; url={url}"
    return response


def note_seen(customer: Customer, rules: list[str], channel: str, request: HttpRequest) -> None:
    """For browsers without scripts: what a page showed counts as seen. What was never shown is passed over."""
    for rule in rules:
        try:
            note(request, customer, rule=rule, verb="seen", channel=channel)
        except SnoopNotYours:
            continue


def just_dismissed(customer: Customer, rule: str) -> str:
    """The id of a Snoop that the customer has dismissed, if it is one: what “undo” is offered for."""
    if not rule:
        return ""
    try:
        row = rule_named(rule)
    except PlatformError:
        return ""
    past = history_of(customer, timezone.now()).get(row.pk)
    return row.public_id if past and past.dismissed_at else ""


def _position(request: HttpRequest) -> int | None:
    written = request.POST.get("position", "")
    return int(written) if written.isascii() and written.isdigit() and len(written) <= 3 else None
