"""What a page tells the shop that shows it in a frame (`embedCheckout` of the JavaScript SDK), and which sites may hear it."""

from __future__ import annotations

from typing import Any

from checkout.models import CheckoutSession


def embedding_of(session: CheckoutSession) -> dict[str, Any] | None:
    """For static/js/checkout/embedded.js; None where no site may show the page.

    What it says of a sale is a hint for the shop's page: the shop's server goes by webhooks and the API alone.
    """
    if not session.merchant.embed_origins:
        return None
    return {"session": session.public_id, "origins": session.merchant.embed_origins, "says": _says(session)}


def _says(session: CheckoutSession) -> dict[str, Any]:
    match session.status:
        case CheckoutSession.Status.COMPLETE | CheckoutSession.Status.AUTHORISED:
            return {"type": "complete", "facts": {"status": session.status}}
        case CheckoutSession.Status.CANCELLED:
            return {"type": "cancel", "facts": {}}
        case CheckoutSession.Status.PROCESSING:
            return {"type": "ready", "facts": {}}
        case CheckoutSession.Status.OPEN if not session.is_over:
            return {"type": "ready", "facts": {}}
        case _:
            return {"type": "error", "facts": {"code": "session_expired"}}
