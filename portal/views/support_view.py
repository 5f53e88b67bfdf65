"""Opening and ending a look into a merchant's portal."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from common.errors import PlatformError
from merchants.models import Merchant
from merchants.support.selectors import view_of
from merchants.support.services import end_view, open_view
from people.models import User
from people.roles import RISK, SUPPORT
from portal.access import staff_page
from portal.support_view import SESSION
from portal.views.merchant_file import file_page


@require_POST
@staff_page(SUPPORT, RISK, across_merchants="staff see whose portal they look into")
def look(request: HttpRequest, public_id: str) -> HttpResponse:
    assert isinstance(request.user, User)
    merchant = get_object_or_404(Merchant, public_id=public_id, is_active=True)
    ticket, reason = request.POST.get("ticket", ""), request.POST.get("reason", "")
    try:
        view = open_view(by=request.user, merchant=merchant, ticket=ticket, reason=reason)
    except PlatformError as refusal:
        typed = {"ticket": ticket[:40], "reason": reason[:500]}
        return file_page(request, merchant, status=refusal.http_status, refusal=refusal, failed="look", typed=typed)
    request.session[SESSION] = view.public_id
    return redirect("portal:home")


@require_POST
@staff_page(SUPPORT, RISK, across_merchants="staff see whose portal they look into")
def end(request: HttpRequest) -> HttpResponse:
    """One's own look, or none: safe to repeat."""
    assert isinstance(request.user, User)
    view = view_of(request.user, str(request.session.pop(SESSION, "")))
    if view is None:
        return redirect("staff:merchants")
    end_view(view=view)
    messages.success(request, "The look is over.")
    return redirect("staff:merchant", view.merchant.public_id)
