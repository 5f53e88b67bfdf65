"""What a merchant's people do with a sale's money: take it, let it go, give it back."""

from __future__ import annotations

import re
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from checkout.models import CheckoutSession, Payment, Refund
from checkout.refunds.allocation import Asked
from checkout.refunds.errors import RefundInvalid
from checkout.refunds.preview import Preview, preview_refund
from checkout.refunds.services import create_refund
from checkout.selectors import session_for
from checkout.services.capture import capture_session
from checkout.services.release import void_session
from common import witness
from common.errors import PlatformError
from common.money import dollars
from merchants.models import Member
from portal.access import member_page, page_context
from portal.refund_rows import line_rows, preview_rows

UNITS = re.compile(r"units-(\d{1,3})")
DOLLARS = re.compile(r"\$?\s*(\d{1,8})(?:\.(\d{2}))?")


@require_POST
@member_page(needs="sales.capture", of_places=True)
def capture(request: HttpRequest, member: Member, public_id: str) -> HttpResponse:
    """Take what was shipped, or everything. Units that are left empty are not shipped now."""
    session = session_for(member.merchant, public_id)
    try:
        units = typed_units(request) if request.POST.get("what") == "units" else None
        done = capture_session(session=session, units=units, is_final=request.POST.get("final") == "yes")
    except PlatformError as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(
            request,
            "Captured." if done.status == CheckoutSession.Status.COMPLETE else "Captured in part; the rest is still held.",
        )
    return redirect("portal:sale", public_id)


@require_POST
@member_page(needs="sales.capture", of_places=True)
def void(request: HttpRequest, member: Member, public_id: str) -> HttpResponse:
    session = session_for(member.merchant, public_id)
    if void_session(session=session):
        messages.success(request, "What was held is on its way back to the cards.")
    else:
        messages.error(request, "This sale holds nothing that could be let go.")
    return redirect("portal:sale", public_id)


@require_http_methods(["GET", "POST"])
@member_page(needs="sales.refund", of_places=True)
def refund(request: HttpRequest, member: Member, public_id: str) -> HttpResponse:
    """First a look at what would go where, then the refund; a second click of the same page gives nothing back twice."""
    session = session_for(member.merchant, public_id)
    payment = session.payments.filter(status=Payment.Status.CAPTURED).select_related("session__merchant").first()
    if payment is None:
        raise Http404
    witness.saw(payment)
    if request.method == "GET":
        return _page(request, member, payment, {})
    typed = {name: value[:300] for name, value in request.POST.items() if isinstance(value, str)}
    try:
        wish = _wish(request)
        if "confirm" not in request.POST:
            return _page(request, member, payment, typed, plan=preview_refund(payment=payment, **wish))
        reason = typed.get("reason", "")
        made = create_refund(
            payment=payment, reason=reason if reason in Refund.Reason.values else Refund.Reason.OTHER,
            note=typed.get("note", "").replace("\x00", ""), refunded_before_cents=_seen(typed), **wish,
        )  # fmt: skip
    except PlatformError as refusal:
        return _page(request, member, payment, typed, error=refusal.message, status=refusal.http_status)
    messages.success(request, f"{dollars(made.amount_cents)} are on their way back to the cards.")
    return redirect("portal:sale", public_id)


def _seen(typed: dict[str, str]) -> int:
    written = typed.get("refunded_before_cents", "")
    return int(written) if written.isascii() and written.isdigit() else -1


def typed_units(request: HttpRequest) -> dict[int, int | None]:
    """Line -> units, of the fields that hold a number above zero."""
    found: dict[int, int | None] = {}
    for name, value in request.POST.items():
        field, text = UNITS.fullmatch(name), str(value).strip()
        if field and text.isascii() and text.isdigit() and 0 < len(text) <= 5 and int(text):
            found[int(field[1])] = int(text)
    return found


def _wish(request: HttpRequest) -> dict[str, Any]:
    """What is asked back, as the services take it: all, units of lines, or an amount. Raises RefundInvalid."""
    match request.POST.get("what"):
        case "all":
            return {}
        case "units":
            if not (units := typed_units(request)):
                raise RefundInvalid("Say how many units of which item come back.")
            return {"asked": [Asked(position, quantity=count) for position, count in units.items()]}
        case "amount":
            found = DOLLARS.fullmatch(request.POST.get("amount", "").strip())
            if not found or not (cents := int(found[1]) * 100 + int(found[2] or 0)):
                raise RefundInvalid("Write the amount in dollars and cents, such as 12.50.")
            return {"amount_cents": cents}
        case _:
            raise RefundInvalid("Choose what goes back: everything, some units, or an amount.")


def _page(
    request: HttpRequest,
    member: Member,
    payment: Payment,
    typed: dict[str, str],
    *,
    plan: Preview | None = None,
    error: str = "",
    status: int = 200,
) -> HttpResponse:
    lines = line_rows(payment)
    context = {
        "sale": {"public_id": payment.session.public_id, "order_number": payment.session.client_reference_id},
        "refunded_before_cents": payment.refunded_cents, "refundable_cents": sum(line["refundable_cents"] for line in lines),
        "lines": [line | {"typed": typed.get(f"units-{line['position']}", "")} for line in lines],
        "typed": typed, "error": error, "reasons": Refund.Reason.choices,
        "preview": preview_rows(plan) if plan else [], "preview_cents": plan.amount_cents if plan else 0,
    }  # fmt: skip
    return render(request, "portal/refund.html", page_context(member, "sales", **context), status=status)
