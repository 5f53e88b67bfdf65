"""What people and time do to incidents."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from common.scopes import across_merchants
from merchants.models import Merchant
from people.models import User
from people.roles import AUDITOR, SUPPORT, SUPPORT_LEAD, give_role
from pos_monitor.alerts import clock, services, windows
from pos_monitor.alerts.errors import NotAllowed, NotNow, TakenMeanwhile, Unsaid
from pos_monitor.judging.folded import Folded
from pos_monitor.models import Alert, AlertRule, FleetNotice, Incident, Maintenance
from pos_monitor.tests.fleet import broken, make_rule, make_store, make_terminals, single, stored
from vault.audit.models import AuditEntry


def person(name: str, role: str) -> User:
    user = User.objects.create_user(username=name, email=f"{name}@platform.example", first_name=name.capitalize(), is_staff=True)
    give_role(user=user, role=role)
    return user


@pytest.fixture
def sue(db: None) -> User:
    return person("sue", SUPPORT)


@pytest.fixture
def sam(db: None) -> User:
    return person("sam", SUPPORT)


@pytest.fixture
def rule(db: None) -> AlertRule:
    return make_rule(answer_minutes=10, repair_minutes=60)


@pytest.fixture
def incident(acme: Merchant, rule: AlertRule) -> Incident:
    (number,) = make_terminals(make_store(acme, "Oak Street"), 1)
    stored(Folded([single(number, rule, merchant=acme.pk)]))
    return Incident.objects.get()


def timeline(incident: Incident) -> list[str]:
    return list(incident.events.values_list("kind", flat=True))


def later(incident: Incident, **fields: Any) -> Incident:
    Incident.objects.filter(pk=incident.pk).update(**fields)
    incident.refresh_from_db()
    return incident


def test_whoever_acknowledges_has_it_and_it_is_on_record(incident: Incident, sue: User) -> None:
    assert services.acknowledge([incident.pk], by=sue) == 1

    incident.refresh_from_db()
    assert (incident.state, incident.owner) == ("acknowledged", sue)
    assert incident.acknowledged_at is not None
    assert timeline(incident) == ["opened", "acknowledged"]
    assert AuditEntry.objects.filter(action="incident.acknowledged", subject_id=incident.public_id).count() == 1


def test_acknowledging_again_changes_nothing_and_another_learns_who_has_it(incident: Incident, sue: User, sam: User) -> None:
    services.acknowledge([incident.pk], by=sue)

    assert services.acknowledge([incident.pk], by=sue) == 0
    with pytest.raises(TakenMeanwhile, match="sue has"):
        services.acknowledge([incident.pk], by=sam)

    incident.refresh_from_db()
    assert incident.owner == sue
    assert timeline(incident) == ["opened", "acknowledged"]


def test_auditors_only_look(incident: Incident) -> None:
    auditor = person("ada", AUDITOR)
    until = timezone.now() + timedelta(hours=1)
    for deed in (
        lambda: services.acknowledge([incident.pk], by=auditor),
        lambda: services.assign([incident.pk], to=None, by=auditor),
        lambda: services.note(incident.pk, by=auditor, text="Looks odd."),
        lambda: services.snooze([incident.pk], until=until, by=auditor, reason="Not now please"),
        lambda: services.resolve([incident.pk], by=auditor, reason="It is fine"),
        lambda: windows.create(by=auditor, starts_at=timezone.now(), ends_at=until, reason="x", is_for_all=True),
    ):
        with pytest.raises(NotAllowed):
            deed()

    incident.refresh_from_db()
    assert (incident.state, incident.owner, incident.snoozed_until) == ("open", None, None)
    assert timeline(incident) == ["opened"]
    assert not Maintenance.objects.exists()


def test_an_incident_is_not_taken_from_whoever_has_it_by_now(incident: Incident, sue: User, sam: User) -> None:
    services.assign([incident.pk], to=sue, by=sue, seen_owner=None)

    with pytest.raises(TakenMeanwhile, match="sue has"):
        services.assign([incident.pk], to=sam, by=sam, seen_owner=None)
    assert services.assign([incident.pk], to=sam, by=sam, seen_owner=sue.pk) == 1

    incident.refresh_from_db()
    assert incident.owner == sam


def test_an_incident_goes_only_to_somebody_who_may_work_on_it(incident: Incident, sue: User) -> None:
    with pytest.raises(NotAllowed, match="ada"):
        services.assign([incident.pk], to=person("ada", AUDITOR), by=sue)

    incident.refresh_from_db()
    assert incident.owner is None


@pytest.mark.parametrize("reason", ["", "fixed", "   "])
def test_resolving_by_hand_needs_a_reason(incident: Incident, sue: User, reason: str) -> None:
    with pytest.raises(Unsaid):
        services.resolve([incident.pk], by=sue, reason=reason)

    incident.refresh_from_db()
    assert incident.state == "open"


def test_a_fault_that_persists_reopens_what_was_resolved_by_hand(incident: Incident, sue: User) -> None:
    services.resolve([incident.pk], by=sue, reason="Merchant pulled the plug")
    assert Alert.objects.get().resolved_at is None
    assert clock.reopen_persisting() == 0

    later(incident, resolved_at=timezone.now() - clock.PERSISTS_AFTER)
    assert clock.reopen_persisting() == 1
    assert clock.reopen_persisting() == 0

    incident.refresh_from_db()
    assert (incident.state, incident.owner, incident.reopened_count) == ("acknowledged", sue, 1)
    assert "still there at one terminal" in incident.events.last().note
    assert list(incident.notices.order_by("pk").values_list("kind", "round")) == [("opened", 0), ("resolved", 0), ("reopened", 1)]


def test_what_healed_after_it_was_resolved_by_hand_stays_so(incident: Incident, sue: User, rule: AlertRule) -> None:
    services.resolve([incident.pk], by=sue, reason="Replaced the router")
    stored(Folded(cleared=broken([int(incident.scope_key)], rule)))
    later(incident, resolved_at=timezone.now() - clock.PERSISTS_AFTER)

    assert clock.reopen_persisting() == 0
    assert timeline(incident) == ["opened", "resolved"]


def test_an_incident_is_reopened_by_hand_unless_a_newer_one_stands(incident: Incident, sue: User, rule: AlertRule) -> None:
    with pytest.raises(NotNow, match="not over"):
        services.reopen(incident.pk, by=sue, reason="Still broken there")
    services.resolve([incident.pk], by=sue, reason="Looks fine now")
    assert services.reopen(incident.pk, by=sue, reason="Still broken there").state == "acknowledged"

    services.resolve([incident.pk], by=sue, reason="Looks fine now")
    Incident.objects.create(
        rule=rule, scope_key=incident.scope_key, title="newer", severity=3, began_at=timezone.now(), opened_at=timezone.now(),
        answer_due_at=timezone.now(), repair_due_at=timezone.now(),
    )  # fmt: skip
    with pytest.raises(NotNow, match="newer incident"):
        services.reopen(incident.pk, by=sue, reason="Still broken there")

    incident.refresh_from_db()
    assert incident.state == "resolved"


def test_what_nobody_answers_is_told_to_the_lead_once(incident: Incident) -> None:
    assert clock.escalate_due() == 0
    later(incident, answer_due_at=timezone.now())

    assert clock.escalate_due() == 1
    assert clock.escalate_due() == 0

    assert timeline(incident) == ["opened", "escalated"]
    assert FleetNotice.objects.filter(kind="escalated").count() == 1


def test_what_is_not_repaired_in_time_is_told_once(incident: Incident, sue: User) -> None:
    services.acknowledge([incident.pk], by=sue)
    later(incident, repair_due_at=timezone.now())

    assert clock.tell_late_repairs() == 1
    assert clock.tell_late_repairs() == 0


def test_what_sleeps_does_not_escalate_until_it_wakes(incident: Incident, sue: User) -> None:
    services.snooze([incident.pk], until=timezone.now() + timedelta(hours=2), by=sue, reason="Store is being rebuilt")
    later(incident, answer_due_at=timezone.now() - timedelta(minutes=1))
    assert clock.escalate_due() == 0

    services.wake([incident.pk], by=sue)

    assert clock.escalate_due() == 1


@pytest.mark.parametrize("hours", [-1, 0, 24 * 8])
def test_a_snooze_ends_within_a_week(incident: Incident, sue: User, hours: int) -> None:
    with pytest.raises(Unsaid):
        services.snooze([incident.pk], until=timezone.now() + timedelta(hours=hours), by=sue, reason="Until some day")

    incident.refresh_from_db()
    assert incident.snoozed_until is None


def test_a_window_says_for_whom_it_is_and_ends(acme: Merchant, sue: User) -> None:
    store, now = make_store(acme, "Oak Street"), timezone.now()
    with pytest.raises(Unsaid):
        windows.create(by=sue, starts_at=now, ends_at=now + timedelta(hours=1), reason="Router swap")
    with pytest.raises(Unsaid):
        windows.create(by=sue, starts_at=now, ends_at=now + timedelta(hours=1), reason="Router swap", store=store, merchant=acme)
    with pytest.raises(Unsaid):
        windows.create(by=sue, starts_at=now, ends_at=now + timedelta(days=31), reason="Router swap", store=store)
    assert not Maintenance.objects.exists()

    window = windows.create(by=sue, starts_at=now, ends_at=now + timedelta(hours=1), reason="Router swap", store=store)
    assert windows.covers(window) == "store Oak Street"
    windows.end(window, by=sue)

    window.refresh_from_db()
    assert window.ends_at <= timezone.now()
    with pytest.raises(NotNow):
        windows.end(window, by=sue)


def test_a_window_that_has_not_begun_is_called_off(acme: Merchant, sue: User) -> None:
    now = timezone.now()
    window = windows.create(
        by=sue, starts_at=now + timedelta(days=1), ends_at=now + timedelta(days=2), reason="Move", merchant=acme
    )

    windows.end(window, by=sue)

    window.refresh_from_db()
    assert window.starts_at < window.ends_at <= timezone.now()


def test_what_outlives_its_maintenance_window_is_told_then(acme: Merchant, rule: AlertRule, sue: User) -> None:
    store, now = make_store(acme, "Oak Street"), timezone.now()
    (number,) = make_terminals(store, 1)
    window = windows.create(by=sue, starts_at=now, ends_at=now + timedelta(hours=1), reason="Router swap", store=store)
    stored(Folded([single(number, rule, is_muted=True)]), now - timedelta(minutes=30))
    incident = Incident.objects.get()
    assert windows.unmute() == 0
    assert not FleetNotice.objects.exists()

    windows.end(window, by=sue)
    assert windows.unmute() == 1
    assert windows.unmute() == 0

    incident.refresh_from_db()
    assert incident.is_muted is False
    assert incident.answer_due_at > timezone.now() + timedelta(minutes=9)
    assert list(incident.notices.values_list("kind", flat=True)) == ["opened"]


@pytest.mark.django_db(transaction=True)
def test_two_who_acknowledge_at_once_are_told_who_was_first(acme: Merchant) -> None:
    rule = make_rule()
    (number,) = make_terminals(make_store(acme, "Oak Street"), 1)
    stored(Folded([single(number, rule)]))
    incident = Incident.objects.get()
    people = [person("sue", SUPPORT), person("sam", SUPPORT_LEAD)]
    ready, heard = threading.Barrier(2), []

    def take(by: User) -> None:
        try:
            with across_merchants("staff work on every merchant's incidents"):
                ready.wait()
                heard.append(services.acknowledge([incident.pk], by=by))
        except TakenMeanwhile:
            heard.append("taken")
        finally:
            connection.close()

    threads = [threading.Thread(target=take, args=(by,)) for by in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(map(str, heard)) == ["1", "taken"]
    assert timeline(incident) == ["opened", "acknowledged"]
