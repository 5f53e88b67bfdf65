"""What sells with benefit cards, what could have, and why it did not: asked over days and stores of one merchant."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.db.models import F, Min, Q, QuerySet, Sum

from checkout.card_rules import Line, judge_card
from checkout.card_rules.reasons import note_for
from checkout.split import certification_of
from eligibility.decision import Decision
from eligibility.taxonomy import taxonomy
from merchants.models import Merchant
from pos_monitor.models import Store
from sales.models import ItemDay

Fate = ItemDay.Fate
MISSED: Final = (Fate.NO_CARD, Fate.DECLINED)  # eligible, and wholly paid by another card
TOP: Final = 50
# Why a line, or a part of it, was not on a benefit card although it might have been: what a merchant can do about it.
NEAR: Final = {
    Fate.LETTER: ("Needs a letter", "Offer the letter at checkout: with one these items are eligible for that shopper."),
    Fate.RX: ("Needs a prescription", "Eligible once a prescription is on file."),
    Fate.UNKNOWN: ("Not known yet", "Give these products a GTIN or a clearer title under Products, or ask for a review."),
    Fate.UNPROVEN: ("Not confirmed yet", "Judged eligible by the model alone; once a list or a reviewer confirms it, the card may pay."),
    Fate.ACCOUNT: ("Another kind of account", "The card's account does not pay for this kind of item, as a limited-purpose FSA."),
    Fate.KEPT_OFF: ("Kept off the card", "The shopper kept it off, or a rule of the card, your category code or your certification did."),
    Fate.SHORT: ("The card's money ran out", "The benefit card paid for other items and had nothing left for these."),
    Fate.PART: ("Paid in part", "The benefit card's balance or limit covered a part."),
    Fate.DECLINED: ("The card was declined", "A benefit card was tried first; see Declines for the causes."),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """Days, both included, and the stores; None: all of them, and what was sold in none."""

    merchant: Merchant
    first: date
    last: date
    store: str = ""
    region: str = ""

    def rows(self) -> QuerySet[ItemDay]:
        found = ItemDay.objects.filter(merchant=self.merchant, day_on__range=(self.first, self.last))
        stores = self.stores()
        return found if stores is None else found.filter(store__in=stores)

    def stores(self) -> list[int] | None:
        """Row ids; None where no store or region is asked for. One that there is not has none."""
        if not self.store and not self.region:
            return None
        found = Store.objects.filter(merchant=self.merchant)
        found = found.filter(public_id=self.store) if self.store else found
        return list((found.filter(region=self.region) if self.region else found).values_list("pk", flat=True))


def totals(asked: Asked) -> dict[str, int]:
    """In cents: sold, eligible of it, on benefit cards, and eligible but wholly paid otherwise."""
    missed = Q(status="eligible", fate__in=MISSED)
    found = asked.rows().aggregate(
        sold=Sum("total_cents"), eligible=Sum("total_cents", filter=Q(status="eligible")), benefit=Sum("benefit_cents"),
        missed=Sum("total_cents", filter=missed),
    )  # fmt: skip
    return {name: cents or 0 for name, cents in found.items()}


def top_items(asked: Asked, limit: int = TOP) -> list[dict[str, Any]]:
    """By what benefit cards paid for them, most first."""
    found = _by_item(asked.rows().filter(benefit_cents__gt=0)).order_by("-benefit", "item_key")
    return [row | {"category_name": _name(row["in_category"])} for row in found[:limit]]


def missed_items(asked: Asked, limit: int = TOP) -> list[dict[str, Any]]:
    """Eligible items that other cards paid for wholly, most first."""
    found = _by_item(asked.rows().filter(status="eligible", fate__in=MISSED)).order_by("-sold", "item_key")
    return [row | {"category_name": _name(row["in_category"])} for row in found[:limit]]


def _by_item(rows: QuerySet[ItemDay]) -> Any:
    """A row a key, with sums: no model knows its columns."""
    grouped: Any = rows.order_by().values("item_key")
    return grouped.annotate(
        name=Min("title"), in_category=Min("category"), sold_units=Sum("units"), sold=Sum("total_cents"), benefit=Sum("benefit_cents"),
        lines=Sum("lines_count"),
    )  # fmt: skip


def by_category(asked: Asked) -> list[dict[str, Any]]:
    """Sold and eligible by category, most eligible first; the share is of the category's sales."""
    grouped: Any = asked.rows().order_by().values("category")
    found = grouped.annotate(
        sold=Sum("total_cents"), eligible=Sum("total_cents", filter=Q(status="eligible")), benefit=Sum("benefit_cents")
    )  # fmt: skip
    rows = [{**row, "eligible": row["eligible"] or 0, "name": _name(row["category"])} for row in found]
    rows = [row | _share(row["eligible"], row["sold"]) for row in rows]
    return sorted(rows, key=lambda row: (-row["eligible"], -row["sold"], row["name"]))


def _share(part: int, whole: int) -> dict[str, str]:
    share = part / whole if whole else 0.0
    return {"share_text": f"{share:.4f}", "percent": f"{share:.0%}"}


def near_misses(asked: Asked) -> list[dict[str, Any]]:
    """By reason: lines, and the cents that no benefit card paid, most first."""
    found = asked.rows().filter(fate__in=NEAR).order_by().values("fate").annotate(
        lines=Sum("lines_count"), cents=Sum(F("total_cents") - F("benefit_cents"))
    )  # fmt: skip
    rows = [{**row, "title": NEAR[Fate(row["fate"])][0], "advice": NEAR[Fate(row["fate"])][1]} for row in found]
    return sorted(rows, key=lambda row: -row["cents"])


def item_rows(asked: Asked) -> Iterator[dict[str, Any]]:
    """Every item with its verdict and fate, for a file."""
    found: Any = asked.rows().order_by().values("item_key", "category", "status", "fate")
    rows = found.annotate(
        name=Min("title"),
        lines=Sum("lines_count"),
        sold_units=Sum("units"),
        sold=Sum("total_cents"),
        benefit=Sum("benefit_cents"),
    )
    for row in rows.order_by("-sold", "item_key", "status", "fate").iterator(chunk_size=2_000):
        yield row | {"category_name": _name(row["category"]), "fate_words": Fate(row["fate"]).label}


def why_no_fsa(merchant: Merchant) -> str:
    """Why an FSA card cannot pay even for listed items at this store, by its code and certification of today; empty where it can."""
    listed = Decision(
        status="eligible", category="", category_name="", bucket="otc", account_kinds=("fsa",), eligible_fraction=1.0, evidence="list", evidence_detail="",
        confidence=1.0, list_version="", model_version="", taxonomy_version="", reason="", citation="", decided_at="",
    )  # fmt: skip
    verdict = judge_card(
        [Line(listed, net_cents=100)], mcc=merchant.mcc, card_kind="fsa", certification=certification_of(merchant)
    )
    placement = verdict.lines[0].placement
    return "" if placement.is_allowed else note_for(placement.code, "fsa")


def _name(code: str) -> str:
    category = taxonomy().by_code.get(code)
    return category.name if category else code or "No category"
