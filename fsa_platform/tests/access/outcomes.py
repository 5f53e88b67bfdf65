"""What a caller may be answered, and who is answered what in each area of the platform."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase

from fsa_platform.tests.access.callers import KEYS, MEMBERS, OUTSIDE, PEOPLE, STAFF
from merchants.capabilities import CAPABILITIES
from people.roles import PERMISSIONS

Outcome = int | str  # a status, or where a redirect leads
Who = Mapping[str, Outcome]

# Whoever works for the house and has no second factor is sent to set one up, wherever they want to go.
SIGN_IN, ADMIN_SIGN_IN, SET_UP_FACTOR = "→ sign in", "→ sign in for the admin", "→ second factor"
TO_ADMIN, TO_CUSTODY, SHOPPER_SIGN_IN = "→ admin", "→ custody", "→ sign in as a shopper"
HOUSE = (*STAFF, "superuser", "no_role")


def everybody(outcome: Outcome) -> Who:
    """An address that does not ask who comes."""
    return dict.fromkeys(PEOPLE, outcome)


def signed_in(outcome: Outcome) -> Who:
    """Whoever has signed in, and with the second factor where the house asks for it."""
    return {**everybody(outcome), **dict.fromkeys(OUTSIDE, SIGN_IN), "no_factor": SET_UP_FACTOR}


def members(needs: str = "", *, ok: Outcome = 200, other: Outcome | None = None) -> Who:
    """A merchant's page: its people with the capability. other: what globex's owner gets with acme's id."""
    may = CAPABILITIES[needs] if needs else frozenset(MEMBERS)
    return {
        **signed_in(TO_ADMIN), "bank": TO_CUSTODY,
        **{role: ok if role in may else 403 for role in MEMBERS},
        "other_owner": ok if other is None else other,
    }  # fmt: skip


def shoppers(ok: Outcome = 200) -> Who:
    """A page of a shopper's own account, which has its own cookie and its own sign-in."""
    return {**everybody(SHOPPER_SIGN_IN), "shopper": ok}


def house(*roles: str, ok: Outcome = 200) -> Who:
    """A page of the house outside the admin: holders of these roles, and the superuser, who holds all but the bank's."""
    allowed = set(roles) | ({"superuser"} if set(roles) - {"bank"} else set())
    return {**signed_in(403), **dict.fromkeys(allowed, ok)}


def admin(permission: str = "", *, ok: Outcome = 200, only: tuple[str, ...] | None = None) -> Who:
    """A page of the admin: staff whose role has the permission (`people.roles.PERMISSIONS`), or `only` these."""
    may = set(HOUSE) if not permission else {role for role in STAFF if _grants(role, permission)} | {"superuser"}
    if only is not None:
        may = set(only)
    return {
        **everybody(ADMIN_SIGN_IN), **dict.fromkeys(HOUSE, 403), **dict.fromkeys(may, ok), "no_factor": SET_UP_FACTOR,
    }  # fmt: skip


def _grants(role: str, permission: str) -> bool:
    return any(fnmatchcase(permission, pattern) for pattern in PERMISSIONS[role])


def keys(ok: Outcome = 200, *, other: Outcome | None = None, level: str = "write", browser: bool = False) -> Who:
    """An address of the API. level: what a restricted key needs; browser: publishable keys may call it too."""
    return {
        "no_key": 401, "revoked": 401, "secret": ok, "other_secret": ok if other is None else other,
        "restricted_write": ok, "restricted_read": ok if level == "read" else 403,
        "publishable": ok if browser else 403, "page_key": ok if browser else 403,
    }  # fmt: skip


assert set(keys()) == set(KEYS)
