"""Models: which one decides, what it is worth, and the buttons of whoever may change that."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.decorators import action
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldBooleanSwitchWidget

from common.admin import ReadOnlyAdmin, Related, in_pairs, word_filter
from common.admin_cells import badge, badge_column, column, copyable, list_links, list_url, row_link, row_url, time_column, when
from eligibility.admin.model_report import report_context
from eligibility.admin.suspects import suspects_csv, suspects_view
from eligibility.models import ModelChange, ModelServing, ModelVersion
from eligibility.registry.errors import RegistryRefused, WorseOnGolden
from eligibility.registry.offices import live_version, promote_model, roll_back_model, start_shadow, stop_shadow, version_before
from eligibility.registry.watch import GONE_AFTER
from people.models import User

F = TypeVar("F", bound=Callable[..., Any])
button: Callable[..., Callable[[F], F]] = action
State = ModelVersion.State
STATE_WORDS = {
    State.LIVE: ("Live", "good"), State.SHADOW: ("In shadow", "info"), State.CANDIDATE: ("Candidate", "silent"), State.RETIRED: ("Retired", "silent"),
}  # fmt: skip
# What can be done with a version in this state, by the ends of the actions' names.
POSSIBLE = {
    State.LIVE: ("roll_back",), State.SHADOW: ("promote", "shadow_off"), State.CANDIDATE: ("promote", "shadow_on"),
    State.RETIRED: ("promote", "shadow_on"),
}  # fmt: skip
FIGURES = (
    ("accuracy", "status_accuracy", "Accuracy"), ("macro_f1", "", "Macro-F1"), ("eligible_precision", "", "Precision on eligible"),
    ("eligible_coverage", "", "Coverage of eligible"), ("unknown_share", "", "Unknown"), ("calibration_error", "", "Calibration error"),
)  # fmt: skip


def share_text(value: Any) -> str:
    return "–" if not isinstance(value, int | float) else f"{value:.1%}"


def figure_of(row: ModelVersion, name: str, other: str = "") -> Any:
    return row.metrics.get(name, row.metrics.get(other))


def golden_text(golden: dict[str, Any]) -> str:
    if not golden:
        return "Not judged yet"
    return f"{golden['right']} of {golden['n']} right, {golden['wrongly_eligible']} wrongly eligible, {golden['unknown']} unknown"


class ReasonForm(forms.Form):
    reason = forms.CharField(
        max_length=500, widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text="Why, in at least two words. Kept for good with your name.",
    )  # fmt: skip
    instead_of = forms.CharField(required=False, widget=forms.HiddenInput())


class PromoteForm(ReasonForm):
    is_forced = forms.BooleanField(
        required=False, label="Promote it even if it is worse", widget=UnfoldBooleanSwitchWidget(),
        help_text="Only where the golden titles say so and you know why.",
    )  # fmt: skip


@admin.register(ModelVersion)
class ModelVersionAdmin(ReadOnlyAdmin):
    list_display = ("version", "state_badge", "accuracy", "precision", "coverage", "golden_figures", "registered")
    list_filter = (word_filter("state", "state", STATE_WORDS),)
    list_title = "Models"
    list_before_template = "admin/eligibility/serving.html"
    search_fields = ("version__icontains", "registered_by__icontains")
    search_help_text = "Version or who registered it"
    empty_hint = "No model is registered. The release’s own registers itself at the next “manage.py migrate”."
    ordering = ("-pk",)
    actions_detail = ("promote", "roll_back", "shadow_on", "shadow_off")
    state_badge = badge_column("state", "state", STATE_WORDS)
    registered = time_column("registered_at", "registered")
    fieldsets = (
        (None, {"fields": in_pairs("state_badge", "registered", "accuracy", "precision", "coverage", "unknown", "golden_figures", "onward")}),
        ("What it was made from", {"fields": in_pairs("taxonomy_version", "feature_version", "corpus", "encoder", "who", "trained")}),
        ("Files", {"classes": ("collapse",), "fields": ("files_table",)}),
    )  # fmt: skip
    accuracy = column("metrics", "accuracy", lambda m: share_text(m.get("accuracy", m.get("status_accuracy"))), ordering="")
    precision = column("metrics", "precision on eligible", lambda m: share_text(m.get("eligible_precision")), ordering="")
    coverage = column("metrics", "coverage of eligible", lambda m: share_text(m.get("eligible_coverage")), ordering="")
    unknown = column("metrics", "unknown", lambda m: share_text(m.get("unknown_share")), ordering="")
    golden_figures = column("golden", "golden titles", golden_text, ordering="")
    corpus = column("corpus_sha256", "corpus", copyable)
    encoder = column("encoder_sha256", "encoder", copyable)

    @admin.display(description="registered by")
    def who(self, row: ModelVersion) -> str:
        return name_of(row.registered_by)

    @admin.display(description="trained")
    def trained(self, row: ModelVersion) -> str:
        titles = row.card.get("n_titles")
        return (
            f"{row.card.get('trained_on', 'unknown')}, {titles:,} titles"
            if titles
            else str(row.card.get("trained_on", "unknown"))
        )

    @admin.display(description="files")
    def files_table(self, row: ModelVersion) -> SafeString:
        return format_html_join(
            SafeString("<br>"), "{} {}", ((name, copyable(digest)) for name, digest in sorted(row.files.items()))
        )

    @admin.display(description="go to")
    def onward(self, row: ModelVersion) -> SafeString:
        report = reverse("admin:eligibility_modelversion_report", args=[row.pk])
        suspects = reverse("admin:eligibility_modelversion_suspects", args=[row.pk])
        shadow = list_url("eligibility.ShadowDifference", shadow_version__exact=row.version)
        return list_links(("Training report", report), ("Suspected labels", suspects), ("Differences in shadow", shadow))

    def has_govern_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return request.user.has_perm("eligibility.govern_modelversion")

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """Only what can be done with this version now."""
        row = ModelVersion.objects.filter(pk=object_id).first() if str(object_id).isdigit() else None
        possible = POSSIBLE[State(row.state)] if row else ()
        return [one for one in super().get_actions_detail(request, object_id) if one.action_name.endswith(possible)]

    @button(description="Make it live", url_path="promote-model", permissions=["govern"])
    def promote(self, request: HttpRequest, object_id: str) -> HttpResponse:
        row, live = self._row(request, object_id), live_version()
        return self._ask(
            request, row, f"Make {row.version} live", "Make it live", PromoteForm,
            "Every process decides with it within seconds; nothing restarts. Its files and the golden titles are checked first.",
            lambda form, by: promote_model(version=row.version, by=by, **form.cleaned_data), f"{row.version} is live.",
            compare=[one for one in (live, row) if one],
        )  # fmt: skip

    @button(description="Roll back", url_path="roll-back-model", permissions=["govern"])
    def roll_back(self, request: HttpRequest, object_id: str) -> HttpResponse:
        row, before = self._row(request, object_id), version_before()
        lead = (
            f"{before.version} decides again, in every process within seconds."
            if before
            else "No other model was live before it."
        )
        return self._ask(
            request, row, f"Roll back from {row.version}", "Roll back", ReasonForm, lead,
            lambda form, by: roll_back_model(by=by, **form.cleaned_data), "The model before it is live again.",
            compare=[one for one in (row, before) if one],
        )  # fmt: skip

    @button(description="Try it in shadow", url_path="start-shadow", permissions=["govern"])
    def shadow_on(self, request: HttpRequest, object_id: str) -> HttpResponse:
        row = self._row(request, object_id)
        return self._ask(
            request, row, f"Try {row.version} in shadow", "Begin", ReasonForm,
            "It judges live traffic beside the live model, out of the sales’ way. Nothing that it says counts; differences are listed.",
            lambda form, by: start_shadow(version=row.version, by=by, reason=form.cleaned_data["reason"]), f"{row.version} is in shadow.",
        )  # fmt: skip

    @button(description="End the shadow", url_path="stop-shadow", permissions=["govern"])
    def shadow_off(self, request: HttpRequest, object_id: str) -> HttpResponse:
        row = self._row(request, object_id)
        return self._ask(
            request, row, f"End the shadow of {row.version}", "End it", ReasonForm, "What it found stays.",
            lambda form, by: stop_shadow(by=by, reason=form.cleaned_data["reason"]), "No model is in shadow.",
        )  # fmt: skip

    def _row(self, request: HttpRequest, object_id: str) -> ModelVersion:
        row = self.get_object(request, object_id)
        if not isinstance(row, ModelVersion):
            raise Http404
        return row

    def _ask(
        self, request: HttpRequest, row: ModelVersion, title: str, words: str, form_class: type[ReasonForm], lead: str,
        do: Callable[[ReasonForm, str], object], done: str, compare: list[ModelVersion] | None = None,
    ) -> HttpResponse:  # fmt: skip
        """The button leads here; the form does it. What the person saw as live travels along, so that nobody is overtaken."""
        live = live_version()
        form = form_class(
            request.POST if request.method == "POST" else None, initial={"instead_of": live.version if live else ""}
        )
        if request.method == "POST" and form.is_valid():
            assert isinstance(request.user, User)
            try:
                do(form, request.user.public_id)
            except RegistryRefused as refused:
                form.add_error("is_forced" if isinstance(refused, WorseOnGolden) else None, str(refused))
            else:
                messages.success(request, done)
                return HttpResponseRedirect(row_url("eligibility.ModelVersion", row.pk))
        context = {
            **self.admin_site.each_context(request), "title": title, "form": form, "lead": lead, "button": words,
            "compare": compared(compare) if compare and len(compare) > 1 else None, "back": row_url("eligibility.ModelVersion", row.pk),
        }  # fmt: skip
        return TemplateResponse(request, "admin/eligibility/office_form.html", context, status=400 if form.errors else 200)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("<int:pk>/report/", view(self.report), name="eligibility_modelversion_report"),
            path("<int:pk>/suspects/", view(self.suspects), name="eligibility_modelversion_suspects"),
            path("suspects.csv", view(self.verdicts), name="eligibility_modelversion_verdicts"),
        ]
        urls: list[URLPattern] = own + super().get_urls()
        return urls

    def report(self, request: HttpRequest, pk: int) -> HttpResponse:
        self._refuse_strangers(request)
        row = self._row(request, str(pk))
        context = {
            **self.admin_site.each_context(request),
            "title": f"Training report of {row.version}",
            **report_context(row, request.GET),
        }
        return TemplateResponse(request, "admin/eligibility/model_report.html", context)

    def suspects(self, request: HttpRequest, pk: int) -> HttpResponse:
        self._refuse_strangers(request)
        return suspects_view(request, self._row(request, str(pk)), self.admin_site.each_context(request))

    def verdicts(self, request: HttpRequest) -> HttpResponse:
        self._refuse_strangers(request)
        return suspects_csv()

    def _refuse_strangers(self, request: HttpRequest) -> None:
        if not self.has_view_permission(request):
            raise PermissionDenied

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().changelist_view(request, {"serving": serving(), **(extra_context or {})})

    def related(self, request: HttpRequest, row: ModelVersion) -> list[Related]:
        changes = ModelChange.objects.filter(version=row).select_related("before")
        misses = row.golden.get("misses", [])
        return [
            Related(
                "History", ("When", "What", "Instead of", "Who", "Why", "Golden titles"),
                rows=[
                    (when(c.at), f"{c.get_verb_display()}{', forced' if c.is_forced else ''}", row_link(c.before) if c.before else "", name_of(c.by), c.reason,
                     golden_text(c.golden) if c.golden else "")
                    for c in changes
                ],
            ),
            Related(
                "Golden titles that it gets wrong", ("Title", "Should be", "Judged"), empty="None, or they were not asked yet.",
                rows=[(miss["title"], miss["label"], miss["judged"]) for miss in misses],
            ),
        ]  # fmt: skip


def name_of(by: str) -> str:
    """A person's id in words; a name that was given to a command stays as it is."""
    user = User.objects.filter(public_id=by).first() if by.startswith("usr_") else None
    return user.get_full_name() or user.get_username() if user else by


def serving() -> Related:
    """What each process says it serves."""
    now = timezone.now()
    rows = ModelServing.objects.all()
    return Related(
        "What each process serves", ("Process", "Model", "In shadow", "State", "Since", "Last heard"),
        rows=[(one.process, one.live, one.shadow, _health(one, now), when(one.since), when(one.seen_at)) for one in rows],
        empty="No process has judged anything yet. Each reports within seconds of its first title.",
    )  # fmt: skip


def _health(one: ModelServing, now: Any) -> SafeString:
    if one.fault:
        return format_html("{} {}", badge("Cannot load", "fault"), one.fault)
    return badge("Ended", "silent") if now - one.seen_at > GONE_AFTER else badge("Serving", "good")


def compared(rows: list[ModelVersion]) -> Related:
    """Figures of the model that decides and of the one that would, side by side."""
    lines = [(words, *(share_text(figure_of(row, name, other)) for row in rows)) for name, other, words in FIGURES]
    golden = ("Golden titles", *(golden_text(row.golden) for row in rows))
    return Related(
        "Side by side", ("Figure", *(f"{STATE_WORDS[State(row.state)][0]}: {row.version}" for row in rows)), rows=[*lines, golden]
    )
