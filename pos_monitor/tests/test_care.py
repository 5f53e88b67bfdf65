"""Times, availability, the weekly report, cases from the merchant's side, and the API of incidents."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.utils import timezone
from rest_framework.test import APIClient

from merchants.models import Merchant
from notices.models import Notice
from people.models import User
from people.roles import SUPPORT, give_role
from pos_monitor.alerts import services
from pos_monitor.alerts.store import apply
from pos_monitor.care import cases, weekly
from pos_monitor.care.availability import by_merchant
from pos_monitor.care.times import times
from pos_monitor.engine.progress import connect
from pos_monitor.judging.folded import Folded
from pos_monitor.models import Alert, AlertRule, Incident, SupportCase, Terminal, WeeklyReport
from pos_monitor.tests.fleet import broken, make_rule, make_store, make_terminals, single, stored, together

MONDAY = datetime(2026, 11, 16, 5, tzinfo=UTC)  # midnight in New York


@pytest.fixture
def rule(db: None) -> AlertRule:
    return make_rule(answer_minutes=10, repair_minutes=60)


@pytest.fixture
def sue(db: None) -> User:
    user = User.objects.create_user(username="sue", is_staff=True)
    give_role(user=user, role=SUPPORT)
    return user


def silent(number: int, rule: AlertRule, since: datetime, minutes: int) -> None:
    """A till that was silent for so long."""
    gone = broken([number], rule, began_ms=int(since.timestamp() * 1000))
    group = single(number, rule)
    stored(Folded([type(group)(group.rule, group.scope, group.scope_key, group.title, gone)]), since + timedelta(seconds=30))
    stored(Folded(cleared=gone), since + timedelta(minutes=minutes))


def test_times_are_means_and_medians_of_what_happened(acme: Merchant, rule: AlertRule) -> None:
    first, second = make_terminals(make_store(acme, "Oak"), 2)
    silent(first, rule, MONDAY, 30)
    silent(second, rule, MONDAY, 90)
    Incident.objects.filter(scope_key=str(first)).update(acknowledged_at=MONDAY + timedelta(seconds=30 + 300))

    (found,) = times(MONDAY, MONDAY + timedelta(days=1))

    assert (found.incidents, found.detect_mean_s, found.answer_mean_s) == (2, 30.0, 300.0)
    assert found.repair_mean_s == found.repair_median_s == 60 * 60 - 30
    assert (found.answered_late, found.repaired_late) == (1, 1)
    assert [row.key for row in times(MONDAY, MONDAY + timedelta(days=1), by="rule")] == ["Silent"]


def test_overlapping_silence_counts_once_and_closed_hours_not_at_all(acme: Merchant, rule: AlertRule) -> None:
    store = make_store(acme, "Oak")
    store.opening_hours = {str(day): [["08:00", "20:00"]] for day in range(7)}
    store.save()
    (number,) = make_terminals(store, 1)
    Terminal.objects.update(created_at=MONDAY - timedelta(days=30))
    silent(number, rule, MONDAY + timedelta(hours=10), 60)
    silent(number, make_rule("deaf"), MONDAY + timedelta(hours=10, minutes=30), 60)

    found = by_merchant(MONDAY, MONDAY + timedelta(days=7))[acme.pk]

    assert found.open_s == 7 * 12 * 3600
    assert found.silent_s == 90 * 60
    assert found.percent == pytest.approx(100 * (1 - 1.5 / 84))


def test_the_week_is_told_on_monday_morning_once(acme_owner: User, acme: Merchant, rule: AlertRule) -> None:
    (number,) = make_terminals(make_store(acme, "Oak"), 1)
    Terminal.objects.update(created_at=MONDAY - timedelta(days=30))
    silent(number, rule, MONDAY + timedelta(hours=10), 60)
    low = make_rule("battery-low", kind="threshold", severity=2)
    for day in range(3):
        silent(number, low, MONDAY + timedelta(days=day), 5)
    next_monday = MONDAY + timedelta(days=7)

    assert weekly.write_due(next_monday + timedelta(hours=6, minutes=59)) == 0
    assert weekly.write_due(next_monday + timedelta(hours=7)) == 1
    assert weekly.write_due(next_monday + timedelta(hours=8)) == 0

    report = WeeklyReport.objects.get()
    assert report.week_on == date(2026, 11, 16)
    assert (report.figures["terminals"], report.figures["incident_count"], len(report.figures["batteries"])) == (1, 4, 1)
    notice = Notice.objects.get()
    assert (notice.user, notice.topic, notice.context["batteries"]) == (acme_owner, "terminals.weekly", 1)
    assert weekly.pdf(report) == weekly.pdf(report)
    assert weekly.pdf(report).startswith(b"%PDF")


def test_a_title_is_never_markup_of_the_report(acme: Merchant, rule: AlertRule) -> None:
    figures = {**weekly.reckon(acme, date(2026, 11, 16)), "terminals": 1}
    figures["incidents"] = [
        {"title": '#panic("x") $ *', "severity": "Critical", "began": "", "lasted": "", "terminals": 1, "id": ""}
    ]

    assert weekly.pdf(WeeklyReport.objects.create(merchant=acme, week_on=date(2026, 11, 16), figures=figures)).startswith(b"%PDF")


def test_what_was_missed_on_monday_is_made_up_for_until_wednesday(acme: Merchant) -> None:
    make_terminals(make_store(acme, "Oak"), 1)
    Terminal.objects.update(created_at=MONDAY - timedelta(days=30))

    assert weekly.write_due(MONDAY + timedelta(days=10)) == 0  # Thursday
    assert weekly.write_due(MONDAY + timedelta(days=9)) == 1  # Wednesday


def test_bodies_of_a_case_are_sealed_and_a_merchant_sees_no_notes(acme: Merchant, acme_owner: User, sue: User) -> None:
    case = cases.open_case(merchant=acme, subject="Router of Oak Street", by=sue)
    cases.add_entry(case=case, kind="note", body="They are difficult", by=sue)
    cases.add_entry(case=case, kind="mail", body="Please plug it in", by=sue)

    cases.reply(case=case, body="It is plugged in", by=acme_owner)

    case.refresh_from_db()
    assert case.state == SupportCase.State.OPEN
    assert [str(one.body) for one in cases.thread_of(case, for_merchant=True)] == ["Please plug it in", "It is plugged in"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(body, '') FROM pos_monitor_caseentry")
        assert "plug" not in cursor.fetchone()[0]


def test_a_merchant_reads_its_own_part_of_an_incident_and_no_other(
    acme_api: APIClient, globex_api: APIClient, acme: Merchant, globex: Merchant, rule: AlertRule
) -> None:
    mine, theirs = make_terminals(make_store(acme, "Oak"), 2), make_terminals(make_store(globex, "Elm"), 3)
    stored(Folded([together([*mine, *theirs], rule, "region", "TX")]))
    stored(Folded([single(theirs[0], make_rule("own", kind="threshold"), merchant=globex.pk)]))
    incident = Incident.objects.get(scope="region")

    (row,) = acme_api.get("/v1/terminal_incidents?state=open").json()["data"]
    assert (row["id"], row["terminal_count"], row["open_terminal_count"], row["state"]) == (incident.public_id, 2, 2, "open")
    assert len(globex_api.get("/v1/terminal_incidents").json()["data"]) == 2
    whole = acme_api.get(f"/v1/terminal_incidents/{incident.public_id}").json()
    assert len(whole["terminals"]) == 2
    own = Incident.objects.get(scope="terminal")
    assert acme_api.get(f"/v1/terminal_incidents/{own.public_id}").status_code == 404
    till = Terminal.objects.get(pk=mine[0])
    (alert,) = acme_api.get(f"/v1/terminals/{till.public_id}/alerts").json()["data"]
    assert (alert["incident"], alert["rule"], alert["severity"], alert["resolved_at"]) == (
        incident.public_id,
        "silent",
        "critical",
        None,
    )
    assert globex_api.get(f"/v1/terminals/{till.public_id}/alerts").status_code == 404
    assert acme_api.get("/v1/terminal_incidents?state=odd").status_code == 400


def test_what_rules_keep_from_merchants_the_api_does_too(acme_api: APIClient, acme: Merchant) -> None:
    (number,) = make_terminals(make_store(acme, "Oak"), 1)
    stored(Folded([single(number, make_rule("drift", tells_merchant=False), merchant=acme.pk)]))

    assert acme_api.get("/v1/terminal_incidents").json()["data"] == []
    till = Terminal.objects.get(pk=number)
    assert acme_api.get(f"/v1/terminals/{till.public_id}/alerts").json()["data"] == []


@pytest.mark.django_db(transaction=True)
def test_an_engine_s_own_session_stores_clears_and_reopens(acme: Merchant) -> None:
    rule = make_rule()
    numbers = make_terminals(make_store(acme, "Oak"), 3)
    wide: Any = Folded([together(numbers, rule, "store", "1", merchant=acme.pk)])
    alone: Any = Folded([single(number, rule) for number in numbers[:2]])
    session: psycopg.Connection[Any] = connect()
    try:
        for step in (alone, wide, wide, Folded(cleared=broken(numbers, rule)), wide):
            with session.transaction(), session.cursor() as cursor:
                apply(cursor, step, timezone.now())
    finally:
        session.close()

    incident = Incident.objects.get(scope="store")
    assert (incident.state, incident.open_count, incident.reopened_count) == ("open", 3, 1)
    assert Alert.objects.filter(resolved_at=None).count() == 3
    assert Incident.objects.filter(scope="terminal").values_list("state", flat=True).distinct().get() == services.State.RESOLVED
