"""The team page: who may invite, change and remove whom; and joining by a link that works once."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from common.log_redaction import RedactingFormatter
from conftest import make_member
from merchants.errors import NotYourMerchant
from merchants.models import Invitation, Member
from merchants.team import services
from notices.services.follow import follow_audit
from people.models import User
from people.selectors import user_with_email
from vault.audit.models import AuditEntry

pytestmark = pytest.mark.django_db
PASSWORD = "a sentence of my own"


def invite(client, email="new@example.com", role="viewer"):
    return client.post(reverse("portal:team_invite"), {"email": email, "role": role}, follow=True)


@pytest.fixture
def link(signed_in, acme_owner, received):
    """Invite somebody and return the link of the letter."""

    def make(email="new@example.com", role="viewer"):
        invite(signed_in(acme_owner), email, role)
        return re.search(r"/team/join/[^/]+/", received[-1].body)[0]

    return make


def join(client, path, **fields):
    return client.post(path, {"first_name": "Nell", "last_name": "Ames", "password": PASSWORD, **fields})


def test_an_invited_person_joins_signs_in_and_has_the_role(link, acme, received):
    path = link(role="developer")
    client = Client()
    assert client.get(path).status_code == 200

    join(client, path)
    client.post(reverse("account_login"), {"login": "new@example.com", "password": PASSWORD})

    assert client.get("/").status_code == 200
    nell = user_with_email("new@example.com")
    assert (nell.first_name, nell.memberships.get().role, nell.memberships.get().merchant) == ("Nell", "developer", acme)
    assert received[0].to == ["new@example.com"]
    assert received[0].alternatives


def test_who_joins_and_who_goes_is_told_to_the_owner_once(link, signed_in, acme, acme_owner):
    join(Client(), link())
    nell = user_with_email("new@example.com")
    signed_in(acme_owner).post(reverse("portal:team_remove", args=[nell.memberships.get().pk]))

    follow_audit()

    told = acme_owner.notices.filter(subject=nell.public_id)
    assert sorted(told.values_list("topic", "count")) == [("member.added", 1), ("member.removed", 1)]


def test_a_link_works_once(link):
    path = link()
    join(Client(), path)

    assert Client().get(path).status_code == 410
    assert join(Client(), path).status_code == 410
    assert User.objects.filter(memberships__isnull=False).count() == 2


def test_looking_at_a_link_uses_nothing_up(link):
    path = link()
    for _ in range(3):
        Client().get(path)

    assert join(Client(), path).status_code == 302


@pytest.mark.parametrize("fault", ["expired", "withdrawn", "guessed", "merchant off"])
def test_a_link_that_is_over_joins_nobody(link, acme, fault):
    path = link()
    if fault == "expired":
        Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    elif fault == "withdrawn":
        Invitation.objects.update(withdrawn_at=timezone.now())
    elif fault == "guessed":
        path = path[:-3] + "xx/"
    else:
        type(acme).objects.update(is_active=False)

    assert join(Client(), path).status_code == 410
    assert user_with_email("new@example.com") is None


def test_neither_link_nor_address_lies_in_the_database(link):
    token = link().split("/")[-2]
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_jsonb(t)::text FROM merchants_invitation t")
        rows = str(cursor.fetchall())

    assert token not in rows
    assert "new@example.com" not in rows


def test_who_has_a_sign_in_already_joins_with_it(link, acme, globex_owner, signed_in):
    path = link("owner@globex.example", "accountant")
    assert Client().get(path)["Location"].startswith(reverse("account_login"))
    client = signed_in(globex_owner)

    client.post(path)

    assert Member.objects.get(user=globex_owner, merchant=acme).role == "accountant"
    assert User.objects.filter(email_index=globex_owner.email_index).count() == 1


def test_somebody_else_cannot_use_the_link(link, acme, acme_viewer, globex_owner, signed_in):
    path = link("owner@globex.example")

    answer = signed_in(acme_viewer).post(path)

    assert answer.status_code == 403
    assert not Member.objects.filter(merchant=acme, user=globex_owner).exists()
    assert Invitation.objects.get().accepted_at is None


def test_a_weak_password_joins_nobody(link):
    assert join(Client(), link(), password="password").status_code == 400
    assert user_with_email("new@example.com") is None


@pytest.mark.parametrize(
    ("email", "role"), [("no address", "viewer"), ("new@example.com", "king"), ("owner@acme.example", "viewer")]
)
def test_an_invitation_that_makes_no_sense_is_refused_beside_its_field(signed_in, acme_owner, email, role):
    answer = invite(signed_in(acme_owner), email, role)

    assert answer.status_code in {400, 409}
    assert b"field__error" in answer.content
    assert not Invitation.objects.exists()


def test_a_second_invitation_withdraws_the_first(link):
    first = link()
    second = link()

    assert Client().get(first).status_code == 410
    assert Client().get(second).status_code == 200


@pytest.mark.parametrize("role", ["developer", "accountant", "viewer"])
def test_who_does_not_manage_the_team_sees_it_and_changes_nothing(signed_in, acme, acme_owner, role):
    client, target = signed_in(make_member(acme, role)), Member.objects.get(user=acme_owner)
    page = client.get(reverse("portal:team"))

    answers = [
        client.post(reverse("portal:team_invite"), {"email": "x@example.com", "role": "viewer"}),
        client.post(reverse("portal:team_change", args=[target.pk]), {"role": "viewer"}),
        client.post(reverse("portal:team_remove", args=[target.pk])),
    ]

    assert page.status_code == 200
    assert b"Send invitation" not in page.content
    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert not Invitation.objects.exists()
    assert Member.objects.get(pk=target.pk).role == "owner"


def test_an_admin_makes_changes_and_removes_no_owner(signed_in, acme, acme_owner, acme_viewer):
    client = signed_in(make_member(acme, "admin"))
    owner, viewer = (Member.objects.get(user=user) for user in (acme_owner, acme_viewer))

    invite(client, "x@example.com", "owner")
    client.post(reverse("portal:team_change", args=[viewer.pk]), {"role": "owner"})
    client.post(reverse("portal:team_change", args=[owner.pk]), {"role": "viewer"})
    client.post(reverse("portal:team_remove", args=[owner.pk]))

    assert not Invitation.objects.exists()
    assert {member.role for member in Member.objects.filter(pk__in=[owner.pk, viewer.pk])} == {"owner", "viewer"}
    client.post(reverse("portal:team_change", args=[viewer.pk]), {"role": "developer"})
    assert Member.objects.get(pk=viewer.pk).role == "developer"


def test_the_last_owner_neither_goes_nor_steps_down(signed_in, acme_owner):
    client, owner = signed_in(acme_owner), Member.objects.get(user=acme_owner)

    for name, fields in (("portal:team_change", {"role": "viewer"}), ("portal:team_remove", {})):
        page = client.post(reverse(name, args=[owner.pk]), fields, follow=True)
        assert "last owner" in page.content.decode()

    assert Member.objects.get(pk=owner.pk).role == "owner"


def test_another_merchants_member_is_not_there(signed_in, acme_owner, globex_owner):
    client, target = signed_in(acme_owner), Member.objects.get(user=globex_owner)

    assert client.post(reverse("portal:team_remove", args=[target.pk])).status_code == 404
    assert Member.objects.filter(pk=target.pk).exists()


def test_who_is_removed_or_changed_is_signed_out_and_it_is_written_down(signed_in, acme, acme_owner, acme_viewer):
    viewer = signed_in(acme_viewer)
    viewer.get("/")
    owner, member = signed_in(acme_owner), Member.objects.get(user=acme_viewer)

    owner.post(reverse("portal:team_change", args=[member.pk]), {"role": "developer"})
    assert viewer.get("/").status_code == 302
    owner.post(reverse("portal:team_remove", args=[member.pk]))

    assert not Member.objects.filter(pk=member.pk).exists()
    assert {"member.changed", "member.deleted", "user.signed_out"} <= set(AuditEntry.objects.values_list("action", flat=True))


def test_who_loses_rights_does_not_come_back_by_an_invitation_of_their_own(link, signed_in, acme, acme_owner):
    second = make_member(acme, "admin")
    path = link("second.door@example.com", "owner")
    boss = Member.objects.get(user=second)
    Member.objects.filter(pk=boss.pk).update(role="owner")

    signed_in(second).post(reverse("portal:team_remove", args=[Member.objects.get(user=acme_owner).pk]))

    assert not Member.objects.filter(user=acme_owner).exists()
    assert join(Client(), path).status_code == 410
    assert user_with_email("second.door@example.com") is None


def test_the_session_keeps_no_address_of_who_was_invited(signed_in, acme_owner):
    client = signed_in(acme_owner)
    client.post(reverse("portal:team_invite"), {"email": "nell.ames@example.com", "role": "viewer"})

    assert Invitation.objects.get().email == "nell.ames@example.com"
    assert "nell.ames" not in str(dict(client.session.items()))


def test_a_link_that_still_works_is_not_in_the_log(link, caplog):
    path = link()
    caplog.clear()

    assert join(Client(), path, password="short").status_code == 400

    lines = "\n".join(RedactingFormatter().format(record) for record in caplog.records)
    assert "Bad Request: /team/join/[link]/" in lines
    assert path not in lines


def test_an_owner_who_was_let_go_a_moment_ago_lets_nobody_go(acme, acme_owner, acme_viewer):
    stale = Member.objects.get(user=acme_owner)
    other = Member.objects.create(merchant=acme, user=User.objects.create_user(username="second"), role=Member.Role.OWNER)
    services.remove(by=other, member=stale)

    with pytest.raises(NotYourMerchant):
        services.remove(by=stale, member=other)
    with pytest.raises(NotYourMerchant):
        services.change_role(by=stale, member=other, role=Member.Role.VIEWER)
    assert Member.objects.get(pk=other.pk).role == Member.Role.OWNER
