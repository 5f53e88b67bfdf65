"""What is asked about a feed of products."""

from __future__ import annotations

from typing import Any

from django import forms

from common.outgoing.urls import MAX_URL_LENGTH
from eligibility.catalogue.jobs.columns import HEADINGS
from eligibility.models import CatalogueFeed
from eligibility.models.feeds import EVERY_HOURS

RHYTHMS = [
    (hours, "once a day" if hours == 24 else "every hour" if hours == 1 else f"every {hours} hours") for hours in EVERY_HOURS
]
HOURS = [(hour, f"{(hour % 12) or 12} {'AM' if hour < 12 else 'PM'}") for hour in range(24)]
FIND_OUT = [("", "Find out by itself"), *CatalogueFeed.Format.choices]


class FeedForm(forms.Form):
    """A feed, new or known. A secret that is left empty stays as it is."""

    name = forms.CharField(max_length=80, help_text="For you, such as “Web shop”.")
    url = forms.CharField(
        label="Address", max_length=MAX_URL_LENGTH, widget=forms.URLInput(attrs={"autocomplete": "off"}),
        help_text="Public and https://, of one file: an export of Google Merchant or WooCommerce, CSV, JSON lines; gzip is fine.",
    )  # fmt: skip
    every_hours = forms.TypedChoiceField(label="How often", choices=RHYTHMS, coerce=int, initial=24)
    at_hour = forms.TypedChoiceField(label="Counted from", choices=HOURS, coerce=int, initial=3)
    format = forms.ChoiceField(choices=FIND_OUT, required=False)
    auth_kind = forms.ChoiceField(label="How we are let in", choices=CatalogueFeed.Auth.choices, initial="none")
    auth_name = forms.CharField(label="User name, or name of the header", max_length=120, required=False)
    auth_secret = forms.CharField(
        label="Password, or what the header says", max_length=2_000, required=False, strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}), help_text="Sealed, and never shown again.",
    )  # fmt: skip
    columns = forms.CharField(
        required=False, max_length=4_000, widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        help_text="Usual headings are known. For others one line each: <code>title = Product text</code>.",
    )  # fmt: skip
    switches_off_missing = forms.BooleanField(label="Switch off products that the feed no longer names", required=False)

    def __init__(self, *args: Any, zone: str, feed: CatalogueFeed | None = None, **kwargs: Any) -> None:
        if feed is not None:
            names = ("name", "url", "every_hours", "at_hour", "format", "auth_kind", "auth_name", "switches_off_missing")
            lines = "\n".join(f"{field} = {column}" for field, column in feed.columns.items())
            kwargs["initial"] = {name: getattr(feed, name) for name in names} | {"columns": lines}
        super().__init__(*args, **kwargs)
        self.is_new = feed is None
        self.fields["at_hour"].help_text = f"An hour of {zone.replace('_', ' ')}."
        if feed is not None and feed.auth_secret is not None:
            self.fields[
                "auth_secret"
            ].help_text = "One is kept, sealed. Leave this empty and it stays; for an address on another server give it again."

    def clean_columns(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for line in self.cleaned_data["columns"].splitlines():
            field, _, column = (part.strip() for part in line.partition("="))
            if line.strip() and (field not in HEADINGS or not column):
                raise forms.ValidationError(f"“{line[:60]}”: write one of {', '.join(HEADINGS)}, then = and your column.")
            if field:
                found[field] = column
        return found

    def said(self) -> dict[str, Any]:
        """The fields as services know them."""
        data = dict(self.cleaned_data)
        if not data["auth_secret"] and not self.is_new:
            del data["auth_secret"]
        return data
