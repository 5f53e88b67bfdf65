"""Which pages of the staff outside the admin each role may open: the pages and the links to them ask the same."""

from __future__ import annotations

from typing import Final

from django.contrib.auth.models import AnonymousUser

from people.models import User
from people.roles import AUDITOR, FINANCE, RISK, SUPPORT, has_role

SECTIONS: Final = {
    "applications": (RISK, AUDITOR),
    "merchants": (SUPPORT, RISK, AUDITOR),
    "money": (SUPPORT, RISK, AUDITOR, FINANCE),
}


def sections_of(user: User | AnonymousUser) -> frozenset[str]:
    return frozenset(section for section, roles in SECTIONS.items() if has_role(user, *roles))
