"""A person of staff looks at a merchant's portal: what gets through, what does not, and what is written down.

In one place for all doors: nothing but GET, HEAD and OPTIONS reaches any page but the one that ends the look, and the way out. What
must not be shown at all (files with personal data, forms that show a secret) is refused by name.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import Resolver404, resolve

from common.request_context import actor
from merchants.models import Member
from merchants.support.models import SupportView
from merchants.support.selectors import view_of
from people.break_glass import masked
from people.models import User
from people.second_factor import OPEN_TO_ALL
from shoppers.masking import email_for_staff
from shoppers.models import Shopper
from vault.audit.deeds import Deed
from vault.audit.services import note_read
from vault.display import shown

SESSION: Final = "support_view"
SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
WAYS_OUT: Final = frozenset({"staff:look_end", "account_logout", "mfa_reauthenticate", "account_reauthenticate"})
# Sealed files and documents, whatever is in them: emergency access opens none of them.
NOT_SHOWN: Final = frozenset({
    "chargeback_file", "chargeback_pack", "dispute_file", "till_log", "till_report", "join", "notice_unsubscribe",
})  # fmt: skip


class SupportViewMiddleware:
    """Knows whether whoever asks is looking into a merchant's portal, and lets nothing through that would change anything."""

    sync_capable, async_capable = True, False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        view = _view_under_way(request)
        if view is None:
            return self.get_response(request)
        request.support_view = view  # type: ignore[attr-defined]
        app, name = _door(request)
        if request.method not in SAFE and f"{app}:{name}".lstrip(":") not in WAYS_OUT:
            _note(view, request, "refused")
            return _refused(
                request,
                view,
                "You are looking at a merchant’s portal: nothing can be changed there, nor anywhere else, until you end it.",
            )
        if app != "portal":
            return self.get_response(request)
        if name in NOT_SHOWN:
            _note(view, request, "refused")
            return _refused(request, view, "This holds personal data or opens something: it is not shown to support.")
        _note(view, request, "used")
        return self.get_response(request)


def _view_under_way(request: HttpRequest) -> SupportView | None:
    if settings.SESSION_COOKIE_NAME not in request.COOKIES or request.path_info.startswith(OPEN_TO_ALL):
        return None
    public_id = request.session.get(SESSION)
    if not public_id or not isinstance(request.user, User):
        return None
    view = view_of(request.user, str(public_id))
    if view is None:
        del request.session[SESSION]  # it is over: from here on the person is themselves again
    return view


def _door(request: HttpRequest) -> tuple[str, str]:
    try:
        match = resolve(request.path_info)
    except Resolver404:
        return "", ""
    return match.app_name, str(match.url_name or "")


def _note(view: SupportView, request: HttpRequest, verb: str) -> None:
    """Before the answer leaves, with the other reads of the request."""
    note_read(
        Deed(
            f"support_view.{verb}", "merchants.SupportView", view.public_id, merchant_id=view.merchant_id,
            reason=f"{view.ticket}: {view.reason}", details={"page": f"{request.method} {request.path}"[:200]},
        )
    )  # fmt: skip


def _refused(request: HttpRequest, view: SupportView, why: str) -> HttpResponse:
    return render(
        request, "errors/look_only.html", {"support_view": view, "why": why, "is_change": request.method not in SAFE}, status=403
    )


def looking_member(request: HttpRequest) -> Member | None:
    """Whoever looks is shown what a viewer of the merchant sees: a place that is kept nowhere."""
    view: SupportView | None = getattr(request, "support_view", None)
    if view is None:
        return None
    return Member(merchant=view.merchant, user=view.user, role=Member.Role.VIEWER)


def is_looking(request: HttpRequest) -> bool:
    return getattr(request, "support_view", None) is not None


def shopper_email(shopper: Shopper | None) -> Any:
    """Clear for the merchant's own people and programs; for anybody of the house as staff see it anywhere."""
    return shown(shopper, "email") if _is_the_merchants() else email_for_staff(shopper)


def team_email(address: Any) -> Any:
    return address if _is_the_merchants() else masked(str(address))


def _is_the_merchants() -> bool:
    someone = actor.get()
    return someone.kind != "user" or someone.role in Member.Role.values


def support_banner(request: HttpRequest) -> dict[str, Any]:
    """For every template: whose portal is being looked at, and until when."""
    return {"support_view": getattr(request, "support_view", None)}
