"""The hosted page: what is bought, which card pays what, and paying."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.views.decorators.cache import never_cache
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from checkout.api.bodies import ConfirmRequest, card_offers
from checkout.api.rendering import REQUIRES_ACTION
from checkout.card_words import brand, card_name, kind_word
from checkout.consents import CURRENT, text_of
from checkout.models import CheckoutSession, LetterHold, LineItem, SavedCard
from checkout.network.cards import BENEFIT_KINDS, test_cards
from checkout.pages.doors import shoppers_session
from checkout.pages.embedding import embedding_of
from checkout.pages.language import in_shoppers_language, language_of
from checkout.pages.looks import shown_looks
from checkout.pages.page_tokens import HEADER, page_token, require_page_token
from checkout.pages.refusal_words import error_in_shoppers_words, in_shoppers_words
from checkout.pages.script_words import script_words
from checkout.pages.words import evidence_label
from checkout.selectors import challenge_of, current_payment, lines_of, saved_cards_of
from checkout.services.letter_offer import waits_for_letter
from checkout.services.pay import pay_session
from checkout.split import Split, pending_split, split_for
from common import witness
from common.api.idempotency import call_key, idempotent
from common.api.views import ApiView
from eligibility.decision import Decision
from merchants.branding.selectors import looks_of
from merchants.models import Merchant
from merchants.page_keys import page_key

KINDS = (*sorted(BENEFIT_KINDS), "none")
MOST_SAVED_SHOWN = 10


@never_cache
@in_shoppers_language
def pay_page(request: HttpRequest, public_id: str) -> HttpResponse:
    try:
        session = shoppers_session(public_id)
    except Http404:
        return render(request, "checkout/not_found.html", status=404)
    witness.saw(session)
    return let_embedders_frame(_page_of(request, session), session)


def _page_of(request: HttpRequest, session: CheckoutSession) -> HttpResponse:
    looks = looks_of(session.merchant)
    context = {
        "session": _page_session(session), "looks": shown_looks(looks), "words": script_words(), "embedding": embedding_of(session),
    }  # fmt: skip
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
            return render(
                request, "checkout/pay.html", {**context, **_to_pay(request, session), "offers_reminder": looks.mails_reminders}
            )
        case CheckoutSession.Status.CANCELLED:
            return render(request, "checkout/cancelled.html", context, status=410)
        case _:
            return render(request, "checkout/expired.html", context, status=410)


def let_embedders_frame(response: HttpResponse, session: CheckoutSession) -> HttpResponse:
    """The sites that the merchant named may show the page in a frame; no other may. With 3-D Secure the page shows a bank's in one."""
    directives = {}
    if session.merchant.embed_origins:
        response.xframe_options_exempt = True  # a header that knows no list of sites
        directives["frame-ancestors"] = session.merchant.embed_origins
    if session.merchant.three_d_secure != Merchant.ThreeDSecure.OFF:
        directives["frame-src"] = [settings.CARD_FRAME_ORIGIN, settings.BASE_URL]
    if directives:
        allow_sources(response, directives)
    return response


def allow_sources(response: HttpResponse, directives: dict[str, list[str]]) -> None:
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
        "saved_cards": _saved_cards(session),
        "consent_text": text_of(CURRENT, session.save_cards, store=session.merchant.name),
        "splits": {
            kind: _page_split(split_for(lines, session.merchant, kind), awaiting)
            for kind, awaiting in _awaiting(session, lines).items()
        },
        "letters": _letters(session, lines),
        "config": {
            "publishable_key": page_key(session.merchant, session.public_id),
            "session": session.public_id,
            "pay_url": reverse("checkout:confirm", args=[session.public_id]),
            "remind_url": reverse("checkout:remind", args=[session.public_id]),
            "status_url": reverse("checkout:status", args=[session.public_id]),
            "frame_url": f"{settings.CARD_FRAME_ORIGIN}{reverse('checkout:card_frame', args=[session.public_id])}",
            "frame_origin": settings.CARD_FRAME_ORIGIN,
            "csrf_token": page_token(session.public_id),
            "minimum_cents": session.merchant.minimum_charge_cents,
            "consent": {"version": CURRENT, "covers": session.save_cards},
            "must_save": session.save_cards == SavedCard.Covers.SUBSCRIPTIONS,
            "knows_shopper": session.knows_shopper,
        },
    }


