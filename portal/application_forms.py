"""What applicants type, read and judged."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils import timezone

from merchants.onboarding.models import Application, ApplicationDocument

EIN = re.compile(r"^\d{2}-?\d{7}$")
COMMON_MCCS = "5912 drug stores, 8042 optometrists, 8021 dentists, 8011 doctors, 5976 orthopaedic goods, 5411 grocers"


class StartForm(forms.Form):
    name = forms.CharField(
        label="Name of the business", max_length=80, widget=forms.TextInput(attrs={"autocomplete": "organization"})
    )
    email = forms.EmailField(
        label="Your e-mail address", max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )


class Dollars(forms.DecimalField):
    """Dollars as they are typed, cents as they are kept."""

    def __init__(self, **more: Any) -> None:
        super().__init__(max_digits=11, decimal_places=2, min_value=Decimal("0.01"), required=False, **more)
        self.widget.attrs.update({"inputmode": "decimal", "step": "0.01"})

    def prepare_value(self, value: Any) -> Any:
        return f"{Decimal(value) / 100:.2f}" if isinstance(value, int) else value

    def clean(self, value: Any) -> int | None:
        dollars = super().clean(value)
        return None if dollars is None else int(dollars * 100)


def _text(label: str, length: int, help_text: str = "", **attrs: str) -> forms.CharField:
    return forms.CharField(
        label=label, max_length=length, required=False, help_text=help_text, widget=forms.TextInput(attrs=attrs)
    )


class BusinessForm(forms.Form):
    """Everything may be left out until the application is submitted."""

    name = _text("Name that shoppers know", 80)
    legal_name = _text("Legal name", 120, "As on the IRS letter.", autocomplete="organization")
    kind = forms.ChoiceField(label="Kind of business", required=False, choices=[("", "Choose…"), *Application.Kind.choices])
    ein = _text("EIN", 10, "Nine digits, such as 12-3456789.", inputmode="numeric", autocomplete="off")
    address = forms.CharField(
        label="Business address", max_length=400, required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="As it will stand on receipts: one part a line.",
    )  # fmt: skip
    website = forms.URLField(label="Website", max_length=200, required=False, assume_scheme="https")
    mcc = forms.CharField(
        label="Merchant category code", required=False, max_length=4, help_text=f"Four digits: {COMMON_MCCS}.",
        validators=[RegexValidator(r"^\d{4}$", "Four digits.")], widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )  # fmt: skip
    sells = forms.CharField(label="What you sell", max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 3}))
    monthly_volume_cents = Dollars(label="Expected sales a month, in dollars")
    largest_sale_cents = Dollars(label="Largest single sale, in dollars")
    claims_iias = forms.BooleanField(label="Our tills or shop are IIAS certified (SIGIS)", required=False)
    claims_ninety_percent = forms.BooleanField(label="At least 90% of our sales are health care (90% rule)", required=False)
    bank_name = _text("Bank that your payouts go to", 120, "Account numbers are asked for once you are live.")

    def clean_ein(self) -> str:
        ein = str(self.cleaned_data["ein"]).strip()
        if ein and not EIN.match(ein):
            raise forms.ValidationError("An EIN has nine digits, such as 12-3456789.")
        digits = ein.replace("-", "")
        return f"{digits[:2]}-{digits[2:]}" if digits else ""


class PersonForm(forms.Form):
    full_name = forms.CharField(label="Full name", max_length=120, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    born_on = forms.DateField(label="Date of birth", widget=forms.DateInput(attrs={"type": "date"}))
    address = forms.CharField(
        label="Home address", max_length=400, widget=forms.Textarea(attrs={"rows": 2, "autocomplete": "off"})
    )
    ssn = forms.CharField(
        label="Social security number", max_length=11, help_text="Sealed as soon as it arrives; pages show its last four digits.",
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )  # fmt: skip
    title = forms.CharField(label="Title", max_length=60, required=False, help_text="Such as Managing member.")
    owned_percent = forms.IntegerField(label="Owns, in per cent", min_value=0, max_value=100, initial=0, required=False)
    is_control = forms.BooleanField(label="This person controls the business (one person does)", required=False)

    def clean_born_on(self) -> str:
        born: date = self.cleaned_data["born_on"]
        years = (timezone.now().date() - born).days // 365
        if not 18 <= years <= 120:
            raise forms.ValidationError("Somebody of age: check the year.")
        return born.isoformat()

    def clean_owned_percent(self) -> int:
        return int(self.cleaned_data["owned_percent"] or 0)


class DocumentForm(forms.Form):
    paper_kind = forms.ChoiceField(label="What it is", choices=ApplicationDocument.Kind.choices)
    file = forms.FileField(
        label="PDF, PNG or JPEG, at most 5 MB", widget=forms.FileInput(attrs={"accept": ".pdf,.png,.jpg,.jpeg"})
    )


class LimitsForm(forms.Form):
    """The four limits of a merchant. Empty: no limit."""

    per_sale_cents = Dollars(label="Largest sale, in dollars")
    daily_volume_cents = Dollars(label="Sales a day, in dollars")
    monthly_volume_cents = Dollars(label="Sales a month, in dollars")
    payout_daily_cents = Dollars(label="Payouts a day, in dollars")
