"""The form in which support judges any title."""

from __future__ import annotations

from typing import Any

from django import forms
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from eligibility.decision import STATUS_WORDS, Item
from eligibility.gtin import gtin14
from eligibility.taxonomy import STATUSES, taxonomy
from merchants.models import Merchant


def category_choices() -> list[tuple[str, Any]]:
    """All categories, grouped by what follows from them."""
    groups = [
        (
            STATUS_WORDS[status],
            sorted(((c.code, c.name) for c in taxonomy().categories if c.status == status), key=lambda c: c[1]),
        )
        for status in STATUSES
    ]
    return [("", "Choose what it is"), *groups]


class TryTitleForm(forms.Form):
    title = forms.CharField(max_length=500, widget=UnfoldAdminTextInputWidget(), help_text="As the shop writes it.")
    brand = forms.CharField(max_length=120, required=False, widget=UnfoldAdminTextInputWidget())
    gtin = forms.CharField(
        label="GTIN",
        max_length=20,
        required=False,
        widget=UnfoldAdminTextInputWidget(),
        help_text="The number under the bar code.",
    )
    description = forms.CharField(
        max_length=5000, required=False, widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text="Read only where the title is shorter than three words.",
    )  # fmt: skip
    price = forms.DecimalField(
        required=False, min_value=0, max_digits=9, decimal_places=2, widget=UnfoldAdminTextInputWidget(attrs={"inputmode": "decimal"}),
        help_text="In dollars. It says nothing about medical care; here so that you can see that.",
    )  # fmt: skip
    merchant = forms.ModelChoiceField(
        Merchant.objects.all(), widget=UnfoldAdminSelectWidget(), empty_label="Choose a merchant",
        help_text="What people decided is kept for each merchant.",
    )  # fmt: skip

    def clean_gtin(self) -> str:
        written = str(self.cleaned_data["gtin"]).strip()
        if written and gtin14(written) is None:
            raise forms.ValidationError("This is no GTIN: it needs 8, 12, 13 or 14 digits of which the last checks the others.")
        return written

    def item(self) -> Item:
        cleaned = self.cleaned_data
        price = cleaned.get("price")
        return Item(
            title=cleaned["title"], brand=cleaned["brand"], gtin=cleaned["gtin"], description=cleaned["description"],
            price_cents=None if price is None else int(price * 100),
        )  # fmt: skip
