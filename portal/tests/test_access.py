"""Doors of the portal: which role may pass which."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse

from merchants.capabilities import CAPABILITIES, may
from merchants.models import Member
from people import roles
from people.models import User
from portal.access import staff_page

pytestmark = pytest.mark.django_db

# Spelt out a second time, so that a slip in the table is seen.
NOT_FOR = {
    "owner": set(),
    "admin": {"data.export"},
    "developer": {"bank.manage", "sales.export", "sales.capture", "sales.refund", "balance.view", "payouts.view", "payouts.manage", "team.manage", "audit.view",
                  "data.export", "settings.manage"},
    "accountant": {"bank.manage", "products.manage", "keys.view", "keys.manage", "webhooks.view", "webhooks.manage", "events.view", "team.manage", "audit.view",
                   "tills.manage",
                   "data.export", "settings.manage"},
    "viewer": {"bank.manage", "sales.export", "views.share", "sales.capture", "sales.refund", "products.manage", "payouts.manage", "keys.manage", "webhooks.manage",
               "team.manage", "tills.manage",
               "links.manage",
               "audit.view", "data.export", "settings.manage"},
}  # fmt: skip


@pytest.mark.parametrize("role", NOT_FOR)
def test_each_role_lacks_what_is_written_here_and_nothing_else(role):
    member = Member(role=role)

    assert {capability for capability in CAPABILITIES if not may(member, capability)} == NOT_FOR[role]


def test_a_capability_that_is_not_in_the_table_is_a_mistake():
    with pytest.raises(KeyError):
        may(Member(role="owner"), "keys.mange")


def answer_to(rf, user, *needed):
    request = rf.get("/staff/")
    request.user = user
    return staff_page(*needed)(lambda request: HttpResponse("in"))(request)


@pytest.mark.parametrize(
    ("held", "needed", "is_let_in"),
    [("risk", ("risk", "auditor"), True), ("auditor", ("risk", "auditor"), True), ("support", ("risk", "auditor"), False), ("bank", ("bank",), True),
     ("bank", ("support",), False), ("", ("support",), False)],
)  # fmt: skip
def test_a_staff_page_lets_in_the_roles_it_names(rf, held, needed, is_let_in):
    user = User.objects.create_user(username="someone", password="correct horse battery")
    if held:
        roles.give_role(user=user, role=held)

    if is_let_in:
        assert answer_to(rf, user, *needed).content == b"in"
    else:
        with pytest.raises(PermissionDenied):
            answer_to(rf, user, *needed)


def test_the_platforms_superuser_is_not_the_bank(rf):
    root = User.objects.create_superuser(username="root", password="correct horse battery")

    assert answer_to(rf, root, "support").status_code == 200
    with pytest.raises(PermissionDenied):
        answer_to(rf, root, "bank")


def test_a_stranger_is_led_to_sign_in(rf):
    assert answer_to(rf, AnonymousUser(), "support").status_code == 302


def test_a_page_for_no_known_role_cannot_be_written():
    with pytest.raises(AssertionError):
        staff_page("suport")
