"""The bank's people are not the platform's to make, to change or to be: else two persons' approval would mean nothing."""

from __future__ import annotations

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.auth.models import Group
from django.core.management import CommandError, call_command
from django.urls import reverse

from people.models import User
from people.roles import BANK, give_role, has_role
from portal.tests.admin_samples import superuser

pytestmark = pytest.mark.django_db
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture
def banker():
    call_command("make_bank_person", "anne", "anne@partner-bank.example")
    user = User.objects.get(username="anne")
    TOTP.activate(user, SECRET)
    return user


def test_the_command_makes_a_person_who_sees_the_console_and_not_the_admin(banker, signed_in):
    client = signed_in(banker)

    assert has_role(banker, BANK)
    assert client.get(reverse("custody:keys")).status_code == 200
    assert client.get(reverse("admin:index")).status_code != 200


def test_the_command_takes_nobody_of_the_platform(acme_owner):
    with pytest.raises(CommandError, match="taken"):
        call_command("make_bank_person", acme_owner.username, "anne@partner-bank.example")

    assert not has_role(acme_owner, BANK)


def test_a_superuser_cannot_make_one_of_us_a_banker(signed_in, acme_owner):
    sync = Group.objects.get(name=BANK)
    page = reverse("admin:people_user_change", args=[acme_owner.pk])
    fields = {"username": acme_owner.username, "email": acme_owner.email, "is_active": "on", "groups": [sync.pk]}

    answer = signed_in(superuser()).post(page, fields)

    assert answer.status_code == 200  # shown again with its error
    assert not acme_owner.groups.filter(pk=sync.pk).exists()


def test_a_superuser_changes_neither_a_bankers_password_nor_their_second_factor(signed_in, banker):
    client = signed_in(superuser())
    before = banker.password
    new = {"password1": "another long passphrase", "password2": "another long passphrase", "usable_password": "true"}

    password = client.post(reverse("admin:auth_user_password_change", args=[banker.pk]), new)
    factor = client.post(
        reverse("admin:mfa_authenticator_delete", args=[Authenticator.objects.get(user=banker).pk]), {"post": "yes"}
    )

    banker.refresh_from_db()
    assert (password.status_code, factor.status_code) == (403, 403)
    assert banker.password == before
    assert Authenticator.objects.filter(user=banker).exists()


@pytest.mark.parametrize("flag", ["is_staff", "is_superuser"])
def test_whoever_is_of_the_platform_loses_the_banks_role(banker, flag):
    setattr(banker, flag, True)
    banker.save()

    assert not has_role(User.objects.get(pk=banker.pk), BANK)


def test_a_platform_role_and_the_banks_do_not_go_together(acme_owner):
    give_role(user=acme_owner, role="support")
    acme_owner.groups.add(Group.objects.get(name=BANK))

    assert not has_role(User.objects.get(pk=acme_owner.pk), BANK)
