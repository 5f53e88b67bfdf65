"""Two forms: to judge any title, and to decide what waits for review."""

from __future__ import annotations

from typing import Any

from django import forms
from unfold.widgets import (
    UnfoldAdminSelect2Widget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from eligibility.decision import STATUS_WORDS, Item
from eligibility.gtin import gtin14
from eligibility.models import ReviewRequest
from eligibility.selectors import item_key
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


class ReviewForm(forms.ModelForm):  # type: ignore[type-arg]  # has no type arguments when it runs
    """What support decides about one item."""

    category = forms.ChoiceField(
        choices=category_choices,
        widget=UnfoldAdminSelect2Widget(),
        help_text="The category decides whether benefit cards may pay.",
    )
    note = forms.CharField(
        required=False, widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text="Why: what the label or the maker says. Kept with the decision.",
    )  # fmt: skip

    class Meta:
        model = ReviewRequest
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "category" in self.fields:
            self.fields["category"].initial = self.instance.suggested_category

    def clean(self) -> dict[str, Any]:
        if item_key(requested_item(self.instance)) != self.instance.item_key:
            raise forms.ValidationError(
                "This item can no longer be told from its title: ask the merchant to send it again, which asks for a new review."
            )
        return super().clean() or self.cleaned_data


def requested_item(request: ReviewRequest) -> Item:
    """The item that waits. A key of fourteen digits is its GTIN, any other was made from brand and title."""
    gtin = request.item_key if gtin14(request.item_key) == request.item_key else ""
    return Item(title=request.title, brand=request.brand, gtin=gtin)
