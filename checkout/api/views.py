from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from checkout.api.bodies import CardTokenRequest, ServerConfirmRequest, SessionRequest, basket_lines, card_offers
from checkout.api.rendering import render_payment, render_session, render_token
from checkout.api.serializers import CardTokenResponse, PaymentPage, PaymentResponse, SessionResponse
from checkout.errors import SessionNotOpen
from checkout.models import Payment
from checkout.selectors import payment_for, payments_of, session_for
from checkout.services.create import create_session
from checkout.services.pay import pay_session
from checkout.services.release import expire_session
from checkout.services.tokens import create_card_token
from common import witness
from common.api.idempotency import call_key, idempotent
from common.api.pages import page_response
from common.api.requests import refuse_fields
from common.api.schema import PAGE_PARAMETERS
from common.api.views import ApiView
from common.load import reports_its_time
from eligibility.letters.shoppers import known_shopper
from merchants.api.authentication import AnyKey, SecretKey, caller_of, merchant_of

TAG = ["checkout"]


class SessionList(ApiView):
    authentication_classes = [SecretKey]
    resource = "checkout_sessions"

    @extend_schema(
        summary="Open a checkout session",
        tags=TAG,
        request=SessionRequest,
        responses={201: SessionResponse},
        operation_id="sessions_create",
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Judges every item, spreads discount and shipping, freezes both, and answers with the page to send the shopper to."""
        asked = SessionRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        basket = asked.validated_data
        lines = basket_lines(basket.pop("line_items"))
        merchant = merchant_of(request)
        named, email = basket.pop("shopper"), basket.pop("shopper_email")
        shopper = known_shopper(merchant, public_id=named, email=email)
        letters_of = shopper if named else None  # anybody can type an address into a cart: it brings no letter
        session = reports_its_time("open")(create_session)(
            merchant=merchant, lines=lines, shopper=shopper, letters_of=letters_of, **basket
        )
        return Response(render_session(session, with_payment=False), status=201)


class SessionDetail(ApiView):
    authentication_classes = [SecretKey]
    resource = "checkout_sessions"

    @extend_schema(summary="Get a session", tags=TAG, responses=SessionResponse, operation_id="sessions_get")
    def get(self, request: Request, public_id: str) -> Response:
        session = session_for(merchant_of(request), public_id)
        witness.saw(session)
        return Response(render_session(session))


class SessionConfirm(ApiView):
    authentication_classes = [SecretKey]
    resource = "checkout_sessions"

    @extend_schema(
        summary="Pay a session",
        tags=TAG,
        request=ServerConfirmRequest,
        responses=SessionResponse,
        operation_id="sessions_confirm",
    )
    @idempotent
    def post(self, request: Request, public_id: str) -> Response:
        """Charges each card in turn for what it may pay of what is left, all or nothing. The hosted page does this for you.

        With `requires_action` nothing is charged yet: send the shopper to `next_action.url`, then confirm again with the same
        cards and a new Idempotency-Key. A repeat with the same key is answered as the first call was, also if it was cut off.
        """
        asked = ServerConfirmRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        tokens = asked.validated_data
        session = reports_its_time("pay")(pay_session)(
            session=session_for(merchant_of(request), public_id), benefit_token=tokens["benefit_card_token"],
            card_token=tokens["card_token"], cards=card_offers(tokens["cards"]), email=tokens["email"],
            attempt_key=call_key(self, request), letter_hold=(tokens["letter_hold"] or {}).get("if_refused", ""),
            is_off_session=tokens["off_session"],
        )  # fmt: skip
        return Response(render_session(session))


class SessionExpire(ApiView):
    authentication_classes = [SecretKey]
    resource = "checkout_sessions"

    @extend_schema(summary="Expire a session", tags=TAG, request=None, responses=SessionResponse, operation_id="sessions_expire")
    @idempotent
    def post(self, request: Request, public_id: str) -> Response:
        """Closes an open or authorised session; anything held on a card is released."""
        refuse_fields(request)
        session = session_for(merchant_of(request), public_id)
        if not expire_session(session=session):
            session.refresh_from_db(fields=["status"])
            if session.status != "expired":
                raise SessionNotOpen(f"This session is {session.status}: it cannot expire any more.")
        session.refresh_from_db(fields=["status"])
        return Response(render_session(session))


class CardTokenList(ApiView):
    authentication_classes = [AnyKey]
    resource = "card_tokens"
    takes_card_numbers = True

    @extend_schema(
        summary="Turn a card into a token",
        tags=TAG,
        request=CardTokenRequest,
        responses={201: CardTokenResponse},
        operation_id="card_tokens_create",
    )
    def post(self, request: Request) -> Response:
        """For the card-capture frame. A token pays once, within minutes. Not replayed by Idempotency-Key: nothing of it is kept."""
        asked = CardTokenRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        caller = caller_of(request)
        card = asked.validated_data | ({"session": caller.session} if caller.session else {})  # a page’s key is of its session
        token, text = create_card_token(merchant=caller.merchant, **card)
        return Response(render_token(token, text), status=201)


class PaymentList(ApiView):
    authentication_classes = [SecretKey]
    resource = "payments"

    @extend_schema(
        summary="List payments", tags=["payments"], responses=PaymentPage, operation_id="payments_list",
        parameters=PAGE_PARAMETERS,
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        def render(payment: Payment) -> dict[str, object]:
            return render_payment(payment, payment.session)

        return Response(page_response(request, payments_of(merchant_of(request)), render))


class PaymentDetail(ApiView):
    authentication_classes = [SecretKey]
    resource = "payments"

    @extend_schema(summary="Get a payment", tags=["payments"], responses=PaymentResponse, operation_id="payments_get")
    def get(self, request: Request, public_id: str) -> Response:
        payment = payment_for(merchant_of(request), public_id)
        witness.saw(payment)
        return Response(render_payment(payment, payment.session))
