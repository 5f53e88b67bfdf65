"""What a shopper bought, at every merchant where the purchase is claimed."""

from __future__ import annotations

from typing import Any

from checkout.models import Receipt
from common.scopes import across_merchants
from shoppers.accounts import ShopperAccount

SHOWN = 200


def purchases(account: ShopperAccount) -> list[dict[str, Any]]:
    """Receipts of the account, newest first."""
    with across_merchants("a shopper's own purchases, wherever they were made"):
        receipts = list(
            Receipt.objects.select_related("payment__session", "payment__merchant")
            .filter(payment__session__shopper__account=account)
            .order_by("-pk")[:SHOWN]
        )
    return [
        {
            "public_id": row.public_id, "merchant": row.payment.merchant.name, "sale_on": row.sale_on,
            "order": row.payment.session.client_reference_id or row.number, "total_cents": row.payment.amount_cents,
        }
        for row in receipts
    ]  # fmt: skip
