"""Fees as Finance types them: some lines of rates, a time, a reason."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from django import forms
from django.utils import timezone

from merchants.models import Merchant
from treasury.models import FeeRate
from treasury.models.fees import MOST_BASIS_POINTS
from treasury.pricing.fees import Rate
from treasury.services.cases import SHORTEST_REASON

LINES: Final = 8
COLUMNS: Final = ("channel", "card", "volume", "percent", "fixed")
FINANCE_ZONE: Final = ZoneInfo("America/New_York")  # where the banks' days are


class FeeForm(forms.Form):
    """A line without a percentage is no line."""

    merchant = forms.ModelChoiceField(
        Merchant.objects.order_by("name"), required=False, label="Merchant", empty_label="everybody without fees of their own"
    )
    effective_at = forms.DateTimeField(
        label="Holds from", widget=forms.DateTimeInput(attrs={"type": "datetime-local"}), help_text="New York time. What is captured before pays as it did."
    )  # fmt: skip
    returns_fee = forms.BooleanField(required=False, label="The percentage comes back with a refund")
    reason = forms.CharField(min_length=SHORTEST_REASON, max_length=200, label="Why", help_text="For the person who decides.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for line in range(LINES):
            self.fields[f"channel_{line}"] = forms.ChoiceField(choices=FeeRate.Channel.choices, required=False, label="Sold")
            self.fields[f"card_{line}"] = forms.ChoiceField(choices=FeeRate.Card.choices, required=False, label="Paid by")
            self.fields[f"volume_{line}"] = _number(12, "From a month of, $")
            self.fields[f"percent_{line}"] = _number(5, "Share, %", most=Decimal(MOST_BASIS_POINTS) / 100)
            self.fields[f"fixed_{line}"] = _number(8, "And for each card, ¢", places=0)
        for name, field in self.fields.items():
            if name.rpartition("_")[2].isdigit():
                field.widget.attrs["aria-label"] = f"{field.label}, line {int(name.rpartition('_')[2]) + 1}"

    def plain(self) -> Iterator[forms.BoundField]:
        return (self[name] for name in ("merchant", "effective_at", "returns_fee", "reason"))

    def lines(self) -> list[list[forms.BoundField]]:
        return [[self[f"{column}_{line}"] for column in COLUMNS] for line in range(LINES)]

    def clean_effective_at(self) -> Any:
        typed = self.cleaned_data["effective_at"]
        return timezone.make_aware(timezone.make_naive(typed, timezone.get_current_timezone()), FINANCE_ZONE)

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        for line in range(LINES):
            if said.get(f"percent_{line}") is None and (said.get(f"fixed_{line}") or said.get(f"volume_{line}")):
                self.add_error(f"percent_{line}", "Write a share, of 0 if only the fixed part is asked for.")
        if not self.errors and not self.rates():
            self.add_error(None, "Write at least one line with a share.")
        return said

    def rates(self) -> list[Rate]:
        said = self.cleaned_data
        return [
            Rate(
                said[f"channel_{line}"] or "any", said[f"card_{line}"] or "any", int((said[f"volume_{line}"] or 0) * 100),
                int(said[f"percent_{line}"] * 100), int(said[f"fixed_{line}"] or 0),
            )
            for line in range(LINES)
            if said.get(f"percent_{line}") is not None
        ]  # fmt: skip

    @staticmethod
    def of(rates: Sequence[Rate]) -> dict[str, Any]:
        """What the form shows first: these rates."""
        shown: dict[str, Any] = {}
        for line, rate in enumerate(rates[:LINES]):
            shown |= {
                f"channel_{line}": rate.channel, f"card_{line}": rate.card, f"volume_{line}": Decimal(rate.from_volume_cents) / 100,
                f"percent_{line}": Decimal(rate.basis_points) / 100, f"fixed_{line}": rate.fixed_cents,
            }  # fmt: skip
        return shown


def _number(digits: int, label: str, *, places: int = 2, most: Decimal | None = None) -> forms.DecimalField:
    return forms.DecimalField(
        required=False, min_value=Decimal(0), max_value=most, max_digits=digits, decimal_places=places, label=label,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )  # fmt: skip
