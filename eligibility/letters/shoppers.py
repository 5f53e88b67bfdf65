"""Who a merchant says the shopper is."""

from __future__ import annotations

from eligibility.letters.errors import LetterShopperUnknown
from merchants.models import Merchant
from shoppers.models import Shopper
from shoppers.services import shopper_for_email


def known_shopper(merchant: Merchant, *, public_id: str = "", email: str = "") -> Shopper | None:
    """The merchant's shopper by id, or by address (made if new); None where neither is given. Another merchant's id is unknown here."""
    if public_id:
        return shopper_named(merchant, public_id)
    return shopper_for_email(merchant=merchant, email=email) if email else None


def shopper_named(merchant: Merchant, public_id: str) -> Shopper:
    """The merchant's shopper by id; another merchant's is unknown here."""
    found: Shopper | None = Shopper.objects.filter(merchant=merchant, public_id=public_id).first()
    if found is None:
        raise LetterShopperUnknown(f"“{public_id}” is no shopper of yours.", param="shopper")
    return found
