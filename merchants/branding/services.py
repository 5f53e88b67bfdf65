"""Setting how a merchant looks."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from django.db import transaction

from merchants.branding.colours import read_colour, readable
from merchants.branding.logos import Logo, redrawn
from merchants.branding.models import Brand
from merchants.errors import ColourRefused
from merchants.models import Merchant
from vault.audit.services import record_about


@dataclass(frozen=True, slots=True)
class BrandSet:
    """What came of it. darkened_from: the colour that was asked for, if white text could not be read on it."""

    brand: Brand
    darkened_from: str = ""


def set_brand(
    *, merchant: Merchant, colour: str, logo: bytes | None = None, drops_logo: bool = False, mails_receipts: bool = True,
    mails_reminders: bool = False,
) -> BrandSet:  # fmt: skip
    """Set colour, logo and letters of a merchant. Safe to repeat.

    colour: "" for the platform's own; one that is too light is darkened. logo: the file as it was sent; None leaves the one
    there is. Raises ColourRefused or LogoRefused, and then nothing is changed.
    """
    asked = read_colour(colour) if colour.strip() else ""
    if asked is None:
        raise ColourRefused(param="colour")
    shown = readable(asked) if asked else ""
    drawn = redrawn(logo) if logo is not None else None  # before the transaction: drawing takes a while
    with transaction.atomic():
        brand, _ = Brand.objects.select_for_update().get_or_create(merchant=merchant)
        _put_logo(brand, drawn, drops_logo)
        brand.colour, brand.mails_receipts, brand.mails_reminders = shown, mails_receipts, mails_reminders
        brand.version = hashlib.sha256(shown.encode() + bytes(brand.logo)).hexdigest()[:16] if shown or brand.logo else ""
        brand.save()
        told = {
            "colour": shown,
            "has_logo": bool(brand.logo),
            "mails_receipts": mails_receipts,
            "mails_reminders": mails_reminders,
        }
        record_about(merchant, "brand_changed", fields=["brand"], details=told)
    return BrandSet(brand, asked if asked != shown else "")


def _put_logo(brand: Brand, drawn: Logo | None, drops_logo: bool) -> None:
    if drawn is not None:
        brand.logo, brand.logo_width, brand.logo_height = drawn.png, drawn.width, drawn.height
    elif drops_logo:
        brand.logo, brand.logo_width, brand.logo_height = b"", 0, 0
