"""Registering a till, letting it in, changing it and taking it out of use. What is secret is shown once, in the answer that made it."""

from __future__ import annotations

from typing import Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from common.errors import PlatformError
from merchants.models import Member
from portal.access import member_page, page_context
from portal.till_deeds import moves_of, standing_of, typed_for
from portal.till_forms import NewTill, TillChange
from pos_monitor.estate import enrolment, tokens
from pos_monitor.estate.errors import TerminalExists
from pos_monitor.estate.lifecycle import move
from pos_monitor.models import Terminal, TerminalToken

MOST_CODES: Final = 200  # on one sheet
MOST_MODELS: Final = 50  # that the form offers


@never_cache
@require_http_methods(["GET", "POST"])
@member_page(needs="tills.manage")
def register(request: HttpRequest, member: Member) -> HttpResponse:
    form = NewTill(request.POST if request.method == "POST" else None, merchant=member.merchant)
    if request.method == "POST" and form.is_valid():
        try:
            made = form.register()
        except TerminalExists as refused:
            said = form.cleaned_data
            known = Terminal.objects.filter(merchant=member.merchant, model=said["model"], serial=said["serial"]).first()
            if known is not None:  # sent twice, or forgotten: it is theirs already
                messages.info(request, "This till is registered already: here it is.")
                return redirect("portal:till", known.public_id)
            form.add_error("serial", refused.message)
        else:
            messages.success(request, f"{made} is registered. Now let it in.")
            return redirect("portal:till_code", made.public_id)
    models = Terminal.objects.filter(merchant=member.merchant).order_by("model").values_list("model", flat=True).distinct()
    context = page_context(member, "tills", form=form, models=models[:MOST_MODELS])
    return render(request, "portal/till_new.html", context, status=400 if form.errors else 200)


@never_cache
@require_http_methods(["GET", "POST"])
@member_page(needs="tills.manage")
def change(request: HttpRequest, member: Member, public_id: str) -> HttpResponse:
    till = till_of(member, public_id)
    form = TillChange(request.POST, merchant=member.merchant) if request.method == "POST" else TillChange.of(till)
    if request.method == "POST" and form.is_valid():
        try:
            form.change(till)
        except PlatformError as refused:
            form.add_error(None, refused.message)
        else:
            messages.success(request, f"{form.cleaned_data['label']} is changed.")
            return redirect("portal:till", public_id)
    context = page_context(member, "tills", till=till, form=form)
    return render(request, "portal/till_change.html", context, status=400 if form.errors else 200)


@never_cache
@require_http_methods(["GET", "POST"])
@member_page(needs="tills.manage")
def code(request: HttpRequest, member: Member, public_id: str) -> HttpResponse:
    """GET says what a code is and does; POST makes one and shows it. A second one ends the first, so one at most works."""
    till, made, text = till_of(member, public_id), None, ""
    if request.method == "POST":
        try:
            made, text = enrolment.create_code(terminal=till, by=member.user)
        except PlatformError as refused:
            messages.error(request, refused.message)
            return redirect("portal:till", public_id)
    context = page_context(member, "tills", till=till, made=made, text=text, **standing_of(till))
    return render(request, "portal/till_code.html", context)


@never_cache
@require_POST
@member_page(needs="tills.manage")
def rotate(request: HttpRequest, member: Member, public_id: str) -> HttpResponse:
    till = till_of(member, public_id)
    if not standing_of(till)["can_rotate"]:
        messages.error(request, "It has no token that could be replaced: enrol it.")
        return redirect("portal:till", public_id)
    token = tokens.rotate(terminal=till)
    return render(request, "portal/till_token.html", page_context(member, "tills", till=till, token=token))


@require_POST
@member_page(needs="tills.manage")
def revoke(request: HttpRequest, member: Member, public_id: str) -> HttpResponse:
    till = till_of(member, public_id)
    if request.POST.get("typed", "").strip() != typed_for(till):
        messages.error(request, f"Nothing was revoked: type {typed_for(till)}, the end of its serial number, to confirm.")
    else:
        tokens.revoke(terminal=till)
        messages.success(request, "Its tokens have ended: within two seconds it is let in no more. To use it again, enrol it.")
    return redirect("portal:till", public_id)


@require_POST
@member_page(needs="tills.manage")
def set_state(request: HttpRequest, member: Member, public_id: str) -> HttpResponse:
    """Repair, stock, use, end. A move to where it is changes nothing."""
    till, to = till_of(member, public_id), request.POST.get("to", "")
    if to == till.state:
        return redirect("portal:till", public_id)
    wanted = next((one for one in moves_of(till) if one.to == to), None)
    if wanted is None:
        messages.error(request, f"A till that is {till.get_state_display().lower()} cannot become that.")
    elif wanted.typed and request.POST.get("typed", "").strip() != wanted.typed:
        messages.error(request, f"Nothing was changed: type {wanted.typed}, the end of its serial number, to confirm.")
    else:
        try:
            move(terminal=till, to=to)
            messages.success(request, wanted.done)
        except PlatformError as refused:
            messages.error(request, refused.message)
    return redirect("portal:till", public_id)


@never_cache
@require_http_methods(["GET", "POST"])
@member_page(needs="tills.manage")
def codes(request: HttpRequest, member: Member) -> HttpResponse:
    """Codes for all tills of a shop, or of all shops, that were never let in: a sheet to print, shop by shop."""
    said = request.GET.get("store", "")[:40]
    waiting = Terminal.objects.filter(merchant=member.merchant, store__isnull=False).exclude(state=Terminal.State.RETIRED)
    waiting = waiting.exclude(pk__in=TerminalToken.objects.filter(revoked_at=None).values("terminal")).select_related("store")
    if said:
        waiting = waiting.filter(store__public_id=said)
    found = list(waiting.order_by("store__name", "label", "pk")[: MOST_CODES + 1])
    made = None
    if request.method == "POST":
        made = [
            {"till": till, "code": code, "text": text} for till in found[:MOST_CODES]
            for code, text in [enrolment.create_code(terminal=till, by=member.user)]
        ]  # fmt: skip
    context = page_context(
        member, "tills", made=made, count=min(len(found), MOST_CODES), has_more=len(found) > MOST_CODES, store=said,
        stores=member.merchant.stores.order_by("name"), most=MOST_CODES,
    )  # fmt: skip
    return render(request, "portal/till_codes.html", context)


def till_of(member: Member, public_id: str) -> Terminal:
    return get_object_or_404(Terminal.objects.select_related("store", "merchant"), merchant=member.merchant, public_id=public_id)
