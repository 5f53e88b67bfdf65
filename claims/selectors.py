"""What a person may still claim, and their claims. Nobody sees anybody else's, and no merchant sees any."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.db.models import F, Prefetch, QuerySet, Sum
from django.http import Http404

from checkout.models import LineItem, Payment, RefundPart, Tender, TenderLine
from claims.models import Claim, ClaimLine
from common.scopes import across_merchants
from shoppers.accounts import ShopperAccount


@dataclass(frozen=True, slots=True)
class ClaimableLine:
    """One line that nobody has paid back yet. amount_cents: what ordinary cards paid of it; sold_on: in UTC."""

    line_id: int
    title: str
    merchant: str
    receipt_id: str
    sold_on: date
    amount_cents: int


def claimable_lines(
    account: ShopperAccount, *, since: date | None = None, only: Collection[int] | None = None
) -> list[ClaimableLine]:
    """Eligible lines of captured sales that ordinary cards paid for and that are in no live claim, oldest first.

    only: ids of lines to look at. Of `Payment.captured_at`, days are counted in UTC here: a claim's deadline is never that close.
    """
    with across_merchants("a person's own claims, of what they bought anywhere"):
        paid = TenderLine.objects.filter(
            tender__kind=Tender.Kind.ORDINARY, tender__status=Tender.Status.CAPTURED, tender__payment__status=Payment.Status.CAPTURED,
            tender__payment__captured_at__isnull=False, line__session__shopper__account=account, line__status="eligible",
        ).exclude(line__claim_lines__is_live=True)  # fmt: skip
        if since is not None:
            paid = paid.filter(tender__payment__captured_at__date__gte=since)
        if only is not None:
            paid = paid.filter(line__in=only)
        rows = list(paid.values(
            "line_id", title=F("line__title"), merchant=F("tender__payment__merchant__name"),
            receipt_id=F("tender__payment__receipt__public_id"), sold_on=F("tender__payment__captured_at__date"),
        ).annotate(cents=Sum("amount_cents")).order_by("sold_on", "line_id"))  # fmt: skip
        returned = _given_back([row["line_id"] for row in rows])
        return [
            ClaimableLine(row["line_id"], row["title"], row["merchant"], row["receipt_id"] or "", row["sold_on"], cents)
            for row in rows
            if (cents := row["cents"] - returned.get(row["line_id"], 0)) > 0
        ]


def _given_back(lines: Collection[int]) -> dict[int, int]:
    """Line -> cents that went back to an ordinary card: nobody may claim what they got back."""
    parts = RefundPart.objects.filter(line__in=lines, leg__tender__kind=Tender.Kind.ORDINARY).exclude(leg__status="failed")
    return dict(parts.values_list("line").annotate(cents=Sum("amount_cents")))


def claims_of(account: ShopperAccount) -> QuerySet[Claim]:
    """The person's claims, newest first."""
    return Claim.objects.filter(account=account).order_by("-pk")


def claim_of(account: ShopperAccount, public_id: str) -> Claim:
    """One of this person's claims with its lines; Http404 for any other."""
    with across_merchants("a person's own claims, of what they bought anywhere"):
        lines = Prefetch("line", LineItem.objects.select_related("session__merchant"))
        asked = Prefetch("lines", ClaimLine.objects.order_by("pk").prefetch_related(lines))
        found = Claim.objects.filter(account=account, public_id=public_id).prefetch_related(asked).first()
    if found is None:
        raise Http404
    return found
