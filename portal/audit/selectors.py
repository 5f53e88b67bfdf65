"""What can be asked of the audit trail, each by an index and never of the whole table."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from merchants.models import ApiKey, Member, Merchant
from people.models import User
from people.roles import NAMES
from portal.audit.words import what_happened
from vault.audit.anchors import last_anchor
from vault.audit.models import AuditCheck, AuditEntry

NEWEST = 2_000  # entries that one look can page through; dates and words narrow it down
SEARCHED = ("actor_id", "subject_id", "person_id", "request_id", "action")
OWN_ROLES = frozenset(Member.Role.values)
WHO = {
    "staff": ("The platform’s people", Q(actor_kind="user") & ~Q(actor_role__in=OWN_ROLES)),
    "own": ("Your people", Q(actor_kind="user", actor_role__in=OWN_ROLES)),
    "programs": ("API keys", Q(actor_kind="api_key")),
    "all": ("Everybody", Q()),
}


def entries_about(entries: QuerySet[AuditEntry], words: str) -> QuerySet[AuditEntry]:
    """The newest entries in which an actor, subject, person, request or action is exactly this, or a merchant (`mer_…`)."""
    if words.startswith("mer_"):
        merchant = Merchant.objects.filter(public_id=words).values_list("pk", flat=True).first()
        return entries.filter(Q(merchant_id=merchant) if merchant else Q(pk=None))
    newest = entries.order_by("-pk")
    found = {pk for name in SEARCHED for pk in newest.filter(**{name: words}).values_list("pk", flat=True)[:NEWEST]}
    return entries.filter(pk__in=found)


# What the platform's people think and decide about a merchant among themselves: a merchant that reads why risk looks at it is warned.
INTERNAL = (
    "merchants.MerchantNote", "merchants.ControlChange", "merchants.Application", "merchants.ApplicationPerson",
    "merchants.ApplicationDocument",
)  # fmt: skip


def trail_state() -> dict[str, Any]:
    """Whether the trail is whole as far as the newest check knows, and when its heads were last anchored."""
    check, anchor = AuditCheck.objects.order_by("-pk").first(), last_anchor()
    return {"check": check, "anchored_at": anchor.at if anchor else None, "anchor_fault": anchor.fault if anchor else ""}


def entries_of(merchant: Merchant, *, who: str = "staff") -> QuerySet[AuditEntry]:
    """What anybody read or changed of this merchant's data, for its own eyes: without what is internal to the platform."""
    return AuditEntry.objects.filter(WHO.get(who, WHO["staff"])[1], merchant_id=merchant.pk).exclude(subject__in=INTERNAL)


def access_rows(entries: Iterable[AuditEntry], merchant: Merchant) -> list[dict[str, Any]]:
    """As a merchant may see them: its own people by name, ours by what they are and an id that we can be asked about."""
    entries = list(entries)
    ids = {entry.actor_id for entry in entries}
    people = {user.public_id: user for user in User.objects.filter(public_id__in=ids, memberships__merchant=merchant)}
    keys = {key.public_id: str(key) for key in ApiKey.objects.filter(merchant=merchant, public_id__in=ids)}
    return [
        {
            "at": entry.at.astimezone(merchant.zone), "what": what_happened(entry), "reason": entry.reason,
            "request_id": entry.request_id, **_who(entry, people, keys),
        }
        for entry in entries
    ]  # fmt: skip


def _who(entry: AuditEntry, people: dict[str, User], keys: dict[str, str]) -> dict[str, str]:
    match entry.actor_kind:
        case "user" if entry.actor_role in OWN_ROLES and entry.actor_id in people:
            return {"who": people[entry.actor_id].get_username(), "role": entry.actor_role}
        case "user":
            roles = [NAMES.get(role, "") for role in entry.actor_role.split(",")]
            return {"who": "Platform " + (next(filter(None, roles), "support")).lower(), "role": entry.actor_id}
        case "api_key":
            return {"who": "API key", "role": keys.get(entry.actor_id, entry.actor_id)}
        case "page" | "anonymous":
            return {"who": "Shopper", "role": "on a hosted page"}
    return {"who": "The platform itself", "role": entry.actor_id}


def day_range(first: str, last: str) -> tuple[datetime, datetime] | None:
    """Two ISO dates, both included, as moments in UTC; None if they are none or the wrong way round."""
    try:
        start, end = (datetime.fromisoformat(day).replace(tzinfo=UTC) for day in (first[:10], last[:10]))
    except ValueError:
        return None
    return (start, end + timedelta(days=1)) if start <= end else None
