"""A merchant's colour and logo under the name of their content: a style sheet and an image of our own origin, as the CSP wants it."""

from __future__ import annotations

from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse

from common.scopes import across_merchants
from merchants.branding.models import Brand
from merchants.branding.selectors import Looks, looks_of
from merchants.models import Merchant

A_YEAR_S: Final = 31_536_000


def looks_context(merchant: Merchant) -> dict[str, Any]:
    """What templates show of a merchant: `looks` of checkout/_brand.html."""
    return shown_looks(looks_of(merchant))


def shown_looks(looks: Looks) -> dict[str, Any]:
    of = [looks.merchant, looks.version]
    return {
        "merchant_name": looks.merchant_name, "colour": looks.colour,
        "css_url": reverse("checkout:looks_css", args=of) if looks.colour else "",
        "logo_url": reverse("checkout:looks_logo", args=of) if looks.has_logo else "",
        "logo_width": looks.logo_width, "logo_height": looks.logo_height,
    }  # fmt: skip


def looks_css(request: HttpRequest, public_id: str, version: str) -> HttpResponse:
    brand = _brand(public_id, version)
    return _kept(
        f":root {{ --brand: {brand.colour or 'var(--accent)'}; --on-brand: #ffffff; }}\n".encode(), "text/css; charset=utf-8"
    )


def looks_logo(request: HttpRequest, public_id: str, version: str) -> HttpResponse:
    brand = _brand(public_id, version)
    if not brand.logo:
        raise Http404
    return _kept(bytes(brand.logo), "image/png")


@across_merchants("a merchant's looks are for everybody to see")
def _brand(public_id: str, version: str) -> Brand:
    brand = Brand.objects.filter(merchant__public_id=public_id, version=version).exclude(version="").first()
    if brand is None:
        raise Http404
    return brand


def _kept(content: bytes, media_type: str) -> HttpResponse:
    response = HttpResponse(content, content_type=media_type)
    response["Cache-Control"] = f"public, max-age={A_YEAR_S}, immutable"
    response.is_public = True  # type: ignore[attr-defined]  # common.security_headers lets it be kept
    return response
