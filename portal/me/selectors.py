"""What a shopper bought, at every merchant where the purchase is claimed."""

from __future__ import annotations

from typing import Any

from checkout.models import Receipt
from common.scopes import across_merchants
from merchants.models import Merchant
from shoppers.accounts import ShopperAccount
from vault.errors import CustodianUnavailable, MerchantKeyMissing, MerchantKeyRevoked
from vault.keyring import require_open

SHOWN = 200


def purchases(account: ShopperAccount) -> list[dict[str, Any]]:
    """Receipts of the account, newest first. While the bank keeps a merchant's key locked, its name is all that is told."""
    with across_merchants("a shopper's own purchases, wherever they were made"):
        receipts = list(
            Receipt.objects.select_related("payment__session", "payment__merchant")
            .filter(payment__session__shopper__account=account)
            .order_by("-pk")[:SHOWN]
        )
    opens = {merchant: is_open(merchant) for merchant in {row.payment.merchant for row in receipts}}
    return [
        _purchase(row) if opens[row.payment.merchant] else {"merchant": row.payment.merchant.name, "is_locked": True}
        for row in receipts
    ]


def is_open(merchant: Merchant) -> bool:
    """Can what is sealed of this merchant be opened now?"""
    try:
        require_open(merchant.pk)
    except (MerchantKeyRevoked, MerchantKeyMissing, CustodianUnavailable):
        return False
    return True


def _purchase(row: Receipt) -> dict[str, Any]:
    return {
        "public_id": row.public_id, "merchant": row.payment.merchant.name, "sale_on": row.sale_on,
        "order": row.payment.session.client_reference_id or row.number, "total_cents": row.payment.amount_cents,
    }  # fmt: skip
