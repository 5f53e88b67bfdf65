"""Making payment links, switching them off and on, and opening sessions from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from checkout.errors import PaymentLinkInvalid
from checkout.link_limits import refuse_if_closed
from checkout.models import CheckoutSession, PaymentLink
from checkout.payment_links.rendering import render_link
from checkout.payment_links.selectors import link_url
from checkout.services.create import BasketLine, create_session, filled_lines
from common.money import MAX_CENTS
from merchants.models import Merchant
from merchants.services import record_event
from people.models import User
from vault.audit.services import record_about

LONGEST_TITLE = 120
LONGEST_LIFE: Final = timedelta(days=5 * 366)  # every zone can still write such a day; a year 10000 can be read by none


def create_link(
    *,
    merchant: Merchant,
    lines: Sequence[BasketLine],
    title: str = "",
    shipping_cents: int = 0,
    max_sales: int | None = None,
    expires_at: datetime | None = None,
    success_url: str = "",
    capture_method: str = CheckoutSession.CaptureMethod.AUTOMATIC,
    client_reference_id: str = "",
    metadata: Mapping[str, Any] | None = None,
    created_by: User | None = None,
) -> PaymentLink:
    """Make a link that sells these lines, at the prices of now. Every call makes a new one.

    max_sales: how many sales it is good for; None: any number. What a product knows is written into the link, so that a later
    price change does not change what was sent to somebody.
    """
    filled = filled_lines(merchant, lines)
    total_cents = sum(line.quantity * (line.unit_price_cents or 0) + line.tax_cents for line in filled) + shipping_cents
    if total_cents <= 0:
        raise PaymentLinkInvalid("There is nothing to pay: give the items a price.", param="line_items")
    if total_cents > MAX_CENTS:
        raise PaymentLinkInvalid("One sale costs more than a card network can carry: at most $99,999,999.99.", param="line_items")
    if expires_at is not None and expires_at <= timezone.now():
        raise PaymentLinkInvalid("The link would be over before anybody could use it.", param="expires_at")
    if expires_at is not None and expires_at > timezone.now() + LONGEST_LIFE:
        raise PaymentLinkInvalid(
            "A link lasts five years at most; without an end it lasts until it is switched off.", param="expires_at"
        )
    link = PaymentLink(
        merchant=merchant, title=(title or filled[0].title)[:LONGEST_TITLE], line_items=[asdict(line) for line in filled],
        shipping_cents=shipping_cents, amount_total_cents=total_cents, max_sales=max_sales, expires_at=expires_at,
        success_url=success_url, capture_method=capture_method, client_reference_id=client_reference_id,
        metadata=dict(metadata or {}), created_by=created_by,
    )  # fmt: skip
    with transaction.atomic():
        link.save(force_insert=True)
        record_about(link, "created", details={"amount_total_cents": total_cents, "max_sales": max_sales})
        record_event(merchant=merchant, type="payment_link.created", object_id=link.public_id, data=render_link(link))
    return link


@transaction.atomic
def switch_link(*, link: PaymentLink, is_active: bool) -> PaymentLink:
    """Switch a link off or on again. Sessions that are open stay so, but none of them can be paid while it is off. Safe to repeat."""
    row = PaymentLink.objects.select_for_update().get(pk=link.pk)
    if (row.deactivated_at is None) == is_active:
        return row
    row.deactivated_at = None if is_active else timezone.now()
    row.save(update_fields=["deactivated_at"])
    record_about(row, "activated" if is_active else "deactivated", fields=["deactivated_at"])
    record_event(merchant=row.merchant, type="payment_link.updated", object_id=row.public_id, data=render_link(row))
    return row


def session_of_link(*, link: PaymentLink, resume: str = "") -> CheckoutSession:
    """A session in which this shopper pays for what the link sells: the one that they had begun (`resume`), else a new one.

    Raises PaymentLinkClosed.
    """
    refuse_if_closed(link)
    begun = CheckoutSession.objects.filter(payment_link=link, public_id=resume, status=CheckoutSession.Status.OPEN).first()
    if begun is not None and not begun.is_over:
        return begun
    return create_session(
        merchant=link.merchant, lines=[BasketLine(**line) for line in link.line_items], success_url=link.success_url,
        cancel_url=link_url(link), shipping_cents=link.shipping_cents, capture_method=link.capture_method,
        client_reference_id=link.client_reference_id, metadata=link.metadata, payment_link=link,
    )  # fmt: skip
