"""Rankers: what each is worth, what the shadow showed, and the buttons of whoever may switch them on and off."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django import forms
from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from unfold.decorators import action
from unfold.widgets import UnfoldAdminTextareaWidget

from common.admin import ReadOnlyAdmin, Related, in_pairs
from common.admin_cells import badge_column, column, copyable, row_link, row_url, time_column, when
from common.scopes import across_merchants
from people.models import User
from rules.learning.errors import LearningRefused
from rules.learning.shadow import Evidence, evidence_of
from rules.learning.vectors import feature_words
from rules.learning.versions import PERMISSION, live_before, make_live, pointer, roll_back, start_shadow, stop_shadow, switch_off
from rules.models import LearnedModel, LearnedModelChange

F = TypeVar("F", bound=Callable[..., Any])
button: Callable[..., Callable[[F], F]] = action
State = LearnedModel.State
STATE_WORDS = {
    State.LIVE: ("Live", "good"), State.SHADOW: ("In shadow", "info"), State.CANDIDATE: ("Candidate", "silent"), State.RETIRED: ("Retired", "silent"),
}  # fmt: skip
POSSIBLE = {  # what can be done with a ranker in this state, by the ends of the actions' names
    State.LIVE: ("roll_back", "switch_off"), State.SHADOW: ("go_live", "shadow_off"), State.CANDIDATE: ("go_live", "shadow_on"),
    State.RETIRED: ("go_live", "shadow_on"),
}  # fmt: skip


class ReasonForm(forms.Form):
    reason = forms.CharField(
        max_length=500, widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text="Why, in at least two words. Kept for good with your name.",
    )  # fmt: skip


def against(name: str) -> Callable[[dict[str, Any]], str]:
    """A figure beside the plain order's, such as “0.8816, plain 0.7779”."""
    return lambda figures: f"{figures[f'{name}_learned']:.4f}, plain {figures[f'{name}_plain']:.4f}"


def sureness(figures: dict[str, Any]) -> str:
    return f"{figures['ndcg_gain_low']:+.4f} to {figures['ndcg_gain_high']:+.4f}"


