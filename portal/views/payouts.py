"""Payouts: what is on its way, what each brings, and asking for one."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from common import witness
from common.errors import PlatformError
from merchants.limits.selectors import payout_limits
from merchants.models import Member
from portal.access import member_page, page_context
from portal.payout_forms import PayoutForm, ScheduleForm
from portal.payout_rows import payout_row, payout_steps, schedule_words, settled_line_row, settlement_row
from portal.views.pages import older_page
from treasury import tasks
from treasury.models import BankAccount, Payout, PayoutPolicy, Settlement
from treasury.selectors.available import available, left_today_cents, policy_of
from treasury.selectors.payouts import payout_for, payouts_of, settlements_in
from treasury.services.batching import may_take_back
from treasury.services.payouts import cancel_payout, request_payout
from treasury.services.policies import change_policy


@member_page(needs="payouts.view")
def payouts(request: HttpRequest, member: Member) -> HttpResponse:
    rows, next_url = older_page(request, payouts_of(member.merchant))
    policy = policy_of(member.merchant)
    witness.saw_list(Payout, count=len(rows), merchant_id=member.merchant.pk)
    context = page_context(
        member, "payouts", payouts=[payout_row(payout) for payout in rows], next_url=next_url,
        available=available(member.merchant, policy), limits=payout_limits(member.merchant), schedule=schedule_words(policy), policy=policy, account=_default(member),
    )  # fmt: skip
    return render(request, "portal/payouts.html", context)


@require_http_methods(["GET", "POST"])
@member_page(needs="payouts.manage")
def new(request: HttpRequest, member: Member) -> HttpResponse:
    """Ask for a payout; a second click of the same page pays nothing twice."""
    form = PayoutForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        wanted = form.cleaned_data
        try:
            payout = request_payout(
                merchant=member.merchant, amount_cents=wanted["amount"], is_instant=wanted["speed"] == Payout.Speed.INSTANT,
                request_key=f"page:{wanted['request_key']}"[:64], description=wanted["description"], by=member.user,
            )  # fmt: skip
        except PlatformError as refusal:
            form.add_error("amount" if refusal.param == "amount_cents" else None, refusal.message)
        else:
            tasks.start(payout)
            messages.success(request, "Your money is on its way.")
            return redirect("portal:payout", payout.public_id)
    policy = policy_of(member.merchant)
    context = page_context(
        member,
        "payouts",
        form=form,
        available=available(member.merchant, policy),
        account=_default(member),
        instant_fee=f"{policy.instant_fee_bp / 100:g} %" if policy.instant_fee_bp else "",
        left_today_cents=left_today_cents(member.merchant),
        limits=payout_limits(member.merchant),
    )
    return render(request, "portal/payout_new.html", context, status=400 if form.errors else 200)


@member_page(needs="payouts.view")
def payout(request: HttpRequest, member: Member, public_id: str) -> HttpResponse:
    found = payout_for(member.merchant, public_id)
    witness.saw(found)
    inside, next_url = older_page(request, settlements_in(found))
    transfer = getattr(found, "transfer", None)
    context = page_context(
        member, "payouts", payout=payout_row(found), steps=payout_steps(found), settlements=[settlement_row(one) for one in inside],
        next_url=next_url, reference=transfer.public_id if transfer else "",
        may_cancel=found.status == Payout.Status.PENDING and transfer is not None and may_take_back(transfer),
    )  # fmt: skip
    return render(request, "portal/payout.html", context)


@member_page(needs="payouts.view")
def settlement(request: HttpRequest, member: Member, public_id: str) -> HttpResponse:
    """One day of the networks, charge by charge."""
    found = get_object_or_404(Settlement, merchant=member.merchant, public_id=public_id)
    witness.saw(found)
    rows, next_url = older_page(request, found.lines.select_related("payment__session"))
    context = page_context(
        member, "payouts", settlement=settlement_row(found), lines=[settled_line_row(one) for one in rows], next_url=next_url
    )
    return render(request, "portal/settlement.html", context)


@require_POST
@member_page(needs="payouts.manage")
def cancel(request: HttpRequest, member: Member, public_id: str) -> HttpResponse:
    try:
        cancel_payout(payout=payout_for(member.merchant, public_id), by=member.user)
    except PlatformError as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, "Called back: the money is available again.")
    return redirect("portal:payout", public_id)


@require_http_methods(["GET", "POST"])
@member_page(needs="payouts.manage")
def schedule(request: HttpRequest, member: Member) -> HttpResponse:
    policy = policy_of(member.merchant)
    form = ScheduleForm(request.POST if request.method == "POST" else None, initial=_typed(policy))
    if request.method == "POST" and form.is_valid():
        wanted = form.cleaned_data
        change_policy(
            merchant=member.merchant, schedule=wanted["schedule"], weekday=int(wanted["weekday"] or 0), threshold_cents=wanted["threshold"] or 0,
            minimum_cents=wanted["minimum"],
        )  # fmt: skip
        messages.success(request, "Your payouts follow this schedule from now on.")
        return redirect("portal:payouts")
    context = page_context(member, "payouts", form=form, account=_default(member))
    return render(request, "portal/payout_schedule.html", context, status=400 if form.errors else 200)


def _typed(policy: PayoutPolicy) -> dict[str, object]:
    return {
        "schedule": policy.schedule, "weekday": policy.weekday,
        "threshold": f"{policy.threshold_cents / 100:.2f}" if policy.threshold_cents else "", "minimum": f"{policy.minimum_cents / 100:.2f}",
    }  # fmt: skip


def _default(member: Member) -> BankAccount | None:
    return BankAccount.objects.filter(merchant=member.merchant, is_default=True).first()
