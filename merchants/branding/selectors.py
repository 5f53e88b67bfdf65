"""How a merchant looks, as pages and letters show it."""

from __future__ import annotations

from dataclasses import dataclass

from merchants.branding.models import Brand
from merchants.models import Merchant


@dataclass(frozen=True, slots=True)
class Looks:
    """What a page shows of a merchant. version "": no colour and no logo of its own."""

    merchant_name: str
    merchant: str
    version: str = ""
    colour: str = ""
    logo_width: int = 0
    logo_height: int = 0
    mails_receipts: bool = True
    mails_reminders: bool = False

    @property
    def has_logo(self) -> bool:
        return self.logo_width > 0


def looks_of(merchant: Merchant) -> Looks:
    """Without the image, which pages fetch by its own address."""
    brand = Brand.objects.filter(merchant=merchant).defer("logo").first()
    if brand is None:
        return Looks(merchant.name, merchant.public_id)
    return Looks(
        merchant.name, merchant.public_id, brand.version, brand.colour, brand.logo_width, brand.logo_height, brand.mails_receipts,
        brand.mails_reminders,
    )  # fmt: skip
