from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.db.models import QuerySet
from django.http import Http404
from django.utils import timezone

from common.addresses import coarse
from common.compiled import Compiled
from common.scopes import across_merchants
from common.tokens import digest_of
from merchants.models import ApiKey, Event, Member, Merchant
from people.models import User

LAST_USED_PRECISION = timedelta(minutes=1)  # a write per call would cost more than the knowledge is worth


ACTIVE_KEY = Compiled(
    lambda digest: (
        ApiKey.objects.select_related("merchant").filter(digest=digest, revoked_at=None, merchant__is_active=True).order_by()
    ),
    "the digest",
    across_merchants="a key itself tells whose it is",
)


def key_for(written: str) -> ApiKey | None:
    """The key with this text that is not revoked, its merchant loaded, or None. It may have expired."""
    return ACTIVE_KEY.first(digest_of(written))


def note_use(key: ApiKey, address: str) -> None:
    """Write down, at most once a minute, that the key was used, and from which neighbourhood."""
    now = timezone.now()
    if key.last_used_at is None or now - key.last_used_at > LAST_USED_PRECISION:
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=now, last_used_from=coarse(address))


def memberships_of(user: User) -> list[Member]:
    """The user's places at active merchants, oldest first."""
    with across_merchants("a person may work for several merchants"):
        return list(Member.objects.select_related("merchant").filter(user=user, merchant__is_active=True).order_by("pk"))


def membership_of(user: User, merchant_id: str | None = None) -> Member | None:
    """The user's place at this merchant (a public id), or at the first of theirs."""
    members = memberships_of(user)
    return next((member for member in members if member.merchant.public_id == merchant_id), members[0] if members else None)


def events_of(merchant: Merchant, object_ids: list[str]) -> list[Event]:
    return list(Event.objects.filter(merchant=merchant, object_id__in=object_ids).order_by("pk"))


def events_matching(merchant: Merchant, types: Sequence[str] = (), object_id: str = "") -> QuerySet[Event]:
    """The merchant's events, of these types or of all, about this object or about any."""
    found = Event.objects.filter(merchant=merchant)
    if types:
        found = found.filter(type__in=types)
    return found.filter(object_id=object_id) if object_id else found


def event_for(merchant: Merchant, public_id: str) -> Event:
    event = Event.objects.filter(merchant=merchant, public_id=public_id).first()
    if event is None:
        raise Http404
    return event
