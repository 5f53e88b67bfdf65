"""The card that pays if no letter comes, and pays nothing now: its bank is asked whether the account is good.

Without that, a mistyped or closed card would be found weeks later, when the shopper is gone. Nothing is held, so nothing can be
left behind by an answer that nobody hears. The verification is also what the later charge names as its holder's agreement.
"""

from __future__ import annotations

from checkout.models import LetterHold, Tender
from checkout.network.types import AuthorisationRequest, StoredCredential
from checkout.references import next_references
from checkout.services.agreements import stored_credential
from checkout.services.asking import declined, put
from checkout.services.attempt import Attempt
from vault.audit.services import record_about

NAMED = "card"


def verify_fallback(attempt: Attempt) -> None:
    """Ask the bank of a card that only the end of a letter's wait may charge. Raises CardRefused; no transaction is open."""
    if attempt.letter_hold != LetterHold.Fallback.CARD:
        return
    asked = {tender.card_token_id for tender in attempt.tenders}
    card = next((paid for paid in attempt.wallet.distinct if paid.kind == Tender.Kind.ORDINARY), None)
    if card is None or card.token.pk in asked:
        return
    (reference,) = next_references(1)
    request = AuthorisationRequest(
        reference=reference, card=card.card, amount_cents=0, only_verifies=True, merchant=attempt.identity,
        stored=stored_credential(card, is_off_session=attempt.wallet.is_off_session)
        or StoredCredential("cardholder", "card_on_file", is_first=True),
    )  # fmt: skip
    result = put(request, which=NAMED, param=card.param)
    record_about(
        attempt.payment, "card_verified", details={"last4": card.token.last4, "rrn": reference.rrn, "code": result.response_code}
    )
    if result.outcome == "declined":
        raise declined(result, which=NAMED, paid=card)
    for kept in attempt.card_references:
        if card.token.public_id in kept["uses"]:
            kept["verified_by"] = result.network_reference
