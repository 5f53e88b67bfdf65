"""What is asked about a source, and the page that asks it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final
from zoneinfo import available_timezones

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from common.admin_cells import list_url, row_url
from eligibility.catalogue.tasks import soon
from eligibility.lists.keeping import add_source, change_source
from eligibility.lists.settings import SETTINGS, SettingsRefused
from eligibility.lists.shares import number
from eligibility.lists.tasks import watch_lists
from eligibility.models import ListSource

FETCHED: Final = [(ListSource.Kind.HTTPS, "HTTPS"), (ListSource.Kind.SFTP, "SFTP")]
# Heading, a sentence, and the fields below it.
GROUPS: Final = (
    ("The list", "", ("list_id", "name", "zone")),
    ("Where it is fetched", "Nothing is believed that the publisher's key has not signed.", ("kind", "url", "public_key", "secret", "forgets_secret")),
    ("SFTP alone", "The server must prove its key before we show ours.", ("username", "host_key")),
    ("When", "", ("check_every_min", "window_from", "window_until", "small_rows", "rows_per_s")),
    ("What waits for a person", "In shares of the products on the list, or of the rows of the file. On a list of fewer than 100 products shares say nothing.",
     ("gone_limit_percent", "change_limit_percent", "fault_limit_percent")),
)  # fmt: skip


def _text(**more: Any) -> Any:
    return UnfoldAdminTextInputWidget(attrs={"autocomplete": "off", "spellcheck": "false", **more})


def _number(**more: Any) -> Any:
    return UnfoldAdminTextInputWidget(attrs={"inputmode": "numeric", "autocomplete": "off", **more})


class SecretArea(UnfoldAdminTextareaWidget):  # type: ignore[misc]  # unfold ships no types
    """What is typed is never sent back, not even where another field is wrong."""

    def get_context(self, name: str, value: Any, attrs: Any) -> Any:
        return super().get_context(name, None, attrs)


class SourceForm(forms.Form):
    """A source, new or known. What is wrong with what is typed is said by `eligibility.lists.settings`."""

    list_id = forms.CharField(
        label="Id of the list", max_length=40, widget=_text(), help_text="As the publisher's index calls it."
    )
    name = forms.CharField(max_length=120, widget=_text(), help_text="As decisions name it: “GTIN … is on <name>”.")
    zone = forms.CharField(
        label="Time zone",
        max_length=40,
        initial="America/New_York",
        widget=_text(list="zones"),
        help_text="The list's days begin at midnight there.",
    )
    kind = forms.ChoiceField(label="Fetched over", choices=FETCHED, widget=UnfoldAdminSelectWidget())
    url = forms.CharField(
        label="Address", max_length=300, widget=_text(inputmode="url"),
        help_text="Of the folder that holds index.json: https://… or sftp://host:port/folder.",
    )  # fmt: skip
    public_key = forms.CharField(
        label="Key that verifies the index",
        max_length=60,
        widget=_text(),
        help_text="The publisher's Ed25519 key: 32 bytes in base64.",
    )
    secret = forms.CharField(
        max_length=8_000, required=False, strip=False, widget=SecretArea(attrs={"rows": 3, "autocomplete": "off", "spellcheck": "false"}),
        help_text="HTTPS: a bearer token, if the publisher asks for one. SFTP: a private key in OpenSSH's form, or a password. Sealed, and never shown again.",
    )  # fmt: skip
    forgets_secret = forms.BooleanField(label="Forget the secret that is kept", required=False)
    username = forms.CharField(label="User", max_length=60, required=False, widget=_text())
    host_key = forms.CharField(
        label="Server's key", max_length=1_000, required=False, widget=UnfoldAdminTextareaWidget(attrs={"rows": 2, "spellcheck": "false"}),
        help_text="Its line of known_hosts, such as “ssh-ed25519 AAAA…”. Ask the publisher for it; do not take it from the network.",
    )  # fmt: skip
    check_every_min = forms.IntegerField(label="Asked every, in minutes", initial=360, widget=_number())
    window_from = forms.TimeField(
        label="Quiet hours from",
        required=False,
        widget=_text(placeholder="22:00"),
        help_text="Large files begin after this, in the list's time zone …",
    )
    window_until = forms.TimeField(
        label="Quiet hours until",
        required=False,
        widget=_text(placeholder="05:00"),
        help_text="… and before this. Empty: at any time.",
    )
    small_rows = forms.IntegerField(
        label="Rows that wait for no hours",
        min_value=0,
        max_value=10_000_000,
        initial=5_000,
        widget=_number(),
        help_text="A hot-fix is small: it is taken at once.",
    )
    rows_per_s = forms.IntegerField(
        label="Rows a second, at most",
        required=False,
        max_value=10_000_000,
        widget=_number(),
        help_text="Empty: as fast as sales allow.",
    )
    gone_limit_percent = forms.DecimalField(
        label="Leave the list, in %", max_digits=5, decimal_places=2, max_value=100, initial=5, widget=_number()
    )
    change_limit_percent = forms.DecimalField(
        label="Come or change, in %", max_digits=6, decimal_places=2, max_value=1_000, initial=10, widget=_number()
    )
    fault_limit_percent = forms.DecimalField(
        label="Rows that cannot be used, in %", max_digits=5, decimal_places=2, max_value=100, initial=1, widget=_number()
    )

    def __init__(self, *args: Any, source: ListSource | None, **kwargs: Any) -> None:
        if source is not None:
            kwargs["initial"] = {name: _shown(getattr(source, name)) for name in SETTINGS}
        super().__init__(*args, **kwargs)
        if source is None:
            del self.fields["forgets_secret"]
        else:
            self.fields["secret"].help_text = "Leave it empty and what is kept stays. Sealed, and never shown."

    def groups(self) -> list[tuple[str, str, list[forms.BoundField]]]:
        return [(title, lead, [self[name] for name in names if name in self.fields]) for title, lead, names in GROUPS]

    def settings(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in SETTINGS}


def settings_page(request: HttpRequest, source: ListSource | None, context: dict[str, Any]) -> HttpResponse:
    """The form; what is kept is checked as a whole, and each refusal stands beside what caused it."""
    form = SourceForm(request.POST if request.method == "POST" else None, source=source)
    if request.method == "POST" and form.is_valid():
        try:
            kept = _keep(request, form, source)
        except SettingsRefused as refused:
            for name, fault in refused.faults.items():
                form.add_error(name, fault)
        else:
            return HttpResponseRedirect(row_url("eligibility.ListSource", kept.pk))
    page = {
        **context, "title": f"How {source.name} is fetched" if source else "Add a list", "form": form, "source": source,
        "zones": sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith(("Etc/", "SystemV/"))),
        "back": row_url("eligibility.ListSource", source.pk) if source else list_url("eligibility.ListSource"),
    }  # fmt: skip
    return TemplateResponse(request, "admin/eligibility/lists/settings.html", page, status=400 if form.errors else 200)


def _keep(request: HttpRequest, form: SourceForm, source: ListSource | None) -> ListSource:
    secret = form.cleaned_data["secret"].strip()
    if source is None:
        kept = add_source(values=form.settings(), secret=secret)
        messages.success(request, "Added. Its publisher is asked now; how that goes is shown here.")
        soon(watch_lists)
        return kept
    changed = change_source(
        source=source, values=form.settings(), secret=secret, forgets_secret=form.cleaned_data["forgets_secret"]
    )
    if changed:
        messages.success(request, "Kept. Its publisher is asked anew.")
        soon(watch_lists)
    else:
        messages.success(request, "Nothing was different.")
    return source


def _shown(value: Any) -> Any:
    """A time of day without seconds, a share without zeros at its end."""
    if hasattr(value, "strftime"):
        return value.strftime("%H:%M")
    return number(value) if isinstance(value, Decimal) else value
