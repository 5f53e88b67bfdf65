"""The form in which support judges any title."""

from __future__ import annotations

from typing import Any

from django import forms
from unfold.widgets import (
    UnfoldAdminSelectWidget,
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
        return Item(title=self.cleaned_data["title"], brand=self.cleaned_data["brand"], gtin=self.cleaned_data["gtin"])