def _saved_cards(session: CheckoutSession) -> list[dict[str, Any]]:
    """The shopper's own, where the store has said who they are; anybody could type an address."""
    if not session.knows_shopper or session.shopper is None:
        return []
    usable = saved_cards_of(session.shopper).filter(status=SavedCard.Status.ACTIVE)
    if session.save_cards == SavedCard.Covers.SUBSCRIPTIONS:
        usable = usable.filter(consent_covers=SavedCard.Covers.SUBSCRIPTIONS)
    cards = [
        {
            "id": card.public_id, "last4": card.last4, "is_benefit": card.account_kind in BENEFIT_KINDS,
            "kind": card.account_kind if card.account_kind in BENEFIT_KINDS else "none",
            "name": card_name(kind=card.account_kind, network=card.network, last4=card.last4),
        }
        for card in usable[:MOST_SAVED_SHOWN]
    ]  # fmt: skip
    firsts = {card["is_benefit"]: card["id"] for card in reversed(cards)}
    return [{**card, "is_first": card["id"] == firsts[card["is_benefit"]]} for card in cards]


def page_line(line: LineItem) -> dict[str, Any]:
    decision = Decision.from_json(line.decision)
    return {
        "position": line.position, "title": line.title, "quantity": line.quantity,
        "unit_price_cents": line.unit_price_cents, "total_cents": line.total_cents,
        "discount_cents": line.discount_cents, "tax_cents": line.tax_cents, "shipping_cents": line.shipping_cents,
        "status": decision.status, "category_name": decision.category_name, "reason": decision.reason,
        "citation": decision.citation, "evidence_label": evidence_label(decision),
    }  # fmt: skip


def _page_split(split: Split, awaiting: Mapping[int, int]) -> dict[str, Any]:
    """awaiting: line -> cents that the card may hold for it until its letter is here."""
    return {
        "benefit_cents": split.benefit_cents,
        "other_cents": split.other_cents,
        "lines": {
            line.position: {
                "benefit_cents": line.benefit_cents, "awaiting_cents": awaiting.get(line.position, 0), "why": in_shoppers_words(line.placement.why),
            }
            for line in split.lines
        },
    }  # fmt: skip


def _awaiting(session: CheckoutSession, lines: Sequence[LineItem]) -> dict[str, dict[int, int]]:
    """Kind of card -> line -> cents that it may hold for a letter; nothing where the order cannot wait."""
    if not waits_for_letter(session, lines):
        return {kind: {} for kind in KINDS}
    return {
        kind: {line.position: line.benefit_cents for line in pending_split(lines, session.merchant, kind).lines} for kind in KINDS
    }


def _letters(session: CheckoutSession, lines: Sequence[LineItem]) -> dict[str, Any] | None:
    """What the shopper is asked about items that need a letter, where the order may wait for one."""
    if not waits_for_letter(session, lines):
        return None
    return {"titles": [line.title for line in lines if line.status == "letter"], "days": session.merchant.letter_hold_days}


def _paid(session: CheckoutSession) -> dict[str, Any]:
    """What each card paid, or still holds; nothing of what was let go of."""
    payment = current_payment(session)
    receipt = getattr(payment, "receipt", None)
    paying = [(t, t.captured_cents + t.held_cents) for t in (payment.tenders.all() if payment else [])]
    return {
        "paid_cents": sum(cents for _, cents in paying),
        "tenders": [
            {
                "brand": brand(t.network),
                "last4": t.last4,
                "kind_word": kind_word(t.account_kind),
                "amount_cents": cents,
                "awaits_letter": t.awaits_letter and bool(t.held_cents),
            }
            for t, cents in paying
            if cents
        ],
        "receipt_url": reverse("checkout:receipt", args=[receipt.public_id]) if receipt else None,
        "letter_hold": LetterHold.objects.filter(payment=payment, status=LetterHold.Status.WAITING).first(),
    }


@never_cache
def status(request: HttpRequest, public_id: str) -> JsonResponse:
    """What the page asks while a payment runs."""
    session = shoppers_session(public_id)
    redirect_url = success_url(session) if session.status in {"complete", "authorised"} else None
    state = REQUIRES_ACTION if challenge_of(session) else session.status
    return JsonResponse({"status": state, "redirect_url": redirect_url})


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
            card_token=tokens["card_token"], cards=card_offers(tokens["cards"]), email=tokens["email"],
            attempt_key=call_key(self, request), letter_hold=(tokens["letter_hold"] or {}).get("if_refused", ""),
        )  # fmt: skip
        if challenge := challenge_of(session):
            return Response({"status": REQUIRES_ACTION, "challenge_url": challenge.challenge_url})
        return Response({"status": session.status, "redirect_url": reverse("checkout:pay", args=[public_id])})

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """What is kept of a call, for its repeats and for the merchant, is in English; what the page shows is not."""
        if isinstance(response, Response) and isinstance(response.data, dict):
            with translation.override(language_of(request)):
                response.data = error_in_shoppers_words(response.data)
        return super().finalize_response(request, response, *args, **kwargs)


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
