"""Support looks into a merchant's portal: it sees what a viewer sees, changes nothing, and each look is on record."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from merchants.models import ApiKey, Member
from merchants.support.models import SupportAccess, SupportView
from people import roles
from people.models import User
from people.tests.factors import staff_person, superuser
from portal import urls
from portal.support_view import NOT_SHOWN
from portal.tests.admin_samples import make_sale
from vault.audit.models import AuditEntry

pytestmark = pytest.mark.django_db
WHY = "The owner cannot find a refund on the page of sales"


def look(client, merchant, **fields):
    return client.post(f"/staff/merchants/{merchant.public_id}/look/", {"ticket": "T-4711", "reason": WHY, **fields})


@pytest.fixture
def support(signed_in):
    return signed_in(staff_person())


@pytest.fixture
def looking(support, acme):
    assert look(support, acme).status_code == 302
    return support


def test_support_sees_the_portal_with_a_banner_and_masked_addresses(looking, acme):
    sale = make_sale(acme, email="sam@example.com")

    home, page = looking.get("/").content.decode(), looking.get(f"/sales/{sale.public_id}/").content.decode()

    for shown in (home, page):
        assert "You look into the portal of Acme" in shown
        assert "T-4711" in shown
        assert "sam@example.com" not in shown
    assert "s•••@example.com" in page


def test_an_emergency_access_opens_the_address_here_too(looking, support, acme):
    sale = make_sale(acme, email="sam@example.com")
    support.post("/staff/look/end/")
    support.post("/staff/emergency-access/ask/", {"target": acme.public_id, "reason": WHY})
    look(support, acme)

    assert "sam@example.com" in support.get(f"/sales/{sale.public_id}/").content.decode()


def test_the_team_s_addresses_are_masked(looking, acme, acme_owner):
    page = looking.get("/team/").content.decode()

    assert "owner@acme.example" not in page
    assert "o•••@acme.example" in page


def test_without_a_look_staff_see_no_portal(support, acme):
    assert support.get("/sales/").status_code == 302


def test_another_merchants_sale_stays_hidden(looking, globex):
    assert looking.get(f"/sales/{make_sale(globex).public_id}/").status_code == 404


def doors(patterns=urls.urlpatterns):
    for pattern in patterns:
        assert isinstance(pattern, URLPattern)
        yield pattern


def address_of(pattern):
    part = str(pattern.pattern)
    for name in (
        "<int:pk>",
        "<str:verb>",
        "<str:deed>",
        "<str:kind>",
        "<str:token>",
        "<str:till>",
        "<str:rule>",
        "<str:public_id>",
    ):
        part = part.replace(name, "1")
    return f"/{part}"


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_no_door_of_the_portal_lets_anything_but_looking_through(looking, method):
    let_through = [
        address for address in map(address_of, doors()) if getattr(looking, method)(address).status_code != 403
    ]  # fmt: skip

    assert let_through == []


def test_neither_does_any_other_page_until_the_look_is_over(looking, acme):
    assert looking.post(f"/staff/merchants/{acme.public_id}/notes/", {"body": "A note."}).status_code == 403
    assert looking.post("/accounts/sessions/end/").status_code == 403
    assert looking.post("/staff/look/end/").status_code == 302
    assert looking.post(f"/staff/merchants/{acme.public_id}/notes/", {"body": "A note."}).status_code == 302


def test_files_with_personal_data_are_named_and_not_shown(looking):
    named = {pattern.name: pattern for pattern in doors()}

    assert set(named) >= NOT_SHOWN
    assert {looking.get(address_of(named[name])).status_code for name in NOT_SHOWN} == {403}


def test_new_keys_are_not_made_and_none_is_shown(looking, acme):
    assert looking.get("/keys/create/").status_code == 403
    assert looking.post("/keys/create/", {"name": "x", "kind": "secret"}).status_code == 403
    assert ApiKey.objects.count() == 0


def test_looking_reaches_no_door_of_the_platform_that_was_overlooked():
    """The portal's doors are a flat list; a nested one would slip through the test above."""
    assert not any(isinstance(pattern, URLResolver) for pattern in urls.urlpatterns)
    assert get_resolver().namespace_dict["portal"]


