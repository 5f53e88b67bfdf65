"""A shopper's accounts: what is in their FSA or HSA, what must be spent by when, and the banks that they let us read."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from claims.selectors import claimable_lines
from common.errors import PlatformError
from portal.me.access import shopper_page
from portal.me.account_forms import BalanceForm, BenefitForm, first_of, known_of
from portal.me.account_rows import ABOUT, bank_row, benefit_row, kinds, limits_for
from shoppers.accounts import ShopperSession
from shoppers.bank.providers import is_offered
from shoppers.bank.selectors import consents_of, ended_consents_of
from shoppers.benefits.models import BenefitAccount, Kind
from shoppers.benefits.selectors import benefit_of, benefits_of
from shoppers.benefits.services import add_benefit, change_benefit, close_benefit, record_balance

SECTION = "accounts"
HISTORY = 24


@shopper_page
def accounts(request: HttpRequest, session: ShopperSession) -> HttpResponse:
    today, owner = timezone.localdate(), session.account
    claimable = claimable_lines(owner)
    context = {
        "benefits": [benefit_row(row, today) for row in benefits_of(owner)], "banks": [bank_row(row) for row in consents_of(owner)],
        "ended": ended_consents_of(owner), "bank_is_offered": is_offered(), "section": SECTION,
        "claimable_cents": sum(line.amount_cents for line in claimable), "claimable_count": len(claimable),
    }  # fmt: skip
    return render(request, "me/accounts.html", context)


@shopper_page
def add(request: HttpRequest, session: ShopperSession) -> HttpResponse:
    """First the kind, then what that kind has."""
    kind = request.GET.get("kind", "")
    if not kind:
        return render(request, "me/benefit_kinds.html", {"kinds": kinds(), "section": SECTION})
    if kind not in Kind.values:
        raise Http404
    form = BenefitForm(request.POST or None, kind=kind, is_new=True, initial=first_of(kind))
    if request.method == "POST" and form.is_valid():
        try:
            benefit = add_benefit(account=session.account, terms=form.terms())
            if (cents := form.cleaned_data["balance_cents"]) is not None:
                record_balance(benefit=benefit, amount_cents=cents, as_of=timezone.localdate())
        except PlatformError as refusal:
            form.refuse(refusal.message, refusal.param)
        else:
            messages.success(request, f"Your {benefit.get_kind_display()} is on the list.")
            return redirect("me:accounts")
    context = {
        "form": form,
        "kind": Kind(kind),
        "about": ABOUT[Kind(kind)],
        "limits": limits_for(kind, timezone.localdate().year),
    }
    return _form(request, "me/benefit_new.html", context)


@shopper_page
def benefit(request: HttpRequest, session: ShopperSession, public_id: str) -> HttpResponse:
    found = benefit_of(session.account, public_id)
    form = BenefitForm(request.POST or None, kind=found.kind, is_new=False, initial=known_of(found))
    if request.method == "POST" and form.is_valid():
        try:
            change_benefit(benefit=found, terms=form.terms())
        except PlatformError as refusal:
            form.refuse(refusal.message, refusal.param)
        else:
            messages.success(request, "Saved.")
            return redirect("me:benefit", public_id)
    return _form(request, "me/benefit.html", _page(found, form, BalanceForm(initial={"as_of": timezone.localdate()})))


@require_POST
@shopper_page
def balance(request: HttpRequest, session: ShopperSession, public_id: str) -> HttpResponse:
    """A balance as the shopper reads it off their card's app."""
    found = benefit_of(session.account, public_id)
    typed = BalanceForm(request.POST)
    if typed.is_valid():
        try:
            record_balance(benefit=found, **typed.cleaned_data)
        except PlatformError as refusal:
            typed.refuse(refusal.message, refusal.param)
        else:
            messages.success(request, "The balance is noted.")
            return redirect("me:benefit", public_id)
    form = BenefitForm(kind=found.kind, is_new=False, initial=known_of(found))
    return _form(request, "me/benefit.html", _page(found, form, typed))


@require_POST
@shopper_page
def close(request: HttpRequest, session: ShopperSession, public_id: str) -> HttpResponse:
    found = benefit_of(session.account, public_id)
    close_benefit(benefit=found)
    messages.success(request, f"Your {found.get_kind_display()} is off the list.")
    return redirect("me:accounts")


def _page(found: BenefitAccount, form: BenefitForm, typed: BalanceForm) -> dict[str, Any]:
    history = list(found.balances.order_by("-as_of", "-pk")[:HISTORY])
    return {
        "row": benefit_row(found, timezone.localdate()), "form": form, "balance_form": typed, "history": history,
        "limits": limits_for(found.kind, found.plan_starts_on.year),
    }  # fmt: skip


def _form(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    is_refused = any(form.is_bound and form.errors for form in (context["form"], context.get("balance_form", context["form"])))
    return render(request, template, {**context, "section": SECTION}, status=400 if is_refused else 200)
