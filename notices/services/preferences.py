"""What a person decides about being told."""

from __future__ import annotations

from datetime import time
from zoneinfo import available_timezones

from django.db import transaction
from django.utils import timezone

from notices.errors import QuietHoursInvalid, TopicRequired, TopicUnknown
from notices.models import EMAIL_MODES, Notice, Preference, Recipient
from notices.topics import AT_ONCE, OFF, TOPICS
from people.models import User


def set_preference(*, user: User, topic: str, in_app: bool, email: str) -> None:
    """Choose how to hear of one topic from now on. Refused for security topics, unless nothing is taken away. Safe to repeat."""
    known = TOPICS.get(topic)
    if known is None or email not in dict(EMAIL_MODES):
        raise TopicUnknown("There is no such topic, or no such way.")
    if known.is_security:
        if not in_app or email != AT_ONCE:
            raise TopicRequired(f"“{known.title}” is about the safety of your account and always comes at once.")
        return
    Preference.objects.update_or_create(user=user, topic=topic, defaults={"in_app": in_app, "email": email})


def stop_email(*, user: User, topic: str) -> None:
    """No more e-mail about one topic; what the bell shows stays as it is. Safe to repeat."""
    chosen = Preference.objects.filter(user=user, topic=topic).first()
    set_preference(user=user, topic=topic, in_app=chosen.in_app if chosen else True, email=OFF)


def set_hours(*, user: User, time_zone: str, quiet_from: time | None, quiet_until: time | None, digest_hour: int) -> None:
    """Choose zone, quiet hours (both ends or none) and the hour of digests (0 to 23). Safe to repeat."""
    if time_zone and time_zone not in available_timezones():
        raise QuietHoursInvalid("Choose a time zone of the list.")
    if (quiet_from is None) != (quiet_until is None):
        raise QuietHoursInvalid("Quiet hours need a beginning and an end; leave both empty for none.")
    if quiet_from is not None and quiet_from == quiet_until:
        raise QuietHoursInvalid("Quiet hours that end where they begin would be the whole day: choose another end.")
    if not 0 <= digest_hour <= 23:
        raise QuietHoursInvalid("Choose an hour of the day for digests.")
    Recipient.objects.update_or_create(
        user=user,
        defaults={"time_zone": time_zone, "quiet_from": quiet_from, "quiet_until": quiet_until, "digest_hour": digest_hour},
    )


def trust_address_again(*, user: User) -> None:
    """Write to a bouncing address once more, since its owner says that it works. Safe to repeat."""
    Recipient.objects.filter(user=user).update(bouncing_since=None, bouncing_code="", bouncing_mark="")


@transaction.atomic
def mark_read(*, user: User, public_id: str | None = None) -> int:
    """Mark one notice, or all of them, as read, and return how many were not. Another person's id marks nothing."""
    unread = Notice.objects.filter(user=user, is_shown=True, read_at=None)
    if public_id is not None:
        unread = unread.filter(public_id=public_id)
    return unread.update(read_at=timezone.now())
