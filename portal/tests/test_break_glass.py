"""Emergency access: what staff see masked, who may see it clear, for how long, and what is written down."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from common.scopes import across_merchants
from notices.services.follow import follow_audit
from people import roles
from people.break_glass import masked
from people.models import BreakGlassGrant
from people.tests.factors import staff_person, superuser
from portal.tests.admin_samples import make_sale
from vault.audit.models import AuditEntry

pytestmark = pytest.mark.django_db
WHY = "Ticket 4711: the shopper asks for a lost receipt"
CLEAR, MASKED = "sam@example.com", "s•••@example.com"


@pytest.fixture
def sale(acme):
    with across_merchants("a test"):
        return make_sale(acme, email=CLEAR)


def pages(client, sale):
    return [
        client.get(path).content.decode()
        for path in ("/admin/shoppers/shopper/", f"/admin/shoppers/shopper/{sale.shopper.public_id}/change/",
                     f"/admin/checkout/checkoutsession/{sale.public_id}/change/")
    ]  # fmt: skip


def ask(client, target, reason=WHY):
    return client.post("/staff/emergency-access/ask/", {"target": target, "reason": reason})


@pytest.mark.parametrize(
    "person", [staff_person, superuser, lambda: staff_person(roles.AUDITOR), lambda: staff_person(roles.RISK)]
)
def test_staff_see_addresses_masked(signed_in, sale, person):
    client = signed_in(person())

    for page in pages(client, sale):
        assert MASKED in page
        assert CLEAR not in page


@pytest.mark.parametrize("over", ["merchant", "sale"])
def test_inside_an_open_access_the_address_is_clear_and_each_use_is_written_down(signed_in, acme, sale, over):
    client = signed_in(staff_person())
    assert ask(client, acme.public_id if over == "merchant" else sale.public_id).status_code == 302

    for page in pages(client, sale):
        assert CLEAR in page

    used = AuditEntry.objects.filter(action="break_glass.used")
    assert used.count() == 3
    assert {row.actor_id for row in used} == {BreakGlassGrant.objects.get().user.public_id}
    assert AuditEntry.objects.filter(action__endswith=".opened", subject__icontains="breakglass").count() == 1


def test_it_covers_nobody_else(signed_in, globex, sale):
    with across_merchants("a test"):
        other = make_sale(globex, order="B-1", number=2, email=CLEAR)
    client, colleague = signed_in(staff_person()), signed_in(staff_person(roles.RISK))
    ask(client, other.public_id)

    for page in pages(client, sale)[1:]:
        assert CLEAR not in page
    for page in pages(colleague, other)[1:]:
        assert CLEAR not in page


def test_a_colleague_who_repeats_a_request_id_sees_nothing_by_it(signed_in, acme, sale):
    client, colleague = signed_in(staff_person()), signed_in(staff_person(roles.RISK))
    path, mark = f"/admin/shoppers/shopper/{sale.shopper.public_id}/change/", {"X-Request-Id": "req_chosen_by_me"}
    ask(client, acme.public_id)

    assert CLEAR in client.get(path, headers=mark).content.decode()
    assert CLEAR not in colleague.get(path, headers=mark).content.decode()


def test_it_is_over_after_half_an_hour_and_when_it_is_ended(signed_in, acme, sale, monkeypatch):
    client = signed_in(staff_person())
    ask(client, acme.public_id)
    grant = BreakGlassGrant.objects.get()
    assert grant.expires_at - grant.opened_at == timedelta(minutes=30)

    now = timezone.now()
    monkeypatch.setattr("people.break_glass.timezone", SimpleNamespace(now=lambda: now + timedelta(minutes=31)))
    assert CLEAR not in pages(client, sale)[1]
    monkeypatch.undo()
    assert CLEAR in pages(client, sale)[1]
    client.post(f"/staff/emergency-access/{grant.public_id}/end/")
    assert CLEAR not in pages(client, sale)[1]


@pytest.mark.parametrize(
    ("target", "reason"), [("mer", ""), ("mer", "because"), ("mer", " " * 60), ("nothing", WHY), ("", WHY), ("cs_none", WHY)]
)
def test_without_a_target_or_a_reason_nothing_opens(signed_in, acme, sale, target, reason):
    client = signed_in(staff_person())

    answer = ask(client, acme.public_id if target == "mer" else target, reason)

    assert answer.status_code in {400, 403}
    assert b"field__error" in answer.content
    assert not BreakGlassGrant.objects.exists()
    assert CLEAR not in pages(client, sale)[1]


@pytest.mark.parametrize("role", [roles.CURATOR, roles.CLINICIAN, roles.AUDITOR, roles.BANK])
def test_only_support_and_risk_may_ask(signed_in, acme, role):
    assert ask(signed_in(staff_person(role)), acme.public_id).status_code == 403
    assert not BreakGlassGrant.objects.exists()


def test_a_merchants_owner_reaches_none_of_it(signed_in, acme, acme_owner):
    client = signed_in(acme_owner)

    assert client.get("/staff/emergency-access/").status_code == 403
    assert ask(client, acme.public_id).status_code == 403


@pytest.mark.parametrize("over", ["merchant", "sale"])
def test_asking_twice_is_one_access_and_tells_auditors_and_the_owner_once(signed_in, acme, acme_owner, globex_owner, sale, over):
    auditor = staff_person(roles.AUDITOR)
    client = signed_in(staff_person())
    for _ in range(2):
        ask(client, acme.public_id if over == "merchant" else sale.public_id)
    follow_audit()

    assert BreakGlassGrant.objects.count() == 1
    for person in (auditor, acme_owner):
        notice = person.notices.get(topic="break_glass.opened")
        assert notice.count == 1
    assert not globex_owner.notices.filter(topic="break_glass.opened").exists()


def test_it_stands_on_the_admins_home_and_auditors_end_it(signed_in, acme):
    ask(signed_in(staff_person()), acme.public_id)
    auditor = signed_in(staff_person(roles.AUDITOR))
    assert WHY in auditor.get("/admin/").content.decode()

    auditor.post(f"/staff/emergency-access/{BreakGlassGrant.objects.get().public_id}/end/")

    assert WHY not in auditor.get("/admin/").content.decode()
    assert BreakGlassGrant.objects.get().ended_at


def test_support_does_not_end_what_a_colleague_opened(signed_in, acme):
    ask(signed_in(staff_person(roles.RISK)), acme.public_id)

    signed_in(staff_person()).post(f"/staff/emergency-access/{BreakGlassGrant.objects.get().public_id}/end/")

    assert BreakGlassGrant.objects.get().ended_at is None


@pytest.mark.parametrize(
    "change",
    [{"expires_at": timezone.now() + timedelta(days=1)}, {"reason": "Something else entirely"}, {"covers": "mer_other"}],
)
def test_the_database_lets_nobody_change_what_was_asked(signed_in, acme, change):
    ask(signed_in(staff_person()), acme.public_id)

    with pytest.raises(DatabaseError), transaction.atomic():
        BreakGlassGrant.objects.update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        BreakGlassGrant.objects.all().delete()


@pytest.mark.parametrize("minutes", [0, 61])
def test_the_database_refuses_an_access_of_more_than_an_hour(minutes):
    now = timezone.now()

    with pytest.raises(DatabaseError), transaction.atomic():
        BreakGlassGrant.objects.create(
            user=staff_person(),
            covers="mer_1",
            asked_for="mer_1",
            reason=WHY,
            opened_at=now,
            expires_at=now + timedelta(minutes=minutes),
        )


@pytest.mark.parametrize(("address", "expected"), [(CLEAR, MASKED), ("a@b.c", "a•••@b.c"), ("", "•••"), ("none", "•••")])
def test_a_masked_address_tells_its_first_letter_and_domain(address, expected):
    assert masked(address) == expected


def test_support_unlocks_and_a_clinician_does_not(signed_in, acme_owner, client):
    for _ in range(5):
        client.post("/accounts/login/", {"login": acme_owner.username, "password": "wrong"})
    for person, locked in ((staff_person(roles.AUDITOR), True), (staff_person(), False)):
        staff = signed_in(person)
        page = staff.get("/admin/axes/accessattempt/", {"q": acme_owner.email})
        assert acme_owner.username in page.content.decode()
        row = page.context["cl"].result_list[0].pk
        staff.post("/admin/axes/accessattempt/", {"action": "unlock_people", "_selected_action": [row]})
        answer = client.post("/accounts/login/", {"login": acme_owner.username, "password": "correct horse battery"})
        assert (answer.status_code == 429) is locked

    assert AuditEntry.objects.filter(action="user.unlocked").count() == 1
