"""Staff roles: a table in code, and groups that say the same."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser, Group, Permission
from django.core.management import call_command

from people import roles
from people.models import User

pytestmark = pytest.mark.django_db


def person(role: str = "", **fields: object) -> User:
    user = User.objects.create_user(
        username=f"{role or 'nobody'}{User.objects.count()}", password="correct horse battery", **fields
    )
    if role:
        roles.give_role(user=user, role=role)
    return user


def test_the_groups_hold_what_the_table_says_after_migrate():
    support, auditor, bank = (Group.objects.get(name=name) for name in (roles.SUPPORT, roles.AUDITOR, roles.BANK))

    assert support.permissions.filter(codename="view_payment").exists()
    assert not support.permissions.filter(codename="change_payment").exists()
    assert set(auditor.permissions.values_list("pk")) == set(
        Permission.objects.filter(codename__startswith="view_").values_list("pk")
    )
    assert not bank.permissions.exists()


def test_what_was_changed_by_hand_is_put_right():
    group = Group.objects.get(name=roles.CLINICIAN)
    before = set(group.permissions.values_list("pk"))
    group.permissions.set([Permission.objects.get(codename="delete_user")])

    call_command("sync_roles")

    assert set(group.permissions.values_list("pk")) == before


def test_groups_of_ones_own_are_left_alone():
    group = Group.objects.create(name="friends")
    group.permissions.add(Permission.objects.get(codename="view_payment"))

    call_command("sync_roles")

    assert group.permissions.count() == 1


@pytest.mark.parametrize("role", roles.ROLES)
def test_a_person_holds_the_role_given_and_no_other(role):
    user = person(role)

    assert [name for name in roles.ROLES if roles.has_role(user, name)] == [role]
    assert user.is_staff is (role != roles.BANK)
    assert roles.is_of_the_house(user)


def test_a_superuser_holds_every_role_but_the_banks():
    root = User.objects.create_superuser(username="root", password="correct horse battery")

    assert [name for name in roles.ROLES if not roles.has_role(root, name)] == [roles.BANK]


def test_who_is_switched_off_or_not_signed_in_holds_none():
    off = person(roles.SUPPORT)
    off.is_active = False

    assert not roles.has_role(off, *roles.ROLES)
    assert not roles.has_role(AnonymousUser(), *roles.ROLES)
    assert not roles.is_of_the_house(person())


def test_a_misspelt_role_is_a_mistake_not_a_no():
    with pytest.raises(ValueError, match="suport"):
        roles.has_role(person(), "suport")
