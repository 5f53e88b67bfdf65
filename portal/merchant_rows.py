"""A merchant's file, put together for one page."""

from __future__ import annotations

from typing import Any

from django.db.models import Sum
from django.utils import timezone

from checkout.models import CheckoutSession, ClearingCase, Dispute, Payment
from checkout.volume_limits import captured_since
from common.money import dollars
from merchants.limits.models import Control, ControlChange
from merchants.limits.selectors import changes_of, control_of
from merchants.limits.services import LIMITS
from merchants.models import ApiKey, Member, Merchant
from merchants.notes.models import MerchantNote
from merchants.support.selectors import access_of, views_into
from merchants.team.reach import reach_words
from people.break_glass import masked
from portal.application_forms import LimitsForm
from pos_monitor.models import SupportCase

LIMIT_WORDS = {
    "per_sale_cents": "Largest sale", "daily_volume_cents": "Sales a day", "monthly_volume_cents": "Sales a month",
    "payout_daily_cents": "Payouts a day",
}  # fmt: skip
MOST_SALES, MOST_NOTES = 10, 50


def merchant_page(merchant: Merchant, *, me: int) -> dict[str, Any]:
    """me: the row id of whoever looks, who does not agree to their own wishes."""
    control = control_of(merchant) or Control(merchant=merchant)
    return {
        "merchant_file": merchant, "application": getattr(merchant, "application", None),
        "limit_rows": _limit_rows(merchant, control), "limits": LimitsForm(initial={name: getattr(control, name) for name in LIMITS}),
        "holds": [_hold(control, what) for what in ("sales", "payouts")],
        "changes": [change_row(change, me=me) for change in changes_of(merchant)],
        "notes": MerchantNote.objects.select_related("author").filter(merchant=merchant).order_by("-is_pinned", "-pk")[:MOST_NOTES],
        "people": [_person(member) for member in Member.objects.select_related("user").filter(merchant=merchant).order_by("pk")],
        "keys": list(ApiKey.objects.filter(merchant=merchant, revoked_at=None).order_by("-pk")[:20]),
        "sales": list(CheckoutSession.objects.filter(merchant=merchant).order_by("-pk")[:MOST_SALES]),
        "cases": _open_cases(merchant), "support_access": access_of(merchant), "looks": views_into(merchant),
    }  # fmt: skip


def _limit_rows(merchant: Merchant, control: Control) -> list[dict[str, Any]]:
    """Each limit beside what was used of it; the largest sale has nothing to be used up."""
    day = timezone.now().astimezone(merchant.zone).replace(hour=0, minute=0, second=0, microsecond=0)
    used = {
        "daily_volume_cents": captured_since(merchant, day), "monthly_volume_cents": captured_since(merchant, day.replace(day=1)),
    }  # fmt: skip
    rows = []
    for name in LIMITS:
        limit, spent = getattr(control, name), used.get(name)
        share = min(100, spent * 100 // limit) if limit and spent is not None else None
        rows.append({"words": LIMIT_WORDS[name], "cents": limit, "used_cents": spent, "share": share})
    return rows


def _hold(control: Control, what: str) -> dict[str, Any]:
    return {
        "what": what, "is_held": control.is_held(what), "since": getattr(control, f"{what}_held_at"),
        "until": getattr(control, f"{what}_held_until"), "reason": getattr(control, f"{what}_hold_reason"), "key": f"hold_{what}",
    }  # fmt: skip


def change_row(change: ControlChange, *, me: int) -> dict[str, Any]:
    waits = change.status == ControlChange.Status.WAITING
    return {
        "public_id": change.public_id, "kind": change.get_kind_display().capitalize(), "status": change.get_status_display(),
        "tone": "warn" if waits else "good" if change.status == ControlChange.Status.MADE else "", "reason": change.reason,
        "asked_by": change.asked_by.get_username(), "asked_at": change.asked_at, "waits": waits, "is_mine": change.asked_by_id == me,
        "decided_by": change.decided_by.get_username() if change.decided_by else "", "what": _what(change),
    }  # fmt: skip


def _what(change: ControlChange) -> list[str]:
    if change.kind == ControlChange.Kind.LIMITS:
        named = [(LIMIT_WORDS[name], change.before.get(name), change.wanted.get(name)) for name in LIMITS]
        return [f"{words}: {_cents(before)} → {_cents(wanted)}" for words, before, wanted in named if before != wanted]
    until = change.wanted.get("until")
    return [f"until {until[:10]}" if until else "until somebody lets go"] if "until" in change.wanted else []


def _cents(cents: int | None) -> str:
    return "no limit" if cents is None else dollars(cents)


def _person(member: Member) -> dict[str, Any]:
    user = member.user
    return {
        "name": user.get_full_name() or user.get_username(),
        "email": masked(str(user.email)),
        "role": member.get_role_display()
        if member.reach is None
        else f"{member.get_role_display()}, limited to {reach_words(member.reach)}",
        "id": user.pk,
    }


def _open_cases(merchant: Merchant) -> list[dict[str, Any]]:
    """What waits for somebody, of all kinds: clearing differences, disputes, cases of tills, payments under way for long."""
    clearing = ClearingCase.objects.filter(merchant=merchant, is_open=True).order_by("-pk")[:10]
    disputes = Dispute.objects.filter(merchant=merchant, status=Dispute.Status.NEEDS_RESPONSE).order_by("due_at")[:10]
    tills = SupportCase.objects.filter(merchant=merchant).exclude(state=SupportCase.State.CLOSED).order_by("-pk")[:10]
    stuck = Payment.objects.filter(merchant=merchant, status=Payment.Status.PROCESSING).aggregate(sum=Sum("amount_cents"))["sum"]
    rows = [
        {"kind": "Clearing difference", "title": str(case), "cents": case.difference_cents, "at": case.opened_at}
        for case in clearing
    ]
    rows += [
        {"kind": "Card dispute", "title": case.case_number, "cents": case.amount_cents, "at": case.opened_at} for case in disputes
    ]
    rows += [{"kind": "Tills", "title": case.get_state_display(), "cents": None, "at": case.created_at} for case in tills]
    if stuck:
        rows.append({"kind": "Payments under way", "title": "not decided yet", "cents": stuck, "at": timezone.now()})
    return rows
