from __future__ import annotations

import hashlib
from datetime import timedelta

from django.utils import timezone

from common.compiled import Compiled
from common.scopes import across_merchants
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


def digest_of(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def key_for(written: str) -> ApiKey | None:
    """The active key with this text, its merchant loaded, or None. Notes, at most once a minute, that it was used."""
    key = ACTIVE_KEY.first(digest_of(written))
    now = timezone.now()
    if key and (key.last_used_at is None or now - key.last_used_at > LAST_USED_PRECISION):
        with across_merchants("a key itself tells whose it is"):
            ApiKey.objects.filter(pk=key.pk).update(last_used_at=now)
    return key


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
