from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from merchants.models import Merchant
from pos_monitor.alerts.store import Applied
from pos_monitor.judging.folded import Folded
from pos_monitor.models import Alert, AlertRule, FleetNotice, Incident, IncidentEvent, Store
from pos_monitor.tests.fleet import broken, make_rule, make_store, make_terminals, single, stored, together


@pytest.fixture
def rule(db: None) -> AlertRule:
    return make_rule(answer_minutes=10, repair_minutes=60)


@pytest.fixture
def store(db: None, acme: Merchant) -> Store:
    return make_store(acme, "Oak Street")


def opened(*groups: Any) -> Folded:
    return Folded(opened=list(groups))


def kinds(incident: Incident) -> list[str]:
    return list(incident.events.values_list("kind", flat=True))


def notices(incident: Incident) -> list[tuple[str, int]]:
    return list(incident.notices.order_by("pk").values_list("kind", "round"))


def test_an_alert_opens_with_its_incident_clock_and_notice(rule: AlertRule, store: Store) -> None:
    (number,) = make_terminals(store, 1)
    now = timezone.now()

    applied = stored(opened(single(number, rule, merchant=store.merchant_id)), now)

    incident = Incident.objects.get()
    assert applied.opened == [incident.pk]
    assert (incident.state, incident.open_count, incident.alert_count, incident.severity) == ("open", 1, 1, 3)
    assert incident.answer_due_at == now + timedelta(minutes=10)
    assert incident.repair_due_at == now + timedelta(minutes=60)
    assert incident.merchant_id == store.merchant_id
    assert incident.began_at.timestamp() == 1_790_000_000
    assert Alert.objects.get().value is None
    assert kinds(incident) == ["opened"]
    assert notices(incident) == [("opened", 0)]


def test_storing_the_same_step_again_changes_nothing(rule: AlertRule, store: Store) -> None:
    (number,) = make_terminals(store, 1)
    step = opened(single(number, rule))
    stored(step)

    again = stored(step)

    assert again == Applied()
    assert (Alert.objects.count(), Incident.objects.count()) == (1, 1)
    assert kinds(Incident.objects.get()) == ["opened"]


def test_the_last_alert_that_clears_resolves_the_incident_and_tells_it_once(rule: AlertRule, store: Store) -> None:
    first, second = make_terminals(store, 2)
    stored(opened(together([first, second], rule, "store", str(store.pk))))

    stored(Folded(cleared=broken([first], rule)))
    incident = Incident.objects.get()
    assert (incident.state, incident.open_count) == ("open", 1)

    stored(Folded(cleared=broken([second], rule)))
    stored(Folded(cleared=broken([second], rule)))

    incident.refresh_from_db()
    assert (incident.state, incident.open_count, incident.alert_count, incident.resolution) == ("resolved", 0, 2, "healed")
    assert kinds(incident) == ["opened", "resolved"]
    assert notices(incident) == [("opened", 0), ("resolved", 0)]


def test_trouble_that_comes_back_soon_reopens_its_incident_for_whoever_had_it(rule: AlertRule, store: Store) -> None:
    (number,) = make_terminals(store, 1)
    now = timezone.now()
    stored(opened(single(number, rule)), now)
    Incident.objects.update(state="acknowledged", acknowledged_at=now)
    stored(Folded(cleared=broken([number], rule)), now + timedelta(minutes=5))

    applied = stored(opened(single(number, rule)), now + timedelta(minutes=15))

    incident = Incident.objects.get()
    assert applied.reopened == [incident.pk]
    assert (incident.state, incident.reopened_count, incident.resolved_at, incident.open_count) == ("acknowledged", 1, None, 1)
    assert incident.repair_due_at == now + timedelta(minutes=60 + 10)  # the clock stood while it was well
    assert kinds(incident) == ["opened", "resolved", "reopened"]
    assert notices(incident)[-1] == ("reopened", 1)
    assert Alert.objects.count() == 2


def test_trouble_that_comes_back_late_is_another_incident(rule: AlertRule, store: Store) -> None:
    (number,) = make_terminals(store, 1)
    now = timezone.now()
    stored(opened(single(number, rule)), now)
    stored(Folded(cleared=broken([number], rule)), now)

    stored(opened(single(number, rule)), now + timedelta(minutes=16))

    assert list(Incident.objects.order_by("pk").values_list("state", flat=True)) == ["resolved", "open"]


