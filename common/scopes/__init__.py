"""Whose rows may be asked for: one merchant's, some stores' of it, or everybody's with a reason. Without any, a query raises.

The state is django-scopes' own, so that its `scope(merchant=…)` is the way in; the manager and the doors are ours.
"""

from __future__ import annotations

from django_scopes import ScopeError, get_scope, scope

from common.scopes.doors import across_merchants, enter_across_merchants, enter_merchant, guarded, places_in_scope
from common.scopes.manager import ScopedManager

__all__ = [
    "ScopeError", "ScopedManager", "across_merchants", "enter_across_merchants", "enter_merchant", "get_scope", "guarded", "places_in_scope",
    "scope",
]  # fmt: skip
