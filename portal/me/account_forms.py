"""Forms of a shopper's benefit accounts: dollars and dates as people type them, and only what the kind of account has."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.utils import timezone

from shoppers.benefits.models import BenefitAccount, Kind
from shoppers.benefits.terms import HAS_GRACE, ROLLS_OVER, Terms

HSA_FIELDS: Final = ("year", "coverage", "has_catch_up", "contributed_cents")
PLAN_FIELDS: Final = (
    "plan_starts_on",
    "plan_ends_on",
    "election_cents",
    "carryover_limit_cents",
    "grace_ends_on",
    "run_out_ends_on",
)
LIMITS: Final = {"required": False, "max_digits": 9, "decimal_places": 2}


class DayInput(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class CentsField(forms.DecimalField):
    """Dollars and cents as they are typed, with or without sign and commas; integer cents as they are kept."""

    widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "placeholder": "0.00"})

    def __init__(self, **more: Any) -> None:
        super().__init__(**{**LIMITS, **more})

    def to_python(self, value: Any) -> Any:
        return super().to_python(str(value or "").replace("$", "").replace(",", "").strip())

    def clean(self, value: Any) -> int | None:
        dollars: Decimal | None = super().clean(value)
        return None if dollars is None else int(dollars * 100)

    def prepare_value(self, value: Any) -> Any:
        return f"{value // 100}.{value % 100:02d}" if isinstance(value, int) else value


def _day(label: str, *, required: bool = False, help_text: str = "") -> forms.DateField:
    return forms.DateField(label=label, required=required, widget=DayInput(), help_text=help_text)


class BenefitForm(forms.Form):
    """One account. Fields that its kind does not have are left out."""

    administrator = forms.CharField(
        label="Who runs it",
        max_length=80,
        required=False,
        help_text="As on your card or in its letters, such as “Northwind Benefits”.",
    )
    year = forms.IntegerField(
        label="Year", min_value=2015, max_value=2099, help_text="An HSA counts by calendar year. Its money stays yours."
    )
    coverage = forms.ChoiceField(label="Your health plan covers", choices=BenefitAccount.Coverage.choices)
    contributed_cents = CentsField(label="Paid in for this year", help_text="By you and your employer together.")
    has_catch_up = forms.BooleanField(label="I am 55 or older this year", required=False)
    plan_starts_on = _day("Plan year begins", required=True)
    plan_ends_on = _day("Plan year ends", required=True)
    election_cents = CentsField(label="Chosen for the year", help_text="What you signed up for, if you know it.")
    carryover_limit_cents = CentsField(
        label="Rolls over into the next year, at most", help_text="Leave it empty if nothing rolls over."
    )
    grace_ends_on = _day(
        "Grace period ends",
        help_text="Leave it empty if there is none. A plan has a grace period or lets money roll over, never both.",
    )
    run_out_ends_on = _day("Last day for claims", help_text="For what you spent in time. Leave it empty if you do not know.")
    balance_cents = CentsField(label="Left in it now", help_text="What the card or its app shows.")

    def __init__(self, *args: Any, kind: str, is_new: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind = kind
        left_out = set(PLAN_FIELDS if kind == Kind.HSA else HSA_FIELDS)
        left_out |= {"carryover_limit_cents"} if kind not in ROLLS_OVER else set()
        left_out |= {"grace_ends_on"} if kind not in HAS_GRACE else set()
        left_out |= set() if is_new else {"balance_cents"}
        for name in left_out & set(self.fields):
            del self.fields[name]
        if kind == Kind.HRA and "carryover_limit_cents" in self.fields:
            self.fields["carryover_limit_cents"].help_text = "Leave it empty if nothing rolls over; some plans let all of it."

    def terms(self) -> Terms:
        told = dict(self.cleaned_data)
        told.pop("balance_cents", None)
        if "year" in told:
            year = told.pop("year")
            told |= {"plan_starts_on": date(year, 1, 1), "plan_ends_on": date(year, 12, 31)}
        return Terms(kind=self.kind, **told)

    def refuse(self, message: str, param: str | None) -> None:
        """Put a refusal beside the field that caused it."""
        name = "year" if param in {"plan_starts_on", "plan_ends_on"} and self.kind == Kind.HSA else param
        self.add_error(name if name in self.fields else None, message)


class BalanceForm(forms.Form):
    """What is left, and since when."""

    amount_cents = CentsField(label="Left in it", required=True)
    as_of = _day("On", required=True)

    def refuse(self, message: str, param: str | None) -> None:
        self.add_error(param if param in self.fields else None, message)


def first_of(kind: str) -> dict[str, Any]:
    """What a new form begins with: this year."""
    year = timezone.localdate().year
    return {"year": year} if kind == Kind.HSA else {"plan_starts_on": date(year, 1, 1), "plan_ends_on": date(year, 12, 31)}


def known_of(benefit: BenefitAccount) -> dict[str, Any]:
    names = ("administrator", "coverage", "contributed_cents", "has_catch_up", *PLAN_FIELDS)
    return {name: getattr(benefit, name) for name in names} | {"year": benefit.plan_starts_on.year}
