"""How a shopper comes in: by an unguessable id, and from there sees that merchant's rows alone."""

from __future__ import annotations

from django.http import Http404

from checkout.models import CheckoutSession, Receipt
from checkout.selectors import open_page_session, receipt_page
from common.scopes import enter_merchant
from vault.keyring import require_open


def shoppers_session(public_id: str) -> CheckoutSession:
    """The session of a hosted page; the rest of the request runs for its merchant. Raises Http404, or MerchantKeyRevoked."""
    session = open_page_session(public_id)
    if session is None:
        raise Http404
    require_open(session.merchant_id)
    enter_merchant(session.merchant)
    return session


def shoppers_receipt(public_id: str) -> Receipt:
    """The receipt of a page, with all that it shows; the rest of the request runs for its merchant. Raises Http404, or MerchantKeyRevoked."""
    receipt = receipt_page(public_id)
    if receipt is None:
        raise Http404
    require_open(receipt.payment.merchant_id)
    enter_merchant(receipt.payment.merchant)
    return receipt