@admin.register(LearnedModel)
class LearnedModelAdmin(ReadOnlyAdmin):
    list_display = ("named", "state_badge", "ndcg", "mean_precision", "gain", "made")
    list_title = "Learned relevance"
    search_fields = ("public_id", "sha256")
    search_help_text = "Id or SHA-256"
    empty_hint = (
        "No ranker yet. When enough Snoops were shown and acted on, “manage.py train_relevance” trains one and compares it with the "
        "plain order; it is listed here only if it orders surely better. Until somebody makes one live, feeds keep the plain order."
    )
    ordering = ("-number",)
    actions_detail = ("go_live", "roll_back", "switch_off", "shadow_on", "shadow_off")
    fieldsets = (
        (None, {"fields": in_pairs("state_badge", "made", "ndcg", "mean_precision", "gain", "measured_on", "days", "file")}),
    )  # fmt: skip
    named = column("number", "ranker", lambda number: f"Ranker {number}")
    state_badge = badge_column("state", "state", STATE_WORDS)
    made = time_column("created_at", "trained")
    ndcg = column("figures", "NDCG@5", against("ndcg"), ordering="")
    mean_precision = column("figures", "MAP", against("map"), ordering="")
    gain = column("figures", "gain in NDCG@5, 95%", sureness, ordering="")
    measured_on = column(
        "figures",
        "measured on",
        lambda f: f"{f['showings']:,} later showings of {f['customers']:,} customers it never saw",
        ordering="",
    )
    file = column("sha256", "file", copyable, ordering="")

    @admin.display(description="trained on")
    def days(self, row: LearnedModel) -> str:
        return (
            f"{row.figures.get('trained_showings', 0):,} showings, {row.trained_from:%B %-d, %Y} to {row.trained_to:%B %-d, %Y}"
        )

    def has_govern_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return request.user.has_perm(PERMISSION)

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """Only what can be done with this ranker now."""
        row = LearnedModel.objects.filter(pk=object_id).first() if str(object_id).isdigit() else None
        possible = POSSIBLE[State(row.state)] if row else ()
        return [one for one in super().get_actions_detail(request, object_id) if one.action_name.endswith(possible)]

    @button(description="Make it live", url_path="make-live", permissions=["govern"])
    def go_live(self, request: HttpRequest, object_id: str) -> HttpResponse:
        row = self._row(request, object_id)
        return self._ask(
            request, row, f"Make {row} live", "Make it live",
            "Its word counts in every feed within seconds: at most 200 points up or down, never before a deadline, and only for rules that use it.",
            lambda by, reason: make_live(model=row, by=by, reason=reason), f"{str(row).capitalize()} is live.", shows_evidence=True,
        )  # fmt: skip

    @button(description="Roll back", url_path="roll-back", permissions=["govern"])
    def roll_back(self, request: HttpRequest, object_id: str) -> HttpResponse:
        row, before = self._row(request, object_id), live_before(pointer().live)
        lead = (
            f"{str(before).capitalize()} counts again." if before else "No other ranker was live before: switch it off instead."
        )
        return self._ask(
            request, row, f"Roll back from {row}", "Roll back", lead, lambda by, reason: roll_back(by=by, reason=reason),
            "The ranker before it is live again.",
        )  # fmt: skip

    @button(description="Switch off", url_path="switch-off", permissions=["govern"])
    def switch_off(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._ask(
            request, self._row(request, object_id), "Switch learned relevance off", "Switch off",
            "Every feed is in plain order again within seconds: by priority, then by score.",
            lambda by, reason: switch_off(by=by, reason=reason), "No ranker counts.",
        )  # fmt: skip

    @button(description="Try it in shadow", url_path="start-shadow", permissions=["govern"])
    def shadow_on(self, request: HttpRequest, object_id: str) -> HttpResponse:
        row = self._row(request, object_id)
        return self._ask(
            request, row, f"Try {row} in shadow", "Begin",
            "It scores beside every feed and moves nothing. Where it would have put what customers act on is kept and compared.",
            lambda by, reason: start_shadow(model=row, by=by, reason=reason), f"{str(row).capitalize()} is in shadow.",
        )  # fmt: skip

    @button(description="End the shadow", url_path="stop-shadow", permissions=["govern"])
    def shadow_off(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._ask(
            request, self._row(request, object_id), "End the shadow", "End it", "What it showed stays.",
            lambda by, reason: stop_shadow(by=by, reason=reason), "No ranker is in shadow.",
        )  # fmt: skip

    def _row(self, request: HttpRequest, object_id: str) -> LearnedModel:
        row = self.get_object(request, object_id)
        if not isinstance(row, LearnedModel):
            raise Http404
        return row

    def _ask(
        self, request: HttpRequest, row: LearnedModel, title: str, words: str, lead: str, do: Callable[[User, str], object], done: str,
        shows_evidence: bool = False,
    ) -> HttpResponse:  # fmt: skip
        """The button leads here; the form does it."""
        form = ReasonForm(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            assert isinstance(request.user, User)
            try:
                with across_merchants("a ranker is judged by everybody's feeds"):
                    do(request.user, form.cleaned_data["reason"])
            except LearningRefused as refused:
                form.add_error(None, str(refused))
            else:
                messages.success(request, done)
                return HttpResponseRedirect(row_url("rules.LearnedModel", row.pk))
        context = {
            **self.admin_site.each_context(request), "title": title, "form": form, "lead": lead, "button": words,
            "compare": evidence_table(row) if shows_evidence else None, "back": row_url("rules.LearnedModel", row.pk),
        }  # fmt: skip
        return TemplateResponse(request, "admin/eligibility/office_form.html", context, status=400 if form.errors else 200)

    def related(self, request: HttpRequest, row: LearnedModel) -> list[Related]:
        changes = LearnedModelChange.objects.filter(model=row).select_related("before", "by")
        return [
            evidence_table(row),
            Related(
                "What its trees look at most", ("Feature", "#Share of the gain"),
                rows=[(feature_words(name), f"{share:.1%}") for name, share in row.figures.get("strongest", [])],
            ),
            Related(
                "History", ("When", "What", "Instead of", "Who", "Why"),
                rows=[(when(c.at), c.get_verb_display(), row_link(c.before) if c.before else "", str(c.by), c.reason) for c in changes],
                empty="Nothing was done with it yet. Try it in shadow first.",
            ),
        ]  # fmt: skip


def evidence_table(row: LearnedModel) -> Related:
    """What the shadow showed on live feeds, with what it still lacks."""
    with across_merchants("a ranker is judged by everybody's feeds"):
        found = evidence_of(row)
    return Related(
        "What the shadow showed", ("Figure", "#Value"), rows=_evidence_rows(found) if found.showings else [],
        empty="No feed was shown since its shadow began: look again later." if row.state == State.SHADOW
        else "It was not tried in shadow yet: it cannot be made live before.",
    )  # fmt: skip


def _evidence_rows(found: Evidence) -> list[tuple[str, str]]:
    return [
        ("Showings it scored", f"{found.showings:,}"), ("of them it would have ordered otherwise", f"{found.moved:,}"),
        ("Snoops that customers acted on", f"{found.acts:,}"), ("their place as shown, on average", f"{found.place_shown:.2f}"),
        ("their place by this ranker, on average", f"{found.place_would_be:.2f}"), ("acted on, and would have stood higher", f"{found.higher:,}"),
        ("acted on, and would have stood lower", f"{found.lower:,}"), ("May it be made live?", found.refusal() or "Yes"),
    ]  # fmt: skip
