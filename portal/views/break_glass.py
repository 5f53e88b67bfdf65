"""Emergency access: asking for it, seeing who has it, ending it."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from checkout.models import CheckoutSession
from common.errors import PlatformError
from merchants.models import Merchant
from people.break_glass import active_grants, end_grant, grants_of, may_ask, open_grant
from people.models import BreakGlassGrant, User
from people.roles import AUDITOR, RISK, SUPPORT, has_role
from portal.access import staff_page


@never_cache
@staff_page(SUPPORT, RISK, AUDITOR, across_merchants="staff see whose data they ask for")
def emergency(request: HttpRequest) -> HttpResponse:
    return _page(request, typed={"target": request.GET.get("for", "")[:40]})


@require_POST
@staff_page(SUPPORT, RISK, across_merchants="staff see whose data they ask for")
def ask(request: HttpRequest) -> HttpResponse:
    assert isinstance(request.user, User)
    target, reason = request.POST.get("target", "").replace("\x00", "").strip()[:40], request.POST.get("reason", "")[:2000]
    typed = {"target": target, "reason": reason}
    found = _covered(target)
    if found is None:
        return _page(
            request,
            typed=typed,
            errors={"target": "Give the id of a merchant (mer_…) or of a sale with a shopper (cs_…)."},
            status=400,
        )
    covers, merchant = found
    try:
        open_grant(user=request.user, covers=covers, asked_for=target, reason=reason, merchant_id=merchant.pk)
    except PlatformError as refusal:
        return _page(request, typed=typed, errors={"reason": refusal.message}, status=refusal.http_status)
    request.session.cycle_key()
    messages.success(request, "You see the clear data now. Every address that you look at is written down with your reason.")
    return redirect("staff:emergency")


def _covered(target: str) -> tuple[str, Merchant] | None:
    """Whose data is meant, and at which merchant."""
    if merchant := Merchant.objects.filter(public_id=target).first():
        return merchant.public_id, merchant
    sale = CheckoutSession.objects.select_related("merchant", "shopper").filter(public_id=target).exclude(shopper=None).first()
    return (sale.shopper.public_id, sale.merchant) if sale and sale.shopper else None


@require_POST
@staff_page(SUPPORT, RISK, AUDITOR)
def end(request: HttpRequest, public_id: str) -> HttpResponse:
    """One's own, or by risk and auditors anybody's."""
    assert isinstance(request.user, User)
    grant = get_object_or_404(_endable(request.user), public_id=public_id)
    end_grant(grant=grant)
    messages.success(request, "The emergency access is over.")
    return redirect("staff:emergency")


def _endable(user: User) -> QuerySet[BreakGlassGrant]:
    grants = BreakGlassGrant.objects.all()
    return grants if has_role(user, RISK, AUDITOR) else grants.filter(user=user)


def _page(request: HttpRequest, *, status: int = 200, **extra: object) -> HttpResponse:
    assert isinstance(request.user, User)
    user = request.user
    endable = has_role(user, RISK, AUDITOR)
    rows = [
        {"grant": grant, "who": grant.user.get_username(), "may_end": endable or grant.user_id == user.pk}
        for grant in active_grants()
    ]
    context = {
        "may_ask": may_ask(user),
        "active": rows,
        "mine": grants_of(user),
        "section": "emergency",
        "is_staff_page": True,
        **extra,
    }
    return render(request, "staff/emergency.html", context, status=status)
