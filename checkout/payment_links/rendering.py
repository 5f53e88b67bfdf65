"""A payment link as the API and events tell it."""

from __future__ import annotations

from typing import Any

from checkout.link_limits import MADE
from checkout.models import PaymentLink
from checkout.payment_links.selectors import link_url, status_of

LINE_FIELDS = ("product", "title", "brand", "gtin", "sku", "category", "quantity", "unit_price_cents", "tax_cents")


def render_link(link: PaymentLink) -> dict[str, Any]:
    url = link_url(link)
    sales = getattr(link, "sales_count", None)
    return {
        "id": link.public_id, "url": url, "qr_svg_url": f"{url}qr.svg", "qr_png_url": f"{url}qr.png", "status": status_of(link),
        "title": link.title, "line_items": [{name: line[name] for name in LINE_FIELDS} for line in link.line_items],
        "shipping_cents": link.shipping_cents, "amount_total_cents": link.amount_total_cents, "currency": "USD",
        "max_sales": link.max_sales, "sales_count": link.sessions.filter(status__in=MADE).count() if sales is None else sales,
        "success_url": link.success_url, "capture_method": link.capture_method,
        "client_reference_id": link.client_reference_id, "metadata": link.metadata, "expires_at": link.expires_at,
        "created_at": link.created_at,
    }  # fmt: skip
