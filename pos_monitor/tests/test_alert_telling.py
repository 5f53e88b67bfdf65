"""Who is told of incidents, how often, and in how many letters."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from conftest import make_member, make_merchant
from merchants.models import Event, Merchant
from notices.models import Letter, Notice
from notices.words import body_text, names_of, words_of
from people.models import User
from people.roles import SUPPORT, SUPPORT_LEAD, give_role
from pos_monitor.alerts import clock, desk, events, services, telling
from pos_monitor.alerts.tasks import send_desk_letters, tell_of_incidents
from pos_monitor.judging.folded import Folded
from pos_monitor.models import AlertRule, DeskLetter, FleetNotice, Incident
from pos_monitor.tests.fleet import broken, make_rule, make_store, make_terminals, single, stored, together

AGO = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _desk(settings: Any) -> None:
    settings.FLEET_SUPPORT_EMAILS = ["desk@platform.example"]


@pytest.fixture
def rule(db: None) -> AlertRule:
    return make_rule(answer_minutes=10, repair_minutes=60)


def staff(name: str, role: str) -> User:
    user = User.objects.create_user(username=name, email=f"{name}@platform.example", is_staff=True)
    give_role(user=user, role=role)
    return user


def told() -> list[tuple[str, str]]:
    return list(Notice.objects.order_by("pk").values_list("user__username", "topic"))


def recorded() -> list[tuple[str, int]]:
    return [(event.type, event.data["terminal_count"]) for event in Event.objects.order_by("pk")]


def a_minute_ago(*groups: Any) -> None:
    stored(Folded(list(groups)), timezone.now() - AGO)


def test_one_incident_is_one_letter_to_owner_and_desk_and_a_bell_for_support(
    acme_owner: User, acme: Merchant, rule: AlertRule
) -> None:
    staff("sue", SUPPORT)
    numbers = make_terminals(make_store(acme, "Oak Street"), 40)
    a_minute_ago(together(numbers, rule, "store", "1", merchant=acme.pk))

    tell_of_incidents()
    tell_of_incidents()
    send_desk_letters()

    assert told() == [("acme_owner", "terminals.incident"), ("sue", "fleet.incident")]
    assert Letter.objects.count() == 1  # support has the bell; its desk has the letter
    notice = Notice.objects.get(topic="terminals.incident")
    assert (notice.context["terminals"], notice.context["stores"]) == (40, 1)
    (letter,) = mail.outbox
    assert letter.to == ["desk@platform.example"]
    assert "Opened: Silent: store 1" in letter.subject
    assert recorded() == [("terminal.offline", 40)]
    data = Event.objects.get().data
    assert (data["id"], data["severity"], len(data["terminals"])) == (Incident.objects.get().public_id, "critical", 40)
    assert data["terminals"][0]["store_name"] == "Oak Street"


def test_nobody_is_told_before_an_outage_has_shown_how_wide_it_is(acme_owner: User, acme: Merchant, rule: AlertRule) -> None:
    first, *others = make_terminals(make_store(acme, "Oak Street"), 5)
    now = timezone.now()
    stored(Folded([single(first, rule)]), now - timedelta(seconds=8))
    stored(Folded([together([first, *others], rule, "store", "1")]), now - timedelta(seconds=2))
    tell_of_incidents()
    assert told() == []
    assert recorded() == []

    telling.tell_due(now + timedelta(seconds=6))
    events.record_due(now + timedelta(seconds=6))

    assert told() == [("acme_owner", "terminals.incident")]
    assert recorded() == [("terminal.offline", 5)]


def test_a_third_of_the_fleet_silent_at_once_is_one_letter_for_each_merchant_and_one_for_the_desk(rule: AlertRule) -> None:
    merchants = [make_merchant(f"Shop{n}") for n in range(12)]
    for merchant in merchants:
        make_member(merchant, "owner")
    numbers = [number for m in merchants for number in make_terminals(make_store(m, "Main"), 300)]
    now = timezone.now()
    # Ten regions by two engines, as deadlines pass over ten seconds: first alone, then found to belong together.
    stored(Folded([single(number, rule) for number in numbers[:40]]), now - timedelta(seconds=70))
    for step in range(10):
        parts = [together(numbers[region::10][step::10], rule, "region", f"R{region}") for region in range(10)]
        stored(Folded(parts), now - timedelta(seconds=69 - step))
    stored(
        Folded([together(numbers[region::10], rule, "region", f"R{region}") for region in range(10)]), now - timedelta(seconds=59)
    )

    for _ in range(3):
        tell_of_incidents()
    while send_desk_letters():
        pass

    assert Incident.objects.exclude(state="resolved").count() == 10
    assert sum(Incident.objects.exclude(state="resolved").values_list("open_count", flat=True)) == 3600
    assert Letter.objects.count() == 12
    assert Letter.objects.values("user").distinct().count() == 12
    assert len(mail.outbox) == 1
    assert "9 more" in mail.outbox[0].subject
    assert sum(count for _, count in recorded()) == 3600
    assert Event.objects.count() == 12 * 10  # each merchant's part of each incident

    stored(Folded(cleared=broken(numbers, rule)), now - timedelta(seconds=30))
    for _ in range(3):
        tell_of_incidents()
    send_desk_letters()

    assert Letter.objects.count() == 24
    assert len(mail.outbox) == 2
    assert not FleetNotice.objects.filter(told_at=None).exists()
    assert sum(count for kind, count in recorded() if kind == "terminal.online") == 3600


def test_an_incident_that_spreads_tells_the_newly_hit_and_nobody_twice(
    acme_owner: User, globex_owner: User, acme: Merchant, globex: Merchant, rule: AlertRule
) -> None:
    mine, theirs = make_terminals(make_store(acme, "Oak"), 2), make_terminals(make_store(globex, "Elm"), 2)
    a_minute_ago(together(mine, rule, "region", "TX"))
    tell_of_incidents()

    stored(Folded([together(theirs, rule, "region", "TX")]), timezone.now() - timedelta(seconds=30))
    tell_of_incidents()

    assert told() == [("acme_owner", "terminals.incident"), ("globex_owner", "terminals.incident")]
    assert DeskLetter.objects.count() == 1
    assert [(event.merchant.name, event.data["terminal_count"]) for event in Event.objects.order_by("pk")] == [
        ("Acme", 2),
        ("Globex", 2),
    ]


def test_what_is_over_before_it_could_be_told_is_told_to_nobody(acme_owner: User, acme: Merchant, rule: AlertRule) -> None:
    (number,) = make_terminals(make_store(acme, "Oak"), 1)
    a_minute_ago(single(number, rule))
    stored(Folded(cleared=broken([number], rule)), timezone.now() - timedelta(seconds=50))

    tell_of_incidents()
    tell_of_incidents()

    assert told() == []
    assert recorded() == []
    assert not FleetNotice.objects.exists()


def test_flapping_tells_its_beginning_and_the_end_that_lasts(acme_owner: User, acme: Merchant, rule: AlertRule) -> None:
    (number,) = make_terminals(make_store(acme, "Oak"), 1)
    now = timezone.now()
    for times in range(5):
        stored(Folded([single(number, rule)]), now + times * AGO)
        telling.tell_due(now + times * AGO + timedelta(seconds=25))
        stored(Folded(cleared=broken([number], rule)), now + times * AGO + timedelta(seconds=30))
        telling.tell_due(now + times * AGO + timedelta(seconds=55))
    heard = list(FleetNotice.objects.filter(first_told_at__isnull=False).order_by("pk").values_list("kind", "round"))
    assert heard == [("opened", 0), ("resolved", 0), ("reopened", 1), ("resolved", 1), ("reopened", 2), ("resolved", 2)]
    assert Incident.objects.get().is_flapping is True

    telling.tell_due(now + timedelta(hours=1))

    assert not FleetNotice.objects.filter(told_at=None).exists()


def test_a_rule_that_is_not_for_merchants_tells_support_alone(acme_owner: User, acme: Merchant) -> None:
    staff("sue", SUPPORT)
    quiet = make_rule("drift", kind="version_drift", severity=2, tells_merchant=False)
    (number,) = make_terminals(make_store(acme, "Oak"), 1)
    a_minute_ago(single(number, quiet))

    tell_of_incidents()
    stored(Folded(cleared=broken([number], quiet)), timezone.now() - timedelta(seconds=30))
    tell_of_incidents()

    assert told() == [("sue", "fleet.incident")]
    assert recorded() == []


def test_a_muted_incident_is_told_to_nobody_not_even_its_end(acme_owner: User, acme: Merchant, rule: AlertRule) -> None:
    (number,) = make_terminals(make_store(acme, "Oak"), 1)
    a_minute_ago(single(number, rule, is_muted=True))
    tell_of_incidents()
    stored(Folded(cleared=broken([number], rule)), timezone.now() - timedelta(seconds=30))
    tell_of_incidents()

    assert told() == []
    assert recorded() == []
    assert mail.outbox == []


def test_many_incidents_of_one_merchant_within_an_hour_become_a_count(acme_owner: User, acme: Merchant, rule: AlertRule) -> None:
    numbers = make_terminals(make_store(acme, "Oak"), 9)
    for number in numbers:
        a_minute_ago(single(number, rule))
        tell_of_incidents()

    assert Letter.objects.count() == telling.MANY_AN_HOUR + 1
    assert Notice.objects.get(subject="many").count == 4


def test_leads_hear_of_what_nobody_answers_and_of_nothing_that_is_over(acme: Merchant, rule: AlertRule) -> None:
    staff("sue", SUPPORT)
    staff("lea", SUPPORT_LEAD)
    here, there = make_terminals(make_store(acme, "Oak"), 2)
    a_minute_ago(single(here, rule), single(there, rule))
    Incident.objects.update(answer_due_at=timezone.now())
    assert clock.escalate_due() == 2
    stored(Folded(cleared=broken([there], rule)))
    FleetNotice.objects.update(created_at=timezone.now() - AGO)

    tell_of_incidents()
    tell_of_incidents()

    lead = Notice.objects.get(user__username="lea")
    assert (lead.topic, lead.context["others"], lead.letter is not None) == ("fleet.escalated", 0, True)


def test_a_desk_letter_waits_for_a_mail_server_that_is_down(settings: Any, acme: Merchant, rule: AlertRule) -> None:
    (number,) = make_terminals(make_store(acme, "Oak"), 1)
    a_minute_ago(single(number, rule))
    tell_of_incidents()
    settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT = (
        "django.core.mail.backends.smtp.EmailBackend",
        "127.0.0.1",
        9,
    )

    assert send_desk_letters() == 0
    letter = DeskLetter.objects.get()
    assert (letter.sent_at, letter.attempts, letter.error_code) == (None, 1, "no_connection")
    assert send_desk_letters() == 0  # it is not due yet

    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    DeskLetter.objects.update(next_attempt_at=timezone.now())
    assert desk.send_due() == 1
    assert desk.send_due() == 0


def test_resolving_by_hand_is_told_and_the_alert_goes_on(acme_owner: User, acme: Merchant, rule: AlertRule) -> None:
    sue = staff("sue", SUPPORT)
    (number,) = make_terminals(make_store(acme, "Oak"), 1)
    a_minute_ago(single(number, rule))
    tell_of_incidents()
    services.resolve([Incident.objects.get().pk], by=sue, reason="Plugged in again")
    FleetNotice.objects.update(created_at=timezone.now() - AGO)

    tell_of_incidents()

    assert [topic for _, topic in told()] == ["terminals.incident", "fleet.incident", "terminals.resolved"]
    assert recorded() == [("terminal.offline", 1)]  # the till itself is still silent


@pytest.mark.parametrize("is_over", [False, True])
@pytest.mark.parametrize(
    ("count", "more", "in_all"),
    [
        (1, "", ""),
        (2, " and 1 more", ", by 2 incidents"),
        (3, " and 2 more", ", by 3 incidents"),
    ],
)
def test_a_notice_counts_other_incidents_where_there_are_any(
    acme_owner: User, acme: Merchant, rule: AlertRule, count: int, more: str, in_all: str, is_over: bool
) -> None:
    numbers = make_terminals(make_store(acme, "Oak"), count)
    a_minute_ago(*(single(number, rule) for number in numbers))
    tell_of_incidents()
    if is_over:
        stored(Folded(cleared=broken(numbers, rule)), timezone.now() - timedelta(seconds=30))
        tell_of_incidents()

    notice = Notice.objects.get(topic="terminals.resolved" if is_over else "terminals.incident")
    said = words_of(notice, names_of([notice]))
    text = body_text(notice, said)

    title = notice.context["title"]
    if is_over:
        assert said["headline"] == f"Over: {title}{more}"
        others = more.replace("more", "other incident" + "s" * (count > 2))
        assert text.startswith(
            f"{title}{others}: over. {count} terminal{'s' * (count > 1)} of yours w{'ere' if count > 1 else 'as'} hit."
        )
    else:
        assert said["headline"] == title + (f"{more} at your terminals" if more else "")
        assert text.startswith(
            f"{title}. {count} terminal{'s' * (count > 1)} of yours {'are' if count > 1 else 'is'} hit{in_all}."
        )
    assert "0" not in said["headline"].replace(title, "")


def test_how_many_stores_are_hit_is_said_from_two_on(acme_owner: User, acme: Merchant, rule: AlertRule) -> None:
    numbers = make_terminals(make_store(acme, "Oak"), 1) + make_terminals(make_store(acme, "Elm"), 1)
    a_minute_ago(together(numbers, rule, "region", "TX"))
    tell_of_incidents()

    notice = Notice.objects.get(topic="terminals.incident")

    assert "2 terminals of yours are hit, in 2 stores." in body_text(notice, words_of(notice, names_of([notice])))
