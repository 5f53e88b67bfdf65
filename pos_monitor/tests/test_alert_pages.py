"""The inbox, an incident's page, maintenance, playbooks, cases and reports, as staff use them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from conftest import make_merchant
from merchants.models import Merchant
from notices.models import Notice
from people.models import User
from people.roles import AUDITOR, SUPPORT, SUPPORT_LEAD, give_role
from pos_monitor.judging.folded import Folded
from pos_monitor.models import AlertRule, CaseEntry, Incident, Maintenance, Playbook, SupportCase
from pos_monitor.tests.fleet import broken, make_rule, make_store, make_terminals, single, stored, together

ROOM = "/admin/pos_monitor/"


def person(name: str, *roles: str) -> User:
    user = User.objects.create_user(username=name, email=f"{name}@platform.example", first_name=name.capitalize(), is_staff=True)
    for role in roles:
        give_role(user=user, role=role)
    return user


@pytest.fixture
def sue(db: None) -> User:
    return person("sue", SUPPORT)


@pytest.fixture
def support(sue: User, signed_in: Callable[[User], Client]) -> Client:
    return signed_in(sue)


@pytest.fixture
def auditor(db: None, signed_in: Callable[[User], Client]) -> Client:
    return signed_in(person("ada", AUDITOR))


@pytest.fixture
def rule(db: None) -> AlertRule:
    return make_rule(answer_minutes=10, repair_minutes=60)


@pytest.fixture
def incident(acme: Merchant, rule: AlertRule) -> Incident:
    numbers = make_terminals(make_store(acme, "Oak Street"), 3)
    stored(Folded([together(numbers, rule, "store", "1", merchant=acme.pk)]), timezone.now() - timedelta(minutes=2))
    return Incident.objects.get()


def test_the_inbox_shows_the_worst_first_and_keeps_its_filters_in_the_address(
    support: Client, acme: Merchant, rule: AlertRule
) -> None:
    mild = make_rule("paper-low", kind="threshold", severity=1)
    numbers = make_terminals(make_store(acme, "Oak Street"), 2)
    stored(Folded([single(numbers[0], mild)]), timezone.now() - timedelta(hours=1))
    stored(Folded([single(numbers[1], rule)]))

    page = support.get(f"{ROOM}incident/").content.decode()
    assert page.index("Silent at") < page.index("Paper low at")
    assert "nobody has it" in page

    narrowed = support.get(f"{ROOM}incident/?severity=1&q=oak").content.decode()
    assert "Paper low at" in narrowed
    assert "Silent at" not in narrowed


def test_an_empty_inbox_says_so(support: Client) -> None:
    assert "Nothing needs you" in support.get(f"{ROOM}incident/").content.decode()


def test_the_inbox_hears_only_of_what_changed(
    support: Client, sue: User, incident: Incident, acme: Merchant, rule: AlertRule
) -> None:
    Incident.objects.update(changed_at=timezone.now() - timedelta(minutes=5))
    url = f"{ROOM}incident/changes/?view=open"
    first = support.get(url).json()
    assert first["ids"] == [incident.pk]

    quiet = support.get(url, {"view": "open", "since": first["now"], "order": first["order"], "seen": str(incident.pk)}).json()
    assert (quiet["ids"], quiet["rows"]) == (None, {})

    (number,) = make_terminals(make_store(acme, "Elm"), 1)
    stored(Folded([single(number, rule)]))
    news = support.get(url, {"view": "open", "since": first["now"], "order": first["order"], "seen": str(incident.pk)}).json()
    assert len(news["ids"]) == 2
    assert list(news["rows"]) == [str(news["ids"][1])]
    assert news["counts"]["open"] == 2


def test_a_thousand_incidents_take_few_queries(
    support: Client, acme: Merchant, rule: AlertRule, django_assert_max_num_queries: Any
) -> None:
    numbers = make_terminals(make_store(acme, "Oak Street"), 1000)
    stored(Folded([single(number, rule) for number in numbers]))
    support.get(f"{ROOM}incident/")

    with django_assert_max_num_queries(45):
        page = support.get(f"{ROOM}incident/").content.decode()

    assert page.count('data-incident="') == 200
    assert "page=2" in page
    assert support.get(f"{ROOM}incident/?page=5").content.decode().count('data-incident="') == 200


def test_many_are_acknowledged_at_once_and_a_program_hears_what_happened(
    support: Client, sue: User, acme: Merchant, rule: AlertRule
) -> None:
    numbers = make_terminals(make_store(acme, "Oak Street"), 3)
    stored(Folded([single(number, rule) for number in numbers]))
    chosen = list(Incident.objects.values_list("pk", flat=True))

    answer = support.post(f"{ROOM}incident/do/acknowledge/", {"incident": chosen}, headers={"accept": "application/json"})

    assert answer.json() == {"message": "3 of 3 incidents acknowledged."}
    assert set(Incident.objects.values_list("state", "owner")) == {("acknowledged", sue.pk)}
    again = support.post(f"{ROOM}incident/do/acknowledge/", {"incident": chosen[0]}, headers={"accept": "application/json"})
    assert again.json() == {"message": "It was acknowledged already: nothing changed."}


def test_a_refusal_says_why_and_leads_back(support: Client, incident: Incident) -> None:
    answer = support.post(
        f"{ROOM}incident/do/resolve/",
        {"incident": incident.pk, "reason": "no", "next": f"{ROOM}incident/?view=late"},
        follow=True,
    )

    assert answer.redirect_chain == [(f"{ROOM}incident/?view=late", 302)]
    assert "at least two words" in answer.content.decode()
    incident.refresh_from_db()
    assert incident.state == "open"


def test_nobody_is_led_to_another_site(support: Client, incident: Incident) -> None:
    answer = support.post(f"{ROOM}incident/do/acknowledge/", {"incident": incident.pk, "next": "https://evil.example/"})

    assert answer["Location"] == f"{ROOM}incident/"


def test_an_auditor_looks_and_changes_nothing(auditor: Client, incident: Incident) -> None:
    page = auditor.get(f"{ROOM}incident/{incident.pk}/change/")

    assert page.status_code == 200
    assert "I take it" not in page.content.decode()
    for url, data in (
        ("incident/do/acknowledge/", {"incident": incident.pk}),
        (f"incident/{incident.pk}/note/", {"text": "Hello there"}),
        (f"incident/{incident.pk}/reopen/", {"reason": "not over yet"}),
        ("maintenance/plan/", {}),
        ("supportcase/open/", {}),
        (f"playbook/write/{incident.rule.slug}/", {"body": "x", "seen_revision": "0"}),
    ):
        assert auditor.post(ROOM + url, data).status_code == 403
    incident.refresh_from_db()
    assert incident.state == "open"
    assert incident.events.count() == 1


def test_an_incident_s_page_says_who_where_what_to_do_and_what_was(support: Client, acme: Merchant, rule: AlertRule) -> None:
    store = make_store(acme, "Oak Street")
    numbers = make_terminals(store, 3, app="4.2.1")
    make_terminals(make_store(acme, "Elm"), 9, app="4.1.0")
    past = together(numbers, rule, "store", "1")
    stored(Folded([past]), timezone.now() - timedelta(days=3))
    stored(Folded(cleared=broken(numbers, rule)), timezone.now() - timedelta(days=3) + timedelta(minutes=30))
    stored(Folded([past]))
    incident = Incident.objects.exclude(state="resolved").get()

    page = support.get(f"{ROOM}incident/{incident.public_id}/change/").content.decode()

    assert "Nobody has it" in page
    assert "3 of 3 still broken" in page
    assert "How wide is it?" in page  # its playbook
    assert "4.2.1</strong>" in page  # what these have in common
    assert "same place" in page
    assert "took 30 min" in page
    live = support.get(f"{ROOM}incident/{incident.pk}/live/").content.decode()
    assert "Oak Street" in live
    assert "<html" not in live


def test_a_note_stands_in_the_timeline_and_nobody_s_markup_is_run(support: Client, incident: Incident) -> None:
    support.post(f"{ROOM}incident/{incident.pk}/note/", {"text": "<script>alert(1)</script> Rang them"})

    page = support.get(f"{ROOM}incident/{incident.pk}/change/").content.decode()
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert" not in page


def test_a_refused_note_keeps_what_was_typed(support: Client, incident: Incident) -> None:
    answer = support.post(f"{ROOM}incident/{incident.pk}/note/", {"text": "x" * 4001})

    assert answer.status_code == 409
    assert "x" * 4001 in answer.content.decode()


def test_a_window_is_planned_seen_and_ended(support: Client, acme: Merchant) -> None:
    store = make_store(acme, "Oak Street")
    ends = (timezone.now() + timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M")
    refused = support.post(
        f"{ROOM}maintenance/plan/", {"what": "store", "which": "sto_nothing", "ends_at": ends, "reason": "Router"}
    )
    assert refused.status_code == 400
    assert not Maintenance.objects.exists()

    support.post(f"{ROOM}maintenance/plan/", {"what": "store", "which": store.public_id, "ends_at": ends, "reason": "Router"})

    window = Maintenance.objects.get()
    page = support.get(f"{ROOM}maintenance/").content.decode()
    assert "In force" in page
    assert "store Oak Street" in page
    assert "End it now" in support.get(f"{ROOM}maintenance/{window.pk}/change/").content.decode()
    support.post(f"{ROOM}maintenance/{window.pk}/end/")
    assert "Over" in support.get(f"{ROOM}maintenance/").content.decode()


def test_a_lead_writes_a_playbook_and_a_late_writer_is_told(
    signed_in: Callable[[User], Client], support: Client, incident: Incident
) -> None:
    lead = signed_in(person("lea", SUPPORT, SUPPORT_LEAD))
    url = f"{ROOM}playbook/write/silent/"
    assert support.get(url).status_code == 403
    assert "How wide is it?" in lead.get(url).content.decode()

    lead.post(url, {"body": "Ring **Bob**. <b>no</b>", "seen_revision": "0"})
    late = lead.post(url, {"body": "Mine", "seen_revision": "0"})

    assert late.status_code == 409
    assert Playbook.objects.count() == 1
    page = support.get(f"{ROOM}incident/{incident.pk}/change/").content.decode()
    assert "<strong>Bob</strong>" in page
    assert "&lt;b&gt;no" in page


def test_a_case_is_a_thread_with_the_merchant(support: Client, acme_owner: User, acme: Merchant, incident: Incident) -> None:
    opened = support.post(
        f"{ROOM}supportcase/open/?incident={incident.pk}", {"merchant": acme.public_id, "subject": "Tills of Oak Street"}
    )
    case = SupportCase.objects.get()
    assert opened["Location"] == f"{ROOM}supportcase/{case.pk}/change/"
    assert len(case.terminals) == 3

    support.post(f"{ROOM}supportcase/{case.pk}/write/", {"kind": "call", "body": "Rang Ms. Oak, no answer"})
    support.post(f"{ROOM}supportcase/{case.pk}/write/", {"kind": "mail", "body": "Please plug in the router"})

    case.refresh_from_db()
    assert case.state == "waiting"
    assert list(Notice.objects.values_list("user__username", "topic")) == [("acme_owner", "terminals.case")]
    assert "Please plug" not in str(Notice.objects.get().context)  # what was written is sealed; the letter says where to read it
    page = support.get(f"{ROOM}supportcase/{case.pk}/change/").content.decode()
    assert page.index("Please plug in the router") < page.index("Rang Ms. Oak")
    assert "1 told" in page
    support.post(f"{ROOM}supportcase/{case.pk}/state/", {"state": "closed"})
    refused = support.post(f"{ROOM}supportcase/{case.pk}/write/", {"kind": "note", "body": "One more thing"})
    assert refused.status_code == 409
    assert list(CaseEntry.objects.values_list("kind", flat=True)) == ["call", "mail", "state"]
    assert "case" in list(incident.events.values_list("kind", flat=True))


def test_a_case_is_about_terminals_of_a_merchant_that_the_incident_hits(support: Client, incident: Incident) -> None:
    other = make_merchant("Initech")
    make_terminals(make_store(other, "Elm"), 1)

    answer = support.post(f"{ROOM}supportcase/open/?incident={incident.pk}", {"merchant": other.public_id, "subject": "Tills"})

    assert answer.status_code == 400
    assert not SupportCase.objects.exists()


def test_the_fleet_report_adds_up_and_downloads(support: Client, acme: Merchant, incident: Incident, rule: AlertRule) -> None:
    page = support.get(f"{ROOM}weeklyreport/fleet/?days=30").content.decode()
    assert "Acme" in page
    assert "Silent" in page

    lines = support.get(f"{ROOM}weeklyreport/fleet.csv?days=30").content.decode().splitlines()
    assert lines[0] == "merchant_id,merchant,terminals,availability_percent,silent_hours,alerts"
    assert lines[1].startswith(f"{acme.public_id},Acme,3,")
    assert lines[1].endswith(",3")
