"""Till sales in the portal: forms, and rows ready for templates."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Final

from django import forms

from common.card_numbers import holds_card_number
from pos_monitor.models import RefusedSale, TillDay, TillSale, TillSettings

MOST_DOLLARS: Final = 10_000
NAMES: Final = {
    "sales_count": "Sales", "sales_cents": "Sold", "benefit_cents": "On benefit cards", "ordinary_cents": "On other cards",
    "voids_count": "Voids", "voids_cents": "Voided", "net_cents": "Net", "only_at_till": "Sales that only the till has",
    "only_on_platform": "Sales that only we have",
}  # fmt: skip


class OfflineForm(forms.Form):
    """What a till may risk on one card while nobody can be asked."""

    benefit = forms.DecimalField(
        label="On a benefit card, dollars", min_value=0, max_value=MOST_DOLLARS, max_digits=7, decimal_places=2
    )
    ordinary = forms.DecimalField(
        label="On another card, dollars", min_value=0, max_value=MOST_DOLLARS, max_digits=7, decimal_places=2
    )
    footer = forms.CharField(
        label="At the foot of receipts", max_length=200, required=False, help_text="Such as opening hours, or thanks."
    )

    @classmethod
    def of(cls, row: TillSettings) -> OfflineForm:
        return cls(
            initial={
                "benefit": Decimal(row.offline_benefit_cents) / 100, "ordinary": Decimal(row.offline_ordinary_cents) / 100,
                "footer": row.receipt_footer,
            }
        )  # fmt: skip

    def clean_footer(self) -> str:
        return no_card_number(self.cleaned_data["footer"])

    def settings(self) -> dict[str, Any]:
        said = self.cleaned_data
        return {
            "offline_benefit_cents": int(said["benefit"] * 100), "offline_ordinary_cents": int(said["ordinary"] * 100),
            "receipt_footer": said["footer"],
        }  # fmt: skip


class SettleForm(forms.Form):
    """What became of a sale that could not be paid."""

    note = forms.CharField(label="What became of it", max_length=200, min_length=3)

    def clean_note(self) -> str:
        return no_card_number(self.cleaned_data["note"])


def no_card_number(text: str) -> str:
    if holds_card_number(text):
        raise forms.ValidationError("Leave the card number out: it must not be kept here.")
    return text


def loss_rows(sales: Iterable[TillSale]) -> list[dict[str, Any]]:
    return [
        {
            "id": sale.public_id, "number": sale.sale_number, "session": sale.session.public_id, "till": str(sale.terminal),
            "shop": sale.terminal.store.name if sale.terminal.store else "", "sold_at": sale.sold_at, "amount_cents": sale.session.amount_total_cents,
            "why": sale.loss_message,
        }
        for sale in sales
    ]  # fmt: skip


def refused_rows(sales: Iterable[RefusedSale]) -> list[dict[str, Any]]:
    """As `loss_rows`: these have no session, for nothing of them was judged."""
    return [
        {
            "id": sale.public_id, "number": sale.sale_number, "session": "", "till": str(sale.terminal),
            "shop": sale.terminal.store.name if sale.terminal.store else "", "sold_at": sale.sold_at, "amount_cents": sale.amount_total_cents,
            "why": sale.message,
        }
        for sale in sales
    ]  # fmt: skip


def day_rows(days: Iterable[TillDay]) -> list[dict[str, Any]]:
    return [
        {
            "id": day.public_id, "till": day.terminal.public_id, "on": day.business_on, "sales": day.sales_count, "sales_cents": day.sales_cents,
            "benefit_cents": day.benefit_cents, "ordinary_cents": day.ordinary_cents, "back_cents": day.failed_cents - day.voids_cents - day.refunds_cents,
            "net_cents": day.net_cents, "differences": len(day.differences),
        }
        for day in days
    ]  # fmt: skip


def difference_rows(day: TillDay) -> list[dict[str, Any]]:
    """Each difference in words, cents as cents and lists as lists."""
    return [
        {
            "name": NAMES[found["name"]], "is_cents": found["name"].endswith("_cents"), "till": _shown(found["till"]),
            "platform": _shown(found["platform"]), "count": found.get("count"),
        }
        for found in day.differences
    ]  # fmt: skip


def _shown(value: Any) -> Any:
    return ", ".join(value) or "–" if isinstance(value, list) else value
