"""Shoppers' addresses as the platform's staff see them."""

from __future__ import annotations

from typing import Any

from people.break_glass import grant_over, masked, note_use
from shoppers.models import Shopper
from vault.admin_cells import sealed_text
from vault.display import Locked, shown


def email_for_staff(shopper: Shopper | None) -> Any:
    """Masked, or clear while whoever acts holds an emergency access over this shopper, which is written down."""
    address = shown(shopper, "email")
    if shopper is None or isinstance(address, Locked):
        return sealed_text(shopper, "email") or ""  # a badge that says why
    grant = grant_over(merchant=shopper.merchant.public_id, person=shopper.public_id)
    if grant is None:
        return masked(str(address))
    note_use(grant=grant, person=shopper.public_id, merchant_id=shopper.merchant_id, field="email")
    return str(address)
