"""A change of what somebody may do ends the sessions that were opened with the old rights."""

from __future__ import annotations

import pytest
from django.urls import reverse

from people.models import User
from people.roles import SUPPORT, has_role
from portal.tests.admin_samples import superuser, support_person

pytestmark = pytest.mark.django_db


def change(client, user, **fields):
    form = {"username": user.username, "email": user.email, "is_active": "on", "is_staff": "on", **fields}
    answer = client.post(reverse("admin:people_user_change", args=[user.pk]), form)
    assert answer.status_code == 302, answer.context["errors"] if answer.context else answer
    return answer


def is_signed_in(client):
    return client.get(reverse("admin:index")).status_code == 200


def test_who_loses_a_role_is_signed_out(signed_in):
    support = support_person()
    client = signed_in(support)
    assert is_signed_in(client)

    change(signed_in(superuser()), support, groups=[])

    assert not has_role(User.objects.get(pk=support.pk), SUPPORT)
    assert not is_signed_in(client)


def test_who_only_changes_names_stays_signed_in(signed_in):
    support = support_person()
    client = signed_in(support)

    change(signed_in(superuser()), support, groups=[support.groups.get().pk], first_name="Sam")

    support.refresh_from_db()
    assert support.first_name == "Sam"
    assert is_signed_in(client)
