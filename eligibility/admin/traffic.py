"""What models make of live traffic: differences of the one in shadow, and how scores drift."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from unfold.contrib.filters.admin import AutocompleteSelectFilter

from common.admin import ReadOnlyAdmin, Related, in_pairs, recent_filter, state_filter, word_filter
from common.admin_cells import column, link_column, time_column
from eligibility.admin.drift import drift_context
from eligibility.admin.evidence import STATUS_TONES, percent, status_badge
from eligibility.admin.model_report import name_of_category, share
from eligibility.decision import STATUS_WORDS
from eligibility.models import DriftDay, ModelVersion, ShadowDifference, ShadowTally, StreamPlace
from eligibility.registry.figures import agreement

KINDS = {
    "status": ("Another status", lambda: Q(is_status_different=True)), "category": ("Another category alone", lambda: Q(is_status_different=False)),
}  # fmt: skip
STATUS_FILTER = {status: (words, STATUS_TONES[status]) for status, words in STATUS_WORDS.items()}


@admin.register(ShadowDifference)
class ShadowDifferenceAdmin(ReadOnlyAdmin):
    list_display = (
        "title",
        "merchant",
        "live_badge",
        "shadow_badge",
        "live_confidence_text",
        "shadow_confidence_text",
        "count",
        "last",
    )
    list_filter = (
        state_filter("kind", "what differs", KINDS), word_filter("live_status", "live model", STATUS_FILTER),
        word_filter("shadow_status", "model in shadow", STATUS_FILTER), "shadow_version", recent_filter("last_at", "seen", "seen"),
        ("merchant", AutocompleteSelectFilter),
    )  # fmt: skip
    list_select_related = ("merchant",)
    list_title = "Differences in shadow"
    list_before_template = "admin/eligibility/agreement.html"
    search_fields = (
        "title__icontains",
        "brand__icontains",
        "live_category__exact",
        "shadow_category__exact",
        "merchant__name__icontains",
    )
    search_help_text = "Title, brand, category code, merchant"
    empty_hint = "No difference. Try a candidate in shadow on its page under Models; what it would change is then listed here."
    ordering = ("-is_status_different", "-count", "-pk")
    fields = in_pairs(
        "title", "brand", "live_badge", "shadow_badge", "live_category_text", "shadow_category_text", "live_confidence_text", "shadow_confidence_text",
        "live_version", "shadow_version", "merchant_link", "count", "first", "last",
    )  # fmt: skip
    live_badge = column("live_status", "live model", status_badge)
    shadow_badge = column("shadow_status", "in shadow", status_badge)
    live_category_text = column("live_category", "live model’s category", name_of_category)
    shadow_category_text = column("shadow_category", "category in shadow", name_of_category)
    live_confidence_text = column("live_confidence", "sure", percent)
    shadow_confidence_text = column("shadow_confidence", "sure in shadow", percent)
    merchant_link = link_column("merchant", "merchant")
    first = time_column("first_at", "first seen")
    last = time_column("last_at", "last seen")

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().changelist_view(request, {**agreement_context(request.GET), **(extra_context or {})})


def agreement_context(asked: Mapping[str, str]) -> dict[str, Any]:
    """Agreement of the pair that is filtered for, or of the newest one in shadow; of one merchant where that is filtered for."""
    version = asked.get("shadow_version__exact") or asked.get("shadow_version")
    in_shadow = ModelVersion.objects.filter(state=ModelVersion.State.SHADOW).first()
    newest = ShadowTally.objects.order_by("-pk").first()
    version = version or (in_shadow.version if in_shadow else newest.shadow_version if newest else "")
    if not version:
        return {}
    tallies = ShadowTally.objects.filter(shadow_version=version)
    if (merchant := asked.get("merchant__id__exact", "")).isdigit():
        tallies = tallies.filter(merchant_id=int(merchant))
    place = StreamPlace.objects.filter(reader="shadow").first()
    skipped = f" {place.skipped:,} entries were passed over because it was too far behind." if place and place.skipped else ""
    return {
        "agreement": _agreement_table(version, tallies),
        "shadow_note": f"Judged out of the sales’ way; nothing that it says counts.{skipped}",
    }


def _agreement_table(version: str, tallies: Any) -> Related:
    return Related(
        f"How far {version} agrees", ("The live model says", "#Items", "#Same status", "#Same category too", "Otherwise it says"),
        rows=[
            (
                "All" if line.status == "all" else status_badge(line.status), f"{line.count:,}", share(line.share), share(line.same_category / line.count),
                ", ".join(f"{STATUS_WORDS.get(status, status)} {count:,}" for status, count in line.instead) or "–",
            )
            for line in agreement(tallies)
        ],
        empty="Nothing was compared yet. Items that a list, a person or a rule decided are not compared.",
    )  # fmt: skip


def _counts(counts: Mapping[str, int]) -> str:
    return (
        ", ".join(f"{STATUS_WORDS.get(name, name)} {count:,}" for name, count in sorted(counts.items(), key=lambda one: -one[1]))
        or "–"
    )


@admin.register(DriftDay)
class DriftDayAdmin(ReadOnlyAdmin):
    """The days behind the drift page."""

    list_display = ("day", "merchant", "model_version", "judged", "unknown", "lists", "reviewers")
    list_filter = ("model_version", ("merchant", AutocompleteSelectFilter))
    list_select_related = ("merchant",)
    list_title = "Judged by day"
    search_fields = ("merchant__name__icontains", "model_version__exact")
    search_help_text = "Merchant or model"
    empty_hint = "Nothing was judged on live traffic yet."
    ordering = ("-day", "-judged")
    fields = in_pairs("day", "merchant_link", "model_version", "judged", "statuses_text", "evidences_text", "lists", "reviewers")
    merchant_link = link_column("merchant", "merchant")
    statuses_text = column("statuses", "statuses", _counts, ordering="")
    evidences_text = column("evidences", "evidence", _counts, ordering="")

    @admin.display(description="unknown")
    def unknown(self, row: DriftDay) -> str:
        return share(row.statuses.get("unknown", 0) / row.judged if row.judged else None)

    @admin.display(description="model against lists")
    def lists(self, row: DriftDay) -> str:
        return f"{row.list_disagreed:,} of {row.list_seen - row.list_unknown:,} otherwise"

    @admin.display(description="model against reviewers")
    def reviewers(self, row: DriftDay) -> str:
        return f"{row.human_disagreed:,} of {row.human_seen - row.human_unknown:,} otherwise"

    def get_urls(self) -> list[URLPattern]:
        own = [path("drift/", self.admin_site.admin_view(self.drift), name="eligibility_drift")]
        urls: list[URLPattern] = own + super().get_urls()
        return urls

    def drift(self, request: HttpRequest) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        context = {**self.admin_site.each_context(request), "title": "Drift", **drift_context(request.GET)}
        return TemplateResponse(request, "admin/eligibility/drift.html", context)
