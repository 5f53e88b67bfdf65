"""Whose portal a signed-in person sees, and which staff pages."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, overload

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone

from common.actors import become
from common.scopes import enter_across_merchants, enter_merchant
from merchants.capabilities import CAPABILITIES, PER_PLACE, capabilities_of, may
from merchants.models import Member
from merchants.onboarding.selectors import places_not_live
from merchants.selectors import membership_of, memberships_of
from merchants.team.reach import reach_words
from people.models import User
from people.roles import BANK, ROLES, has_role
from portal.support_view import looking_member
from pos_monitor.estate.reach import stores_in_reach
from vault.errors import MerchantKeyRevoked
from vault.keyring import require_open

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, Member, P], HttpResponseBase]
StaffView = Callable[Concatenate[HttpRequest, P], HttpResponse]


@overload
def member_page(view: View[P], /) -> Callable[..., HttpResponseBase]: ...
@overload
def member_page(
    *, needs: str = "", while_locked: bool = False, of_places: bool = False
) -> Callable[[View[P]], Callable[..., HttpResponseBase]]: ...
def member_page(view: View[P] | None = None, /, *, needs: str = "", while_locked: bool = False, of_places: bool = False) -> Any:
    """A page for members of a merchant: the view is handed the membership. Staff without one go to the admin.

    needs: a capability of `merchants.capabilities`; members whose role lacks it are answered 403.
    while_locked: show it even while the bank keeps the merchant's key locked; any other page says so instead.
    of_places: who is limited to some stores may come too, since all that it shows and does lies in a store and so in their scope,
    or is nobody's secret. Nobody who is limited reaches any other page: what is not said to be of places is the whole chain's.
    """
    if view is None:
        assert not needs or needs in CAPABILITIES, needs  # a misspelt name stops the start, not a page
        assert not of_places or not needs or needs in PER_PLACE, needs
        return functools.partial(_member_page, needs=needs, while_locked=while_locked, of_places=of_places)
    return _member_page(view)


def _member_page(
    view: View[P], *, needs: str = "", while_locked: bool = False, of_places: bool = False
) -> Callable[..., HttpResponseBase]:
    @functools.wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        assert isinstance(request.user, User)  # login_required is outside
        looking = looking_member(request)
        member = looking or membership_of(request.user, request.session.get("merchant"))
        if member is None:
            return _elsewhere(request, request.user)
        if (needs and not may(member, needs)) or (member.reach is not None and not of_places):
            return render(request, "errors/403.html", status=403)
        _enter(member)
        if looking is None:  # whoever looks stays who they are: staff
            become(kind="user", id=request.user.public_id, role=member.role)
        if not while_locked and _is_locked(member):
            return render(request, "portal/locked.html", page_context(member, "locked"), status=403)
        with timezone.override(member.merchant.zone):
            return view(request, member, *args, **kwargs)

    return login_required(guarded)


def _enter(member: Member) -> None:
    """The merchant's scope, or of who is limited to some stores theirs: asked anew with each request."""
    enter_merchant(member.merchant)
    if member.reach is not None:
        enter_merchant(member.merchant, stores_in_reach(member.merchant, member.reach))


def _is_locked(member: Member) -> bool:
    try:
        require_open(member.merchant_id)
    except MerchantKeyRevoked:
        return True
    return False


def _elsewhere(request: HttpRequest, user: User) -> HttpResponse:
    if has_role(user, BANK):
        return redirect("custody:keys")
    if not user.is_staff and places_not_live(user):
        return redirect("apply:mine")
    return redirect("admin:index") if user.is_staff else render(request, "errors/403.html", status=403)


def staff_page(*roles: str, across_merchants: str = "") -> Callable[[StaffView[P]], Callable[..., HttpResponse]]:
    """A page outside the admin for holders of one of these staff roles (`people.roles`); anybody else is answered 403.

    across_merchants: why the page looks at all merchants' rows; without a reason it sees none.
    The second factor is asked for before, by `people.second_factor`, as everywhere for staff.
    """
    assert set(roles) & set(ROLES) == set(roles) != set(), roles

    def decorate(view: StaffView[P]) -> Callable[..., HttpResponse]:
        @functools.wraps(view)
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            assert isinstance(request.user, User)
            if not has_role(request.user, *roles):
                raise PermissionDenied
            if across_merchants:
                enter_across_merchants(across_merchants)
            return view(request, *args, **kwargs)

        return login_required(guarded)

    return decorate


def page_context(member: Member, section: str, **extra: Any) -> dict[str, Any]:
    """What templates/portal/base.html asks of every page. `may` holds what the member may do: `{% if "keys.manage" in may %}`."""
    return {
        "merchant": member.merchant,
        "merchants": [place.merchant for place in memberships_of(member.user)],
        "member": member,
        "may": capabilities_of(member),
        "is_limited": member.reach is not None,
        "reach": reach_words(member.reach),
        "is_test_mode": settings.IS_SANDBOX,
        "section": section,
        **extra,
    }
