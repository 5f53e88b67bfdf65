"""Telling somebody: rows written with the fact, so that a notice exists if and only if the fact does."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from merchants.models import Merchant
from notices.errors import ContextPersonal, TopicUnknown
from notices.models import Letter, Notice
from notices.selectors import people_to_tell, ways_for
from notices.times import window_start
from notices.topics import AT_ONCE, OFF, TOPICS, Topic
from people.models import User

LONGEST_VALUE = 200
LONGEST_SUBJECT = 80


@transaction.atomic
def notify(
    *, topic: str, subject: str, context: Mapping[str, Any] | None = None, template: str = "", user: User | None = None,
    merchant: Merchant | None = None, to_merchant_roles: Collection[str] | None = None, to_staff_roles: Collection[str] | None = None,
) -> int:  # fmt: skip
    """Tell `user`, or else the merchant's people and the staff that the topic names (roles given here override it).

    subject: what it is about, a public id or a short fixed name: the same topic and subject within the topic's window are one
    notice with a count. context: ids (`usr_…`, `key_…`, `mer_…`) and plain values for the template; anything that looks like an
    address is refused, since rows keep nothing personal. Ids become names when the notice is shown. template: a pair in
    `templates/notices/topics/`; the topic's own if empty. Joins the caller's transaction; sends nothing itself. Returns how
    many people were told.
    """
    known = TOPICS.get(topic)
    if known is None:
        raise TopicUnknown(f"There is no topic “{topic}”: add it to notices/topics.py.")
    values = _checked(context or {})
    if user is not None:
        people = [user]
    else:
        people = people_to_tell(
            merchant=merchant, merchant_roles=known.merchant_roles if to_merchant_roles is None else to_merchant_roles,
            staff_roles=known.staff_roles if to_staff_roles is None else to_staff_roles,
        )  # fmt: skip
    ways = ways_for([person.pk for person in people], known)
    for person in sorted(people, key=lambda one: one.pk):  # always in this order, so that two callers never wait for each other
        in_app, email = ways[person.pk]
        if in_app or email != OFF:
            _tell(
                person, known, subject[:LONGEST_SUBJECT], values, template or known.template, merchant, in_app=in_app, email=email
            )
    return len(people)


def _tell(
    person: User, topic: Topic, subject: str, context: dict[str, Any], template: str, merchant: Merchant | None, *, in_app: bool,
    email: str,
) -> None:  # fmt: skip
    now = timezone.now()
    notice, is_new = Notice.objects.get_or_create(
        user=person, topic=topic.code, subject=subject, window_at=window_start(now, topic.window),
        defaults={
            "merchant_public_id": merchant.public_id if merchant else "", "template": template, "context": context,
            "email_mode": email, "is_shown": in_app, "last_at": now,
        },
    )  # fmt: skip
    if not is_new:
        Notice.objects.filter(pk=notice.pk).update(count=F("count") + 1, last_at=now, context=context, read_at=None)
    elif email == AT_ONCE:
        notice.letter = Letter.objects.create(user=person, topic=topic.code, is_urgent=topic.is_urgent, next_attempt_at=now)
        notice.save(update_fields=["letter"])


def _checked(context: Mapping[str, Any]) -> dict[str, Any]:
    for name, value in context.items():
        if not isinstance(value, str | int | bool | None) or (
            isinstance(value, str) and (len(value) > LONGEST_VALUE or "@" in value)
        ):
            raise ContextPersonal(f"“{name}” of a notice's context must be an id, a number or a short word.")
    return dict(context)
