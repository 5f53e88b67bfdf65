"""The merchant's bank accounts: added with a second factor, proved by two amounts, changed with care."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from common import witness
from common.errors import PlatformError
from merchants.models import Member
from people.confirming import confirmed_factor, has_passkey
from portal.access import member_page, page_context
from portal.payout_forms import AmountsForm, BankAccountForm
from portal.payout_rows import account_row
from treasury.models import BankAccount
from treasury.selectors.payouts import bank_account_for, bank_accounts_of
from treasury.services.accounts import add_bank_account, ask_name, make_default, remove_bank_account, send_amounts, tell_amounts


@member_page(needs="payouts.view")
def bank(request: HttpRequest, member: Member) -> HttpResponse:
    rows = list(bank_accounts_of(member.merchant))
    witness.saw_list(BankAccount, count=len(rows), merchant_id=member.merchant.pk)
    return render(request, "portal/bank.html", page_context(member, "payouts", accounts=[account_row(one) for one in rows]))


@require_http_methods(["GET", "POST"])
@member_page(needs="bank.manage")
def new(request: HttpRequest, member: Member) -> HttpResponse:
    form = BankAccountForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        typed = dict(form.cleaned_data)
        if not confirmed_factor(request, typed.pop("code")):
            form.add_error("code", "Type the code that your second factor shows now.")
        else:
            try:
                account = add_bank_account(merchant=member.merchant, by=member.user, **typed)
            except PlatformError as refusal:
                form.add_error(refusal.param, refusal.message)
            else:
                ask_name(account)
                messages.success(request, "The account is written down. Prove now that it is yours.")
                return redirect("portal:bank_account", account.public_id)
    context = page_context(member, "payouts", form=form, has_passkey=has_passkey(member.user))
    return render(request, "portal/bank_new.html", context, status=400 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@member_page(needs="payouts.view")
def account(request: HttpRequest, member: Member, public_id: str) -> HttpResponse:
    found = bank_account_for(member.merchant, public_id)
    witness.saw(found)
    return _page(request, member, found, AmountsForm())


@require_POST
@member_page(needs="bank.manage")
def amounts(request: HttpRequest, member: Member, public_id: str) -> HttpResponse:
    """Tell the two amounts that came."""
    found = bank_account_for(member.merchant, public_id)
    form = AmountsForm(request.POST)
    if form.is_valid():
        try:
            tell_amounts(account=found, first_cents=form.cleaned_data["first"], second_cents=form.cleaned_data["second"])
        except PlatformError as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, "The account is verified.")
            return redirect("portal:bank_account", public_id)
    found.refresh_from_db()
    return _page(request, member, found, form, status=400)


def _page(request: HttpRequest, member: Member, found: BankAccount, form: AmountsForm, *, status: int = 200) -> HttpResponse:
    context = page_context(member, "payouts", account=account_row(found), form=form)
    return render(request, "portal/bank_account.html", context, status=status)


@require_POST
@member_page(needs="bank.manage")
def do(request: HttpRequest, member: Member, public_id: str, deed: str) -> HttpResponse:
    """Send the amounts, pay to this one from now on, or take it away."""
    found = bank_account_for(member.merchant, public_id)
    deeds: dict[str, tuple[Callable[[], object], str]] = {
        "send": (
            lambda: send_amounts(account=found),
            "Two small amounts are on their way: look at the account's statement in a day or two.",
        ),
        "default": (lambda: make_default(account=found), "Payouts go to this account from now on."),
        "remove": (lambda: remove_bank_account(account=found), "The account is taken away: nothing is paid to it any more."),
    }
    if deed not in deeds:
        return render(request, "errors/404.html", status=404)
    act, words = deeds[deed]
    if deed != "send" and not confirmed_factor(request, request.POST.get("code", "")):
        messages.error(request, "Type the code that your second factor shows now: nothing was changed.")
        return redirect("portal:bank_account", public_id)
    try:
        act()
    except PlatformError as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, words)
    return redirect("portal:bank") if deed == "remove" else redirect("portal:bank_account", public_id)
