"""Quiet hours and digests on the wall clock of a person's zone."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from notices import tasks
from notices.errors import QuietHoursInvalid
from notices.models import Letter, Notice, Recipient
from notices.services import notify
from notices.services.preferences import mark_read, set_hours, set_preference
from notices.services.sending import send_due
from notices.times import latest_digest, quiet_until, window_start

BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
NIGHT = (time(22), time(7))


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "zone", "hours", "until"),
    [
        ("2026-01-10 23:30", BERLIN, NIGHT, "2026-01-11 06:00"),  # 00:30 on the wall
        ("2026-01-10 21:30", BERLIN, NIGHT, "2026-01-11 06:00"),  # 22:30, the evening before
        ("2026-01-11 06:00", BERLIN, NIGHT, None),  # seven o'clock is not quiet any more
        ("2026-01-11 20:59", BERLIN, NIGHT, None),
        ("2026-01-11 21:00", BERLIN, NIGHT, "2026-01-12 06:00"),  # ten o'clock is
        ("2026-03-28 23:00", BERLIN, NIGHT, "2026-03-29 05:00"),  # the night in which the clocks go forward
        ("2026-10-24 22:00", BERLIN, NIGHT, "2026-10-25 06:00"),  # and back
        ("2026-07-01 16:30", NEW_YORK, (time(12), time(14)), "2026-07-01 18:00"),
        ("2026-07-01 16:30", NEW_YORK, (None, None), None),
        ("2026-07-01 16:30", NEW_YORK, (time(9), time(9)), None),
    ],
)
def test_quiet_hours_end_when_the_wall_clock_says_so(now, zone, hours, until):
    assert quiet_until(utc(now), zone, *hours) == (utc(until) if until else None)


@pytest.mark.parametrize(
    ("now", "is_weekly", "due"),
    [
        ("2026-11-18 12:00", False, "2026-11-18 07:00"),  # a Wednesday, after eight
        ("2026-11-18 06:59", False, "2026-11-17 07:00"),  # before eight
        ("2026-11-18 12:00", True, "2026-11-16 07:00"),  # Monday
        ("2026-11-16 06:00", True, "2026-11-09 07:00"),  # Monday before eight
        ("2026-10-25 12:00", False, "2026-10-25 07:00"),  # eight in winter, the day the clocks went back
        ("2026-10-24 12:00", False, "2026-10-24 06:00"),  # eight in summer
    ],
)
def test_the_newest_digest_is_found(now, is_weekly, due):
    assert latest_digest(utc(now), BERLIN, 8, is_weekly=is_weekly) == utc(due)


def test_a_window_starts_at_the_same_moment_for_everybody_in_it():
    hour = timedelta(hours=1)

    assert window_start(utc("2026-11-18 12:00"), hour) == window_start(utc("2026-11-18 12:59"), hour) == utc("2026-11-18 12:00")
    assert window_start(utc("2026-11-18 13:00"), hour) == utc("2026-11-18 13:00")


def always_quiet(user):
    """Quiet hours that hold now, whenever the test runs."""
    now = timezone.now()
    set_hours(
        user=user, time_zone="UTC", quiet_from=(now - timedelta(hours=2)).time().replace(microsecond=0),
        quiet_until=(now + timedelta(hours=2)).time().replace(microsecond=0), digest_hour=8,
    )  # fmt: skip


@pytest.mark.django_db
def test_in_quiet_hours_a_letter_waits_and_goes_afterwards(acme, acme_owner, mailbox):
    always_quiet(acme_owner)
    notify(topic="webhook.paused", subject="we_1", merchant=acme)

    assert send_due() == 0
    letter = Letter.objects.get()
    assert (letter.state, letter.attempts) == ("waiting", 0)
    assert timedelta(hours=1, minutes=59) < letter.next_attempt_at - timezone.now() <= timedelta(hours=2)
    Recipient.objects.update(quiet_from=None, quiet_until=None)
    Letter.objects.update(next_attempt_at=timezone.now())
    assert send_due() == 1


@pytest.mark.django_db
def test_what_is_urgent_goes_through_quiet_hours(acme, acme_owner, mailbox):
    always_quiet(acme_owner)
    notify(topic="merchant_key.revoked", subject=acme.public_id, merchant=acme)

    assert send_due() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    "hours",
    [
        {"time_zone": "Mars/Base"}, {"quiet_from": time(22)}, {"quiet_until": time(7)}, {"digest_hour": 24},
        {"quiet_from": time(9), "quiet_until": time(9)},
    ],
)  # fmt: skip
def test_hours_that_cannot_be_are_refused_and_change_nothing(acme_owner, hours):
    with pytest.raises(QuietHoursInvalid):
        set_hours(user=acme_owner, **{"time_zone": "", "quiet_from": None, "quiet_until": None, "digest_hour": 8} | hours)

    assert not Recipient.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("mode", ["daily", "weekly"])
def test_a_digest_gathers_once_what_came_before_its_hour(acme, acme_owner, mailbox, mode):
    set_preference(user=acme_owner, topic="webhook.paused", in_app=True, email=mode)
    for subject in ("old", "older", "read", "new"):
        notify(topic="webhook.paused", subject=subject, merchant=acme)
    Notice.objects.exclude(subject="new").update(created_at=timezone.now() - timedelta(days=8))
    mark_read(user=acme_owner, public_id=Notice.objects.get(subject="read").public_id)
    set_hours(user=acme_owner, time_zone="UTC", quiet_from=None, quiet_until=None, digest_hour=timezone.now().hour)
    Notice.objects.filter(subject="new").update(created_at=timezone.now() + timedelta(hours=1))

    assert (tasks.gather_digests(), tasks.gather_digests()) == (1, 0)
    assert send_due() == 1

    assert set(Letter.objects.get().notices.values_list("subject", flat=True)) == {"old", "older"}
    (mail,) = mailbox.letters
    assert mail["Subject"] == f"2 notices of the last {'day' if mode == 'daily' else 'week'}"
    assert mail["List-Unsubscribe"] is not None
    assert mail.get_body(("plain",)).get_content().count("are paused") == 2
    assert mail.get_body(("html",)).get_content().count("are paused") == 2
