"""What is typed on the pages of payouts and bank accounts, read and judged."""

from __future__ import annotations

import secrets
from typing import Any

from django import forms

from common.money import cents_typed, dollars
from treasury.models import BankAccount, PayoutPolicy


class DollarsField(forms.CharField):
    """An amount in dollars, cleaned to cents; None where it is left empty."""

    def __init__(self, **more: Any) -> None:
        super().__init__(max_length=20, **more)
        self.widget.attrs |= {"inputmode": "decimal", "autocomplete": "off"}

    def clean(self, value: Any) -> int | None:
        text = super().clean(value)
        if not text:
            return None
        cents = cents_typed(text)
        if cents is None:
            raise forms.ValidationError("Type an amount in dollars and cents, such as 1250.00.")
        return cents


class PayoutForm(forms.Form):
    """All of it goes only where somebody says so: an empty amount, as in a page that was opened again, is none."""

    share = forms.ChoiceField(
        choices=[("amount", "This amount"), ("all", "All that is available")],
        widget=forms.RadioSelect,
        initial="amount",
        label="How much",
    )
    amount = DollarsField(required=False, label="Amount, $")
    speed = forms.ChoiceField(
        choices=[("instant", "In seconds"), ("standard", "With the next run to the bank: the next business day")],
        widget=forms.RadioSelect,
        initial="standard",
        label="How fast",
    )
    description = forms.CharField(max_length=80, required=False, label="Your own words (optional)")
    request_key = forms.CharField(max_length=64, widget=forms.HiddenInput, initial=lambda: secrets.token_urlsafe(16))

    def clean(self) -> dict[str, Any]:
        """`amount`: in cents, None for all."""
        if self.cleaned_data.get("share") == "all":
            self.cleaned_data["amount"] = None
        elif "amount" in self.cleaned_data and self.cleaned_data["amount"] is None:
            self.add_error("amount", "Type an amount, or choose all that is available.")
        return self.cleaned_data


class ScheduleForm(forms.Form):
    schedule = forms.ChoiceField(choices=PayoutPolicy.Schedule.choices, label="When to pay out")
    weekday = forms.TypedChoiceField(
        choices=list(enumerate(("Monday", "Tuesday", "Wednesday", "Thursday", "Friday"))), coerce=int, required=False, empty_value="0", label="Day of a weekly payout"
    )  # fmt: skip
    threshold = DollarsField(required=False, label="Pay out from, $", help_text="Of “when enough has come together”.")
    minimum = DollarsField(required=False, label="Smallest payout, $")

    def clean_minimum(self) -> int:
        return max(1, self.cleaned_data["minimum"] or 1)

    def clean(self) -> dict[str, Any]:
        typed = self.cleaned_data
        if typed.get("schedule") == PayoutPolicy.Schedule.THRESHOLD and "threshold" in typed and "minimum" in typed:
            if not typed["threshold"]:
                self.add_error("threshold", "Type from which amount on your money is paid out.")
            elif typed["threshold"] < typed["minimum"]:
                self.add_error(
                    "threshold", f"Type at least {dollars(typed['minimum'])}: nothing below your smallest payout is paid out."
                )
        return typed


class BankAccountForm(forms.Form):
    holder = forms.CharField(max_length=80, label="Account holder", help_text="The name as the bank has it.")
    routing_number = forms.CharField(
        max_length=20, label="Routing number", help_text="Nine digits, at the bottom left of a cheque."
    )
    account_number = forms.CharField(max_length=30, label="Account number", help_text="Right of the routing number.")
    kind = forms.ChoiceField(choices=BankAccount.Kind.choices, label="Kind of account")
    code = forms.CharField(
        max_length=40, required=False, label="Code of your second factor",
        help_text="The six digits of your app, or a recovery code: whoever changes where money goes proves to be there.",
    )  # fmt: skip

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        for field in self.fields.values():
            field.widget.attrs["autocomplete"] = "off"


class AmountsForm(forms.Form):
    first = forms.IntegerField(min_value=1, max_value=99, label="First amount, cents", help_text="Such as 9 for $0.09.")
    second = forms.IntegerField(min_value=1, max_value=99, label="Second amount, cents")
