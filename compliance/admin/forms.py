"""Forms of the register."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from unfold.widgets import (
    UnfoldAdminFileFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminSingleDateWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from compliance.models import Finding
from compliance.services.findings import steps_for
from people.models import User


def staff() -> Any:
    return User.objects.filter(is_active=True, is_staff=True).order_by("username")


class NewFindingForm(forms.ModelForm):  # type: ignore[type-arg]  # has no type arguments when it runs
    """What an auditor writes down."""

    class Meta:
        model = Finding
        fields = ("title", "framework", "control_id", "severity", "due_on", "owner", "description")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "owner" in self.fields:
            self.fields["owner"].queryset = staff()  # type: ignore[attr-defined]


class StepForm(forms.ModelForm):  # type: ignore[type-arg]
    """What may be done with a finding now: take a step, give it to somebody, add evidence. Each of them is optional."""

    step = forms.ChoiceField(required=False, label="Next step", widget=UnfoldAdminSelectWidget())
    note = forms.CharField(
        required=False,
        max_length=4000,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text="What was done, or why. Kept for good; no personal data.",
    )
    new_owner = forms.ModelChoiceField(User.objects.none(), required=False, label="Owner", widget=UnfoldAdminSelectWidget())
    new_due_on = forms.DateField(required=False, label="Due", widget=UnfoldAdminSingleDateWidget())
    link = forms.CharField(
        required=False, label="A link", max_length=500, widget=UnfoldAdminTextInputWidget(), help_text="https://…"
    )
    file = forms.FileField(
        required=False,
        label="A file",
        widget=UnfoldAdminFileFieldWidget(),
        help_text="PDF, PNG, JPEG, ZIP or text, at most 5 MB.",
    )

    class Meta:
        model = Finding
        fields: tuple[str, ...] = ()

    user: User

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "step" in self.fields:
            steps = steps_for(self.instance, self.user)
            self.fields["step"].choices = [("", "None"), *((name, step.words) for name, step in steps.items())]  # type: ignore[attr-defined]
        if "new_owner" in self.fields:
            self.fields["new_owner"].queryset = staff()  # type: ignore[attr-defined]
            self.fields["new_owner"].initial = self.instance.owner_id
            self.fields["new_due_on"].initial = self.instance.due_on


class DrillForm(forms.Form):
    """A drill that was made elsewhere."""

    started_at = forms.DateTimeField(
        label="Started, UTC", widget=UnfoldAdminTextInputWidget(attrs={"placeholder": "2026-11-22 06:00"})
    )
    duration_minutes = forms.IntegerField(
        label="It took, in minutes", min_value=0, max_value=100_000, widget=UnfoldAdminTextInputWidget()
    )
    backup = forms.CharField(
        label="Which backup", max_length=200, widget=UnfoldAdminTextInputWidget(), help_text="Its name, and when it was taken."
    )
    result = forms.ChoiceField(choices=[("passed", "Passed"), ("failed", "Failed")], widget=UnfoldAdminSelectWidget())
    note = forms.CharField(required=False, max_length=4000, widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}))


class ExportForm(forms.Form):
    """The period of an evidence file."""

    since = forms.DateField(label="First day", widget=UnfoldAdminSingleDateWidget(), help_text="UTC.")
    until = forms.DateField(label="Last day", widget=UnfoldAdminSingleDateWidget())
    with_emails = forms.BooleanField(
        label="With people’s e-mail addresses", required=False, widget=UnfoldBooleanSwitchWidget(),
        help_text="Else people are named by id alone. Stands in the manifest and in the audit trail.",
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if {"since", "until"} <= given.keys() and given["since"] > given["until"]:
            raise forms.ValidationError("The last day lies before the first.")
        return given

    def period(self) -> tuple[datetime, datetime]:
        first, last = self.cleaned_data["since"], self.cleaned_data["until"] + timedelta(days=1)
        return datetime.combine(first, time.min, tzinfo=UTC), datetime.combine(last, time.min, tzinfo=UTC)


class ImportForm(forms.Form):
    file = forms.FileField(
        label="CSV file", widget=UnfoldAdminFileFieldWidget(), help_text="UTF-8 with the headings below, at most 1 MB."
    )


def quarter_until_today() -> dict[str, Any]:
    today = timezone.now().date()
    return {"since": today - timedelta(days=91), "until": today}
