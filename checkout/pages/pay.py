"""The hosted page: what is bought, which card pays what, and paying."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_exempt
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from checkout.api.serializers import ConfirmRequest
from checkout.models import CheckoutSession, LineItem
from checkout.network.cards import BENEFIT_KINDS, bin_ranges, test_cards
from checkout.pages.doors import shoppers_session
from checkout.pages.page_tokens import HEADER, page_token, require_page_token
from checkout.pages.words import brand, evidence_label, kind_word
from checkout.selectors import current_payment, lines_of
from checkout.services.pay import pay_session
from checkout.split import Split, split_for
from common import witness
from common.api.idempotency import idempotent
from common.api.views import ApiView
from eligibility.decision import Decision
from merchants.page_keys import page_key

KINDS = (*sorted(BENEFIT_KINDS), "none")


@never_cache
def pay_page(request: HttpRequest, public_id: str) -> HttpResponse:
    try:
        session = shoppers_session(public_id)
    except Http404:
        return render(request, "checkout/not_found.html", status=404)
    witness.saw(session)
    return let_embedders_frame(_page_of(request, session), session)


def _page_of(request: HttpRequest, session: CheckoutSession) -> HttpResponse:
    context = {"session": _page_session(session)}
    match session.status:
        case CheckoutSession.Status.COMPLETE | CheckoutSession.Status.AUTHORISED:
            return render(request, "checkout/complete.html", {**context, **_paid(session)})
        case CheckoutSession.Status.PROCESSING:
            return render(
                request,
                "checkout/processing.html",
                {**context, "status_url": reverse("checkout:status", args=[session.public_id])},
            )
        case CheckoutSession.Status.OPEN if not session.is_over:
            return render(request, "checkout/pay.html", {**context, **_to_pay(request, session)})
        case CheckoutSession.Status.CANCELLED:
            return render(request, "checkout/cancelled.html", context, status=410)
        case _:
            return render(request, "checkout/expired.html", context, status=410)


def let_embedders_frame(response: HttpResponse, session: CheckoutSession) -> HttpResponse:
    """The sites that the merchant named may show the page in a frame; no other may."""
    if session.merchant.embed_origins:
        response.xframe_options_exempt = True  # a header that knows no list of sites
        _allow(response, {"frame-ancestors": session.merchant.embed_origins})
    return response


def _allow(response: HttpResponse, directives: dict[str, list[str]]) -> None:
    """What csp.decorators.csp_replace does, but with the settings of now instead of those of the import."""
    response._csp_replace = directives  # type: ignore[attr-defined]


def _page_session(session: CheckoutSession) -> dict[str, Any]:
    return {
        "public_id": session.public_id, "status": session.status, "amount_total_cents": session.amount_total_cents,
        "currency": session.currency, "merchant_name": session.merchant.name, "cancel_url": session.cancel_url,
        "success_url": success_url(session), "expires_at": session.expires_at,
        "client_reference_id": session.client_reference_id,
    }  # fmt: skip


def success_url(session: CheckoutSession) -> str:
    return session.success_url.replace("{SESSION_ID}", session.public_id)


def _to_pay(request: HttpRequest, session: CheckoutSession) -> dict[str, Any]:
    lines = lines_of(session)
    return {
        "lines": [page_line(line) for line in lines],
        "splits": {kind: _page_split(split_for(lines, session.merchant, kind)) for kind in KINDS},
        "config": {
            "publishable_key": page_key(session.merchant, session.public_id),
            "session": session.public_id,
            "pay_url": reverse("checkout:confirm", args=[session.public_id]),
            "status_url": reverse("checkout:status", args=[session.public_id]),
            "frame_url": f"{settings.CARD_FRAME_ORIGIN}{reverse('checkout:card_frame', args=[session.public_id])}",
            "frame_origin": settings.CARD_FRAME_ORIGIN,
            "csrf_token": page_token(session.public_id),
        },
    }


def page_line(line: LineItem) -> dict[str, Any]:
    decision = Decision.from_json(line.decision)
    return {
        "position": line.position, "title": line.title, "quantity": line.quantity,
        "unit_price_cents": line.unit_price_cents, "total_cents": line.total_cents,
        "discount_cents": line.discount_cents, "tax_cents": line.tax_cents, "shipping_cents": line.shipping_cents,
        "status": decision.status, "category_name": decision.category_name, "reason": decision.reason,
        "citation": decision.citation, "evidence_label": evidence_label(decision),
    }  # fmt: skip


def _page_split(split: Split) -> dict[str, Any]:
    return {
        "benefit_cents": split.benefit_cents,
        "other_cents": split.other_cents,
        "lines": {line.position: {"benefit_cents": line.benefit_cents, "why": line.placement.why} for line in split.lines},
    }


def _paid(session: CheckoutSession) -> dict[str, Any]:
    payment = current_payment(session)
    receipt = getattr(payment, "receipt", None)
    return {
        "tenders": [
            {
                "brand": brand(t.network),
                "last4": t.last4,
                "kind_word": kind_word(t.account_kind),
                "amount_cents": t.approved_cents,
            }
            for t in (payment.tenders.all() if payment else [])
        ],
        "receipt_url": reverse("checkout:receipt", args=[receipt.public_id]) if receipt else None,
    }


@never_cache
def status(request: HttpRequest, public_id: str) -> JsonResponse:
    """What the page asks while a payment runs."""
    session = shoppers_session(public_id)
    redirect_url = success_url(session) if session.status in {"complete", "authorised"} else None
    return JsonResponse({"status": session.status, "redirect_url": redirect_url})


class Confirm(ApiView):
    """The page's own door to paying: the session's unguessable id is the key, and the page’s token ties it to the page."""

    @extend_schema(exclude=True)
    def post(self, request: Request, public_id: str) -> Response:
        require_page_token(request.headers.get(HEADER, ""), public_id)
        self.idempotency_scope = public_id
        return self.pay(request, public_id)

    @idempotent
    def pay(self, request: Request, public_id: str) -> Response:
        asked = ConfirmRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        tokens = asked.validated_data
        session = pay_session(
            session=shoppers_session(public_id), benefit_token=tokens["benefit_card_token"],
            card_token=tokens["card_token"], email=tokens["email"],
        )  # fmt: skip
        return Response({"status": session.status, "redirect_url": reverse("checkout:pay", args=[public_id])})


@never_cache
@xframe_options_exempt
def card_frame(request: HttpRequest, public_id: str) -> HttpResponse:
    """The only page into which card numbers are typed; it sends them nowhere but to the token door of its own origin."""
    session = shoppers_session(public_id)
    context = {
        "role": "benefit" if request.GET.get("card") == "benefit" else "card",
        "parent_origin": settings.BASE_URL,
        "publishable_key": page_key(session.merchant, session.public_id),
        "session_id": session.public_id,
        "token_url": "/v1/card_tokens",
        "bins": [{**found, "kind": found["kind"] if found["kind"] in BENEFIT_KINDS else "none"} for found in bin_ranges()],
    }
    response = render(request, "checkout/card_frame.html", context)
    # Every page around the frame is asked, so the merchant's own page too where it frames the hosted page.
    _allow(response, {"frame-ancestors": [settings.BASE_URL, *session.merchant.embed_origins], "frame-src": ["'none'"]})
    return response


def test_cards_page(request: HttpRequest) -> HttpResponse:
    if not settings.IS_SANDBOX:
        raise Http404  # no number in it is taken where money is real
    benefit = [card for card in test_cards() if card.account_kind in BENEFIT_KINDS]
    ordinary = [card for card in test_cards() if card.account_kind not in BENEFIT_KINDS]
    groups = [
        {
            "title": title,
            "cards": [
                {
                    "number": c.pan,
                    "cvc": c.cvc,
                    "network": brand(c.network),
                    "kind_word": kind_word(c.account_kind),
                    "outcome": c.title,
                    "explanation": c.explanation,
                }
                for c in cards
            ],
        }
        for title, cards in (("FSA, HSA and other benefit cards", benefit), ("Other cards", ordinary))
    ]
    return render(request, "checkout/test_cards.html", {"groups": groups})