def test_each_page_that_is_opened_is_on_record_and_the_merchant_reads_it(looking, signed_in, acme, acme_owner):
    looking.get("/sales/")
    looking.post("/sales/1/refund/")

    entries = AuditEntry.objects.filter(merchant_id=acme.pk)
    assert entries.get(action="support_view.used").details["page"] == "GET /sales/"
    assert entries.get(action="support_view.refused").details["page"] == "POST /sales/1/refund/"
    assert {entry.reason for entry in entries.filter(action__startswith="support_view.")} == {f"T-4711: {WHY}"}
    page = signed_in(acme_owner).get("/access-log/").content.decode()
    assert "T-4711" in page
    assert "Opened a page of your portal: GET /sales/" in page
    assert "Platform support" in page


@pytest.mark.parametrize(("fields", "status"), [({"ticket": ""}, 403), ({"reason": "short"}, 400)])
def test_a_look_needs_a_ticket_and_a_reason(support, acme, fields, status):
    assert look(support, acme, **fields).status_code == status
    assert SupportView.objects.count() == 0


@pytest.mark.parametrize("role", [roles.AUDITOR, roles.CURATOR])
def test_others_do_not_look(signed_in, acme, role):
    assert look(signed_in(staff_person(role)), acme).status_code == 403


def test_a_look_ends_after_half_an_hour(looking):
    past = timezone.now() - timedelta(hours=1)
    view = SupportView.objects.get()
    with transaction.atomic():
        SupportView.objects.filter(pk=view.pk).update(ended_at=past)

    assert looking.get("/sales/").status_code == 302
    assert (view.expires_at - view.opened_at) == timedelta(minutes=30)


def test_a_look_ends_with_the_role_that_opened_it(looking, acme):
    User.objects.get(support_views__merchant=acme).groups.clear()

    answers = [looking.get(page) for page in ("/", "/sales/")]

    assert [(answer.status_code, answer["Location"]) for answer in answers] == [(302, "/admin/")] * 2


def test_a_look_cannot_be_made_longer_or_deleted(looking):
    with pytest.raises(DatabaseError), transaction.atomic():
        SupportView.objects.update(expires_at=timezone.now() + timedelta(minutes=29))
    with pytest.raises(DatabaseError), transaction.atomic():
        SupportView.objects.all().delete()


def test_asking_twice_opens_one_look(support, acme):
    look(support, acme)
    support.post("/staff/look/end/")
    look(support, acme)
    support.get("/")

    assert SupportView.objects.filter(ended_at=None).count() == 1


def test_one_persons_look_is_nobody_elses(looking, signed_in, acme):
    other = signed_in(staff_person(roles.RISK))
    session = other.session
    session["support_view"] = SupportView.objects.get().public_id
    session.save()

    assert other.get("/sales/").status_code == 302


def switch(client, word):
    return client.post("/access-log/support/", {"word": word})


def test_an_owner_switches_looks_off_and_open_ones_end(looking, signed_in, acme, acme_owner):
    switch(signed_in(acme_owner), "off")

    assert looking.get("/sales/").status_code == 302
    assert look(looking, acme).status_code == 403
    assert "switched support’s access off" in look(looking, acme).content.decode().replace("&#x27;", "’")


def test_an_owners_consent_lets_support_in_and_runs_out(support, signed_in, acme, acme_owner):
    owner = signed_in(acme_owner)
    switch(owner, "off")
    switch(owner, "let_in")

    assert look(support, acme).status_code == 302
    support.post("/staff/look/end/")
    SupportAccess.objects.update(consent_until=timezone.now() - timedelta(minutes=1))
    assert look(support, acme).status_code == 403


def test_risk_looks_over_a_refusal_and_that_is_on_record(signed_in, acme, acme_owner):
    switch(signed_in(acme_owner), "off")

    assert look(signed_in(staff_person(roles.RISK)), acme).status_code == 302
    assert SupportView.objects.get().is_over_refusal
    assert AuditEntry.objects.get(action="support_view.opened").details["over_refusal"] is True


def test_only_an_owner_decides_about_looks(signed_in, acme):
    admin = staff_person(name="acme_admin_person")
    admin.groups.clear()
    admin.is_staff = False
    admin.save()
    Member.objects.create(merchant=acme, user=admin, role="admin")

    switch(signed_in(admin), "off")

    assert not SupportAccess.objects.filter(is_off=True).exists()


def test_a_superuser_looks_like_anybody(signed_in, acme):
    client = signed_in(superuser())
    look(client, acme)

    assert "You look into the portal of Acme" in client.get("/").content.decode()
    assert client.post("/team/invite/").status_code == 403
