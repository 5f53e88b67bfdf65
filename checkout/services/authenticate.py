"""Authenticating the holders of ordinary cards before anything is charged (3-D Secure), where the merchant wants it."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone

from checkout import errors
from checkout.legs import LegPlan
from checkout.models import CardAuthentication, CheckoutSession
from checkout.services.wallet import PaidWith, Wallet
from checkout.three_d_secure import authenticator
from checkout.three_d_secure.types import AuthenticationRequest, AuthenticationResult, AuthenticationUnreachable
from merchants.models import Merchant
from vault.audit.services import record_about

Status = CardAuthentication.Status
CHALLENGE_LIFE = timedelta(minutes=10)  # below the life of a card token, which must be sent again afterwards
PASSES = {Status.AUTHENTICATED, Status.ATTEMPTED, Status.UNAVAILABLE}
NOT_RECOGNISED = "The card's bank did not recognise its holder. Nothing was charged."


def authenticate_cards(*, session: CheckoutSession, wallet: Wallet, plan: LegPlan) -> bool:
    """Authenticate the ordinary card of this plan, if it was typed and the merchant wants it. True: its holder must act first.

    A bank that cannot be asked stops no sale: the merchant then answers for fraud, as without 3-D Secure.
    Raises CardAuthenticationFailed. Called again with the same card, it goes by what was answered.
    """
    if session.merchant.three_d_secure == Merchant.ThreeDSecure.OFF or session.channel == CheckoutSession.Channel.POS:
        return False  # at a till the holder stands there with the card
    asked = [wallet.cards[leg.payer] for leg in plan.legs]
    for paid in [*asked, *(card for card in wallet.cards if card not in asked)]:  # one that may yet be asked for a rest
        if paid.split is None and paid.token.saved_card_id is None:
            paid.authentication = _authenticated(session, paid, wallet.total_cents)
            if paid.authentication.status == Status.CHALLENGE:
                return True
    return False


def _authenticated(session: CheckoutSession, paid: PaidWith, amount_cents: int) -> CardAuthentication:
    row, _ = CardAuthentication.objects.get_or_create(
        session=session, card_token=paid.token,
        defaults={"amount_cents": amount_cents, "expires_at": timezone.now() + CHALLENGE_LIFE},
    )  # fmt: skip
    if row.status == Status.ASKING:
        _ask(session, row, paid)
    if row.status == Status.CHALLENGE and row.expires_at <= timezone.now():
        _note(row, AuthenticationResult(outcome="failed", reference=row.reference))
    if row.status == Status.FAILED:
        raise errors.CardAuthenticationFailed(
            NOT_RECOGNISED, param=paid.param, advice="Type the card again and confirm it with your bank, or use another card."
        )
    return row


def _ask(session: CheckoutSession, row: CardAuthentication, paid: PaidWith) -> None:
    request = AuthenticationRequest(
        reference=row.public_id, card=paid.card, amount_cents=row.amount_cents, merchant_name=session.merchant.name,
        return_url=settings.BASE_URL + reverse("checkout:challenged", args=[session.public_id, row.public_id]),
    )  # fmt: skip
    if not connection.in_atomic_block:
        connection.close()  # the pool shall not wait for a bank
    try:
        result = authenticator().authenticate(request)
    except AuthenticationUnreachable:
        result = AuthenticationResult(outcome="unavailable")
    _note(row, result)


def finish_challenge(*, session: CheckoutSession, public_id: str, returned: str) -> CardAuthentication | None:
    """Write down how a challenge of this session ended; safe to repeat. None if there is no such question.

    returned: what the bank sent back with the browser. Whoever comes with nothing, by a reload or the back button, ends nothing.
    """
    row = CardAuthentication.objects.select_related("card_token").filter(session=session, public_id=public_id).first()
    if row is None or row.status != Status.CHALLENGE or not returned:
        return row
    try:
        result = authenticator().result(reference=row.reference, network=row.card_token.network, returned=returned)
    except AuthenticationUnreachable:
        return row  # still waiting: the shopper may come back once more
    _note(row, result)
    return row


@transaction.atomic
def _note(row: CardAuthentication, result: AuthenticationResult) -> None:
    """Put an answer on record, once."""
    fields = {
        "status": Status(result.outcome), "reference": result.reference, "challenge_url": result.challenge_url,
        "eci": result.eci, "cryptogram": result.cryptogram,
        "ended_at": None if result.outcome == "challenge" else timezone.now(),
    }  # fmt: skip
    if CardAuthentication.objects.filter(pk=row.pk, status=row.status).update(**fields):
        record_about(row, "answered", details={"session": row.session.public_id, "outcome": result.outcome})
    row.refresh_from_db()
