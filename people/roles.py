"""What the platform's own people may do: each role is a group, and its permissions are this table.

After every `migrate` the groups are made to say what the table says, so that nobody's rights drift in a database by hand.
A role of a merchant's person is another thing: see `merchants.capabilities`.
"""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any, Final

from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import AnonymousUser, Group, Permission
from django.db import transaction

from people.models import User

SUPPORT: Final = "support"
SUPPORT_LEAD: Final = "support_lead"
CURATOR: Final = "curator"
LEAD_CURATOR: Final = "lead_curator"
CLINICIAN: Final = "clinician"
RISK: Final = "risk"
FINANCE: Final = "finance"
AUDITOR: Final = "auditor"
BANK: Final = "bank"

_SALES = (
    "checkout.view_*",
    "shoppers.view_*",
    "claims.view_*",
    "ledger.view_*",
    "treasury.view_*",
    "webhooks.view_*",
    "notices.view_*",
)
_CARD_LISTS = ("checkout.add_binimport",)
_MERCHANTS = ("merchants.view_*",)
_CATALOGUE = ("eligibility.view_*", "merchants.view_merchant")
_REVIEWING = ("eligibility.add_review",)
_MODELS = ("eligibility.govern_modelversion", "eligibility.add_labelverdict")
_LISTS = ("eligibility.change_listsync",)  # asks publishers now, lets held updates through or sends them away
_LIST_SOURCES = ("eligibility.add_listsource", "eligibility.change_listsource")
_RULES = ("rules.view_*", "rules.add_*", "rules.change_*", "rules.delete_*")
_TILLS = ("pos_monitor.view_*", "pos_monitor.add_*", "pos_monitor.change_*")
_SIGN_INS = ("people.view_*", "axes.view_*")

# Role -> permissions as app.codename; `*` stands for anything, so that a new table of a room is seen by whoever sees the room.
PERMISSIONS: Final[Mapping[str, tuple[str, ...]]] = {
    SUPPORT: (*_SALES, *_MERCHANTS, *_CATALOGUE, *_REVIEWING, *_SIGN_INS, "rules.view_*", *_TILLS),
    SUPPORT_LEAD: ("pos_monitor.*", *_MERCHANTS),  # is told what nobody answers, edits playbooks; beside the role of support
    CURATOR: (*_CATALOGUE, *_REVIEWING, *_MODELS, *_LISTS, *_RULES),
    LEAD_CURATOR: (
        *_CATALOGUE,
        *_REVIEWING,
        *_MODELS,
        *_LISTS,
        *_LIST_SOURCES,
        "rules.*",
    ),  # answers for what others wrote: approves, publishes, runs
    CLINICIAN: (*_CATALOGUE, *_REVIEWING),
    RISK: (
        *_SALES,
        *_CARD_LISTS,
        *_MERCHANTS,
        *_CATALOGUE,
        *_SIGN_INS,
        "merchants.change_apikey",
        "compliance.view_*",
        "vault.view_*",
    ),
    FINANCE: (*_SALES, *_MERCHANTS, "treasury.*"),  # reconciles, adjusts with a second person, sets how merchants are paid
    AUDITOR: ("*.view_*",),
    BANK: (),  # the partner bank has its own console and nothing in the admin
}
ROLES: Final = tuple(PERMISSIONS)
NAMES: Final[Mapping[str, str]] = {
    SUPPORT: "Support", SUPPORT_LEAD: "Support lead",
    CURATOR: "Curator", LEAD_CURATOR: "Lead curator", CLINICIAN: "Clinician", RISK: "Risk", FINANCE: "Finance", AUDITOR: "Auditor", BANK: "Partner bank",
}  # fmt: skip


def roles_of(user: User | AnonymousUser) -> frozenset[str]:
    """The staff roles of an active person; asked of the database once for each object of the person."""
    if not isinstance(user, User) or not user.is_active:
        return frozenset()
    if "_roles" not in user.__dict__:
        user.__dict__["_roles"] = frozenset(user.groups.filter(name__in=ROLES).values_list("name", flat=True))
    held: frozenset[str] = user.__dict__["_roles"]
    return held


def has_role(user: User | AnonymousUser, *roles: str) -> bool:
    """Does the person hold one of these staff roles? A superuser holds all but the bank's, which is another company's."""
    if unknown := set(roles) - set(ROLES):
        raise ValueError(f"There is no staff role {', '.join(sorted(unknown))}.")
    held = roles_of(user)
    if isinstance(user, User) and (user.is_staff or user.is_superuser):
        held -= {BANK}  # nobody is of the platform and of the bank at once: two persons' approval would mean nothing
    if isinstance(user, User) and user.is_active and user.is_superuser:
        held = held | set(ROLES) - {BANK}
    return not held.isdisjoint(roles)


def is_of_the_bank(user: User | AnonymousUser) -> bool:
    """Holds the bank's role, whatever else."""
    return BANK in roles_of(user)


def is_of_the_house(user: User | AnonymousUser) -> bool:
    """Works for the platform or for its bank, not for a merchant."""
    return isinstance(user, User) and user.is_active and (user.is_staff or user.is_superuser or bool(roles_of(user)))


@transaction.atomic
def give_role(*, user: User, role: str) -> None:
    """Make the person one of these. All roles but the bank's open the admin. Safe to repeat."""
    group, _ = Group.objects.get_or_create(name=role) if role in ROLES else (None, False)
    if group is None:
        raise ValueError(f"There is no staff role {role}.")
    user.groups.add(group)
    user.__dict__.pop("_roles", None)
    if role != BANK and not user.is_staff:
        user.is_staff = True
        user.save(update_fields=["is_staff"])


def sync_roles(app_label: str = "") -> None:
    """Make the groups hold what the table says of one app's permissions, or of all. Safe to repeat."""
    known = Permission.objects.select_related("content_type")
    held = Group.permissions.through.objects.filter(group__name__in=ROLES)
    if app_label:
        known, held = known.filter(content_type__app_label=app_label), held.filter(permission__content_type__app_label=app_label)
    groups = {role: Group.objects.get_or_create(name=role)[0].pk for role in ROLES}
    wanted = {
        (groups[role], permission.pk)
        for permission in known for role, patterns in PERMISSIONS.items()
        if any(fnmatchcase(f"{permission.content_type.app_label}.{permission.codename}", pattern) for pattern in patterns)
    }  # fmt: skip
    rows = {(row.group_id, row.permission_id): row.pk for row in held}
    held.filter(pk__in=[pk for pair, pk in rows.items() if pair not in wanted]).delete()
    Group.permissions.through.objects.bulk_create(
        [Group.permissions.through(group_id=group, permission_id=permission) for group, permission in wanted - rows.keys()],
        ignore_conflicts=True,
    )


def after_migrate(app_config: Any, **kwargs: Any) -> None:
    """Called for each app. Its permissions are made first: Django's own handler, which would make them, comes later in line."""
    if app_config.models_module is not None:
        create_permissions(app_config, verbosity=0)
        sync_roles(app_config.label)
