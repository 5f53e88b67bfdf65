"""A merchant's file for the platform's people: application, limits, holds, notes, members, keys, sales, open cases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from common import witness
from common.errors import PlatformError
from merchants.errors import LimitInvalid
from merchants.limits import services
from merchants.limits.models import ControlChange
from merchants.limits.selectors import waiting_changes
from merchants.models import Merchant
from merchants.notes.models import MerchantNote
from merchants.notes.services import pin_note, write_note
from people.models import User
from people.roles import AUDITOR, RISK, SUPPORT, has_role
from portal.access import staff_page
from portal.application_forms import LimitsForm
from portal.merchant_rows import change_row, merchant_page
from sales.finding import day_of

MOST = 50


@never_cache
@staff_page(SUPPORT, RISK, AUDITOR, across_merchants="staff look after every merchant")
def merchants(request: HttpRequest) -> HttpResponse:
    """Found by name, id or card acceptor; above them, what waits for a second person."""
    words = request.GET.get("q", "").replace("\x00", "").strip()[:80]
    named = Q(name__icontains=words) | Q(legal_name__icontains=words) | Q(public_id=words) | Q(card_acceptor_id__iexact=words)
    found = list(
        Merchant.objects.select_related("control", "application").filter(named if words else Q()).order_by("name")[: MOST + 1]
    )
    witness.saw_list(Merchant, count=len(found[:MOST]), filters={"q": words})
    rows = [
        {
            "merchant": one, "is_held": [what for what in ("sales", "payouts") if hasattr(one, "control") and one.control.is_held(what)],
            "application": getattr(one, "application", None),
        }
        for one in found[:MOST]
    ]  # fmt: skip
    assert isinstance(request.user, User)
    waiting = [{**change_row(change, me=request.user.pk), "merchant": change.merchant} for change in waiting_changes()]
    context = {
        "rows": rows, "q": words, "has_more": len(found) > MOST, "waiting": waiting, "may_act": has_role(request.user, RISK),
        "section": "merchants", "is_staff_page": True,
    }  # fmt: skip
    return render(request, "staff/merchants.html", context)


@never_cache
@staff_page(SUPPORT, RISK, AUDITOR, across_merchants="staff look after every merchant")
def merchant(request: HttpRequest, public_id: str) -> HttpResponse:
    return file_page(request, get_object_or_404(Merchant, public_id=public_id))


@require_POST
@staff_page(RISK, across_merchants="staff look after every merchant")
def limits(request: HttpRequest, public_id: str) -> HttpResponse:
    found, form = get_object_or_404(Merchant, public_id=public_id), LimitsForm(request.POST)
    if not form.is_valid():
        return file_page(
            request, found, status=400, limits=form, failed="limits", typed={"reason": request.POST.get("reason", "")[:500]}
        )
    by, reason = _by(request), request.POST.get("reason", "")
    return _do(
        request,
        found,
        "limits",
        lambda: services.change_limits(by=by, merchant=found, wanted=form.cleaned_data, reason=reason),
        limits=form,
    )


@require_POST
@staff_page(RISK, across_merchants="staff look after every merchant")
def hold(request: HttpRequest, public_id: str) -> HttpResponse:
    found, by, post = get_object_or_404(Merchant, public_id=public_id), _by(request), request.POST
    what = "payouts" if post.get("what") == "payouts" else "sales"

    def make() -> ControlChange:
        day = day_of(post.get("until", ""))
        if post.get("until") and day is None:
            raise LimitInvalid("The end is a day.", param="until")
        until = datetime.combine(day, time(), found.zone) if day else None
        return services.hold(by=by, merchant=found, what=what, reason=post.get("reason", ""), until=until)

    return _do(request, found, f"hold_{what}", make)


@require_POST
@staff_page(RISK, across_merchants="staff look after every merchant")
def release(request: HttpRequest, public_id: str) -> HttpResponse:
    found, by, post = get_object_or_404(Merchant, public_id=public_id), _by(request), request.POST
    what = "payouts" if post.get("what") == "payouts" else "sales"
    return _do(
        request,
        found,
        f"hold_{what}",
        lambda: services.ask_release(by=by, merchant=found, what=what, reason=post.get("reason", "")),
    )


@require_POST
@staff_page(RISK, across_merchants="staff look after every merchant")
def decide_change(request: HttpRequest, public_id: str) -> HttpResponse:
    change = get_object_or_404(ControlChange.objects.select_related("merchant"), public_id=public_id)
    by, is_agreed = _by(request), request.POST.get("word") == "agree"
    return _do(request, change.merchant, "changes", lambda: services.decide(by=by, change=change, is_agreed=is_agreed))


@require_POST
@staff_page(SUPPORT, RISK, AUDITOR, across_merchants="staff look after every merchant")
def note(request: HttpRequest, public_id: str) -> HttpResponse:
    found, by, body = get_object_or_404(Merchant, public_id=public_id), _by(request), request.POST.get("body", "")
    is_pinned = request.POST.get("pin") == "yes"
    return _do(
        request,
        found,
        "note",
        lambda: write_note(by=by, merchant=found, body=body, is_pinned=is_pinned),
        done="The note is kept.",
    )


@require_POST
@staff_page(SUPPORT, RISK, across_merchants="staff look after every merchant")
def pin(request: HttpRequest, public_id: str) -> HttpResponse:
    found = get_object_or_404(MerchantNote.objects.select_related("merchant"), public_id=public_id)
    is_pinned, by = request.POST.get("pin") == "yes", _by(request)
    return _do(request, found.merchant, "note", lambda: pin_note(by=by, note=found, is_pinned=is_pinned), done="Done.")


def _by(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _do(
    request: HttpRequest, found: Merchant, failed: str, change: Callable[[], object], *, done: str = "", **extra: object
) -> HttpResponse:
    """Make the change and say what became of it; a refusal stands beside the form that caused it, with what was typed."""
    try:
        made = change()
    except PlatformError as refusal:
        typed = {name: str(request.POST.get(name, ""))[:4000] for name in ("reason", "until", "body")}
        return file_page(request, found, status=refusal.http_status, refusal=refusal, failed=failed, typed=typed, **extra)
    waits = isinstance(made, ControlChange) and made.status == ControlChange.Status.WAITING
    said = "It waits for a second person of risk." if waits else done or "Done: it holds from now on."
    messages.success(
        request, said if getattr(made, "status", "") != ControlChange.Status.REFUSED else "Refused: nothing changes."
    )
    return redirect("staff:merchant", found.public_id)


def file_page(request: HttpRequest, found: Merchant, *, status: int = 200, **extra: object) -> HttpResponse:
    user = _by(request)
    witness.saw(found)
    context = {
        **merchant_page(found, me=user.pk), "may_act": has_role(user, RISK), "may_look": has_role(user, SUPPORT, RISK),
        "may_see_application": has_role(user, RISK, AUDITOR), "section": "merchants", "is_staff_page": True, **extra,
    }  # fmt: skip
    return render(request, "staff/merchant.html", context, status=status)