def test_what_comes_back_again_and_again_is_flapping(rule: AlertRule, store: Store) -> None:
    (number,) = make_terminals(store, 1)
    for _ in range(4):
        stored(opened(single(number, rule)))
        stored(Folded(cleared=broken([number], rule)))

    incident = Incident.objects.get()
    assert (incident.reopened_count, incident.is_flapping) == (3, True)


def test_alerts_move_into_the_wider_incident_and_leave_no_empty_one(rule: AlertRule, store: Store) -> None:
    numbers = make_terminals(store, 5)
    stored(opened(*[single(number, rule) for number in numbers[:2]]))

    applied = stored(opened(together(numbers, rule, "store", str(store.pk))))

    wide = Incident.objects.get(scope="store")
    assert (wide.open_count, wide.alert_count) == (5, 5)
    assert Alert.objects.count() == 5
    narrow = Incident.objects.filter(scope="terminal")
    assert {(one.state, one.resolution, one.merged_into_id) for one in narrow} == {("resolved", "merged", wide.pk)}
    assert sorted(applied.merged) == sorted(one.pk for one in narrow)
    assert not FleetNotice.objects.filter(incident__in=narrow, told_at=None).exists()
    assert FleetNotice.objects.filter(told_at=None).count() == 1


def test_alerts_of_a_wide_incident_stay_there_when_named_alone(rule: AlertRule, store: Store) -> None:
    numbers = make_terminals(store, 3)
    stored(opened(together(numbers, rule, "region", "TX")))

    stored(opened(together(numbers, rule, "store", str(store.pk))))

    assert set(Alert.objects.values_list("incident__scope", flat=True)) == {"region"}


def test_a_muted_incident_tells_nobody(rule: AlertRule, store: Store) -> None:
    (number,) = make_terminals(store, 1)
    stored(opened(single(number, rule, is_muted=True)))
    stored(Folded(cleared=broken([number], rule)))

    assert kinds(Incident.objects.get()) == ["opened", "resolved"]
    assert not FleetNotice.objects.exists()


def test_an_incident_that_another_merchant_joins_is_of_no_single_merchant(
    rule: AlertRule, store: Store, globex: Merchant
) -> None:
    mine, theirs = make_terminals(store, 1), make_terminals(make_store(globex, "Elm"), 1)
    stored(opened(together(mine, rule, "region", "TX", merchant=store.merchant_id)))

    stored(opened(together(theirs, rule, "region", "TX", merchant=globex.pk)))

    assert Incident.objects.get().merchant_id is None


def test_alerts_of_a_rule_that_is_gone_are_left_out(rule: AlertRule, store: Store) -> None:
    first, second = make_terminals(store, 2)
    gone = make_rule("gone")
    lost = single(first, gone)
    gone.delete()

    stored(opened(lost, single(second, rule)))

    assert list(Alert.objects.values_list("terminal_id", flat=True)) == [second]


def test_thousands_open_and_clear_in_a_handful_of_statements(
    rule: AlertRule, store: Store, django_assert_max_num_queries: Any
) -> None:
    numbers = make_terminals(store, 4000)
    regions = [together(numbers[at::8], rule, "region", str(at)) for at in range(8)]

    with django_assert_max_num_queries(20):
        stored(opened(*regions))

    assert Alert.objects.filter(resolved_at=None).count() == 4000
    assert list(Incident.objects.values_list("open_count", flat=True)) == [500] * 8
    assert IncidentEvent.objects.count() == 8

    with django_assert_max_num_queries(14):
        stored(Folded(cleared=broken(numbers, rule)))

    assert not Incident.objects.exclude(state="resolved").exists()


@pytest.mark.django_db(transaction=True)
def test_engines_that_find_the_same_outage_meet_in_one_incident(acme: Merchant) -> None:
    rule = make_rule()
    numbers = make_terminals(make_store(acme, "Oak Street"), 40)
    ready = threading.Barrier(4)

    def engine(part: list[int]) -> None:
        try:
            ready.wait()
            stored(opened(together(part, rule, "fleet", "")))
        finally:
            connection.close()

    threads = [threading.Thread(target=engine, args=(numbers[at::4],)) for at in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    incident = Incident.objects.get()
    assert (incident.open_count, incident.alert_count) == (40, 40)
    assert kinds(incident).count("opened") == 1
    assert notices(incident) == [("opened", 0)]
