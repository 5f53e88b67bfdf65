from __future__ import annotations

from collections.abc import Collection
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from common.scopes import across_merchants
from merchants.models import Member, Merchant
from merchants.selectors import memberships_of
from notices.models import Notice, Preference, Recipient
from notices.topics import AT_ONCE, TOPICS, Topic, topics_for
from people.models import User
from vault.blind import blind_index

UNREAD_SHOWN = 99  # the bell says “99+” above it, and nothing counts further


def people_to_tell(*, merchant: Merchant | None, merchant_roles: Collection[str], staff_roles: Collection[str]) -> list[User]:
    """Everybody who may sign in and has one of these roles at the merchant, or one of these among the staff; each once.

    What is told by roles is the whole chain's: who is limited to some stores is told none of it.
    """
    who = Q(pk__in=[])
    with across_merchants("whoever tells it names the merchant"):
        if merchant is not None and merchant_roles:
            who |= Q(
                pk__in=Member.objects.filter(merchant=merchant, role__in=list(merchant_roles), reach__isnull=True).values("user")
            )
        if staff_roles:
            who |= Q(is_staff=True, groups__name__in=list(staff_roles))
        return list(User.objects.filter(who, is_active=True).distinct().order_by("pk"))


def ways_for(user_ids: Collection[int], topic: Topic) -> dict[int, tuple[bool, str]]:
    """(in the bell?, how by e-mail) of each person. Security topics come both ways, whatever was chosen."""
    if topic.is_security:
        return dict.fromkeys(user_ids, (True, AT_ONCE))
    chosen = Preference.objects.filter(user__in=user_ids, topic=topic.code).values_list("user", "in_app", "email")
    return dict.fromkeys(user_ids, (True, topic.email)) | {user: (in_app, email) for user, in_app, email in chosen}


def notices_of(user: User) -> QuerySet[Notice]:
    """What stands in this person's bell, newest first."""
    return Notice.objects.filter(user=user, is_shown=True).order_by("-pk")


def unread_count(user: User) -> int:
    """How many the person has not read, at most UNREAD_SHOWN + 1."""
    return len(notices_of(user).filter(read_at=None).order_by()[: UNREAD_SHOWN + 1].values_list("pk", flat=True))


def topics_of(user: User) -> list[Topic]:
    """What this person may hear of, by their roles."""
    places = memberships_of(user)
    staff_roles = set(user.groups.values_list("name", flat=True)) if user.is_staff else set()
    roles = frozenset(place.role for place in places if place.reach is None)
    return topics_for(merchant_roles=roles, staff_roles=frozenset(staff_roles))


def preferences_of(user: User) -> list[tuple[Topic, bool, str]]:
    """(topic, in the bell?, how by e-mail) for the preference page."""
    chosen = {row.topic: row for row in Preference.objects.filter(user=user)}
    rows = []
    for topic in topics_of(user):
        row = None if topic.is_security else chosen.get(topic.code)
        rows.append((topic, row.in_app if row else True, row.email if row else (AT_ONCE if topic.is_security else topic.email)))
    return rows


def recipient_of(user: User) -> Recipient:
    """How the person wants to be written to; an unsaved row where they never said."""
    return Recipient.objects.filter(user=user).first() or Recipient(user=user)


def zone_of(recipient: Recipient) -> ZoneInfo:
    """The person's zone: their own, else their first merchant's, else UTC."""
    if recipient.time_zone:
        return ZoneInfo(recipient.time_zone)
    with across_merchants("a person's own places"):
        place = Member.objects.filter(user_id=recipient.user_id).select_related("merchant").order_by("pk").first()
    return place.merchant.zone if place else ZoneInfo("UTC")


def address_mark(address: str) -> str:
    """By which it is known that this very address bounced, without keeping the address."""
    return blind_index(label="notices.Recipient.bouncing_mark", value=address, merchant_id=None)


def is_bouncing(recipient: Recipient, address: str) -> bool:
    return recipient.bouncing_since is not None and recipient.bouncing_mark == address_mark(address)


def topic_title(code: str) -> str:
    return TOPICS[code].title if code in TOPICS else code
