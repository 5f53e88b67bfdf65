"""What each role of a merchant's person may do there, and what of it is left to who is limited to some stores: asked by every page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from common.scopes import across_merchants
from merchants.models import Member
from people.models import User

OWNER, ADMIN, DEVELOPER, ACCOUNTANT, VIEWER = (
    Member.Role.OWNER, Member.Role.ADMIN, Member.Role.DEVELOPER, Member.Role.ACCOUNTANT, Member.Role.VIEWER,
)  # fmt: skip
EVERYBODY = frozenset(Member.Role)
LEADERS = frozenset({OWNER, ADMIN})
MONEY = LEADERS | {ACCOUNTANT}
BUILDERS = LEADERS | {DEVELOPER}

# What may be done -> by which roles. A new row starts with who needs it, not with who might.
CAPABILITIES: Final[Mapping[str, frozenset[Member.Role]]] = {
    "sales.view": EVERYBODY,
    "sales.export": MONEY,
    "views.share": MONEY | {DEVELOPER},
    "sales.capture": MONEY,
    "sales.refund": MONEY,
    "links.view": EVERYBODY,
    "links.manage": MONEY | {DEVELOPER},
    "products.view": EVERYBODY,
    "products.manage": BUILDERS,
    "tills.view": EVERYBODY,
    "tills.manage": BUILDERS,
    "balance.view": MONEY | {VIEWER},
    "payouts.view": MONEY | {VIEWER},
    "payouts.manage": MONEY,
    "bank.manage": LEADERS,
    "keys.view": BUILDERS | {VIEWER},
    "keys.manage": BUILDERS,
    "webhooks.view": BUILDERS | {VIEWER},
    "webhooks.manage": BUILDERS,
    "events.view": BUILDERS | {VIEWER},
    "team.view": EVERYBODY,
    "team.manage": LEADERS,
    "audit.view": LEADERS,
    "data.export": frozenset({OWNER}),
    "settings.manage": LEADERS,
}

# What holds in a store, and so is left to who is limited to some. Anything else is of the chain as a whole.
PER_PLACE: Final = frozenset({"sales.view", "sales.export", "sales.capture", "sales.refund", "tills.view", "products.view"})


def may(member: Member, capability: str) -> bool:
    """May this member do this at their merchant? An unknown capability is a mistake of ours, so it raises KeyError.

    Who is limited to some stores may do it there alone: their scope sees to that, row by row (`common.scopes`).
    """
    return Member.Role(member.role) in CAPABILITIES[capability] and (member.reach is None or capability in PER_PLACE)


def leads_a_merchant(user: User) -> bool:
    """Owner or admin somewhere, and so never without a second factor."""
    with across_merchants("a person may lead any merchant"):
        return Member.objects.filter(user=user, role__in=LEADERS).exists()


def capabilities_of(member: Member) -> frozenset[str]:
    """All that the member may do."""
    return frozenset(name for name in CAPABILITIES if may(member, name))
