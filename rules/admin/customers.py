"""Customers as support sees them: every rule with its score and why, what they did, what was pushed to them."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import AutocompleteSelectFilter

from common import witness
from common.admin import ReadOnlyAdmin, Related, in_pairs, recent_filter, word_filter
from common.admin_cells import badge, badge_column, column, id_column, link, link_column, time_column, when
from common.errors import PlatformError
from rules.admin.customer_fields import known_tables
from rules.admin.results import export_results, results_context
from rules.feed.explain import Explained, explained
from rules.models import Customer, CustomerFeatures, PushMessage, Rule, SnoopAssignment, SnoopFeedback

KIND_WORDS = {"person": ("Person", "silent"), "shopper": ("Shopper", "silent"), "merchant": ("Merchant", "info")}
DONE_WORDS = {
    "seen": ("Seen", "silent"), "dismissed": ("Dismissed", "warn"), "restored": ("Dismissal taken back", "silent"),
    "acted": ("Acted on", "good"),
}  # fmt: skip
GROUP_WORDS = {"shown": ("Shown", "good"), "held_out": ("Held out", "warn")}
PUSH_WORDS = {
    "sending": ("Being sent", "info"), "sent": ("Sent", "good"), "refused": ("Refused", "fault"), "unsure": ("Perhaps sent", "warn"),
}  # fmt: skip
MOST = 50


def results_url(rule: Rule) -> str:
    return reverse("admin:rules_results", args=[rule.public_id])


@admin.register(Customer)
class CustomerAdmin(ReadOnlyAdmin):
    list_display = ("public_id_text", "kind_badge", "merchant_link", "shopper_link", "created")
    list_filter = (
        word_filter("kind", "kind", KIND_WORDS),
        ("merchant", AutocompleteSelectFilter),
        recent_filter("created_at", "added", "added"),
    )
    list_select_related = ("merchant", "shopper")
    list_title = "Customers"
    search_fields = ("public_id__exact", "shopper__public_id__exact", "account__public_id__exact", "merchant__public_id__exact")
    search_help_text = "Id of a customer, shopper (shp_…), account (sac_…) or merchant (mer_…)"
    empty_hint = "Customers come by themselves, with each account, shopper and merchant."
    ordering = ("-pk",)
    fields = in_pairs("public_id_text", "kind_badge", "merchant_link", "shopper_link", "created", "known")
    public_id_text = id_column("public_id")
    kind_badge = badge_column("kind", "kind", KIND_WORDS)
    merchant_link = link_column("merchant", "merchant")
    shopper_link = link_column("shopper", "shopper")
    created = time_column("created_at", "added")

    @admin.display(description="fields counted")
    def known(self, row: Customer) -> Any:
        features = CustomerFeatures.objects.filter(pk=row.pk).first()
        return when(features.computed_at) if features else "not yet"

    def related(self, request: HttpRequest, row: Customer) -> list[Related]:
        qualifies, does_not = _rules(row)
        return [qualifies, _done(row), _pushed(row), *known_tables(row), does_not]


def _rules(customer: Customer) -> tuple[Related, Related]:
    """Those for which the customer qualifies, and the many others, which are asked for when somebody misses one."""
    heads = ("Snoop", "#Score", "Why", "In the feed", "Judged", "#Version")
    try:
        found = explained(customer)
    except PlatformError:  # nothing is published, or a version's file cannot be read: the rest of the page helps all the same
        found = []
    yes, no = ([_rule_row(one) for one in found if one.pair.qualifies is does] for does in (True, False))
    nothing = "No run and no single evaluation has judged this customer yet."
    return (
        Related("Qualifies for", heads, rows=yes, empty="No Snoop: below is what was in the way." if no else nothing),
        Related(
            "Does not qualify for, and why",
            heads,
            rows=no,
            empty=nothing if not found else "There is none: it qualifies for all.",
        ),
    )


def _rule_row(one: Explained) -> tuple[Any, ...]:
    source = "singly, " if one.pair.source == "fresh" else ""
    judged = format_html("{}{}", source, when(one.pair.evaluated_at))
    return link(results_url(one.rule), one.rule.name), one.pair.score, _why(one), one.place, judged, one.version


def _why(one: Explained) -> SafeString:
    """What held, for one that qualifies; what was in the way, for one that does not. A word before each, so that it is read without the sign."""
    qualifies = one.pair.qualifies
    lines = [
        (*(("✓", "For") if speaks else ("✗", "Against")), words)
        for words, speaks in one.reasons
        if not (speaks and not qualifies)
    ]
    others = sum(speaks for _, speaks in one.reasons) if not qualifies else 0
    told = format_html_join("", '<p class="why"><span aria-hidden="true">{}</span> {}: {}</p>', lines)
    return format_html('{}<p class="why">{} other condition{} held.</p>', told, others, "s" * (others != 1)) if others else told


def _done(customer: Customer) -> Related:
    rows = SnoopFeedback.objects.select_related("rule").filter(customer=customer)[:MOST]
    return Related(
        "What they did, newest first", ("When", "Snoop", "What", "Where", "#Place"),
        rows=[
            (when(row.at), row.rule.name, badge(*DONE_WORDS[row.kind]), row.get_channel_display(), "–" if row.position is None else row.position + 1)
            for row in rows
        ],
        empty="Nothing yet.",
    )  # fmt: skip


def _pushed(customer: Customer) -> Related:
    rows = PushMessage.objects.select_related("rule").filter(customer=customer)[:MOST]
    return Related(
        "Pushed to their devices", ("When", "Snoop", "State", "Title", "Text", "Answer"),
        rows=[(when(row.at), row.rule.name, badge(*PUSH_WORDS[row.state]), row.title, row.body, row.note or "–") for row in rows],
        empty="Nothing was pushed.",
    )  # fmt: skip


@admin.register(SnoopAssignment)
class SnoopAssignmentAdmin(ReadOnlyAdmin):
    """Who was shown what, and who was held out; and the page of a rule's results."""

    list_display = ("at_time", "customer_link", "rule_name", "group_badge", "channel", "version_number")
    list_filter = (
        word_filter("group", "group", GROUP_WORDS),
        ("rule", AutocompleteSelectFilter),
        recent_filter("at", "first time", "at"),
    )
    list_select_related = ("customer", "rule")
    list_title = "Shown and held out"
    search_fields = ("customer__public_id__exact", "rule__slug__exact")
    search_help_text = "Id of a customer, or a rule’s slug"
    empty_hint = "No feed has been asked for yet."
    ordering = ("-pk",)
    fields = in_pairs("customer_link", "rule_name", "group_badge", "channel", "version_number", "at_time")
    at_time = time_column("at", "first time")
    customer_link = link_column("customer", "customer")
    rule_name = column("rule", "Snoop", lambda rule: link(results_url(rule), rule.name))
    group_badge = badge_column("group", "group", GROUP_WORDS)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("results/<str:public_id>/", view(self.results), name="rules_results"),
            path("results/<str:public_id>/export.csv", view(self.export), name="rules_results_export"),
        ]
        urls: list[URLPattern] = own + super().get_urls()
        return urls

    def results(self, request: HttpRequest, public_id: str) -> HttpResponse:
        rule = self._rule(request, public_id)
        context = {**self.admin_site.each_context(request), **results_context(rule, request.GET.get("after", ""))}
        witness.saw_list(Customer, count=len(context["customers"].rows), filters={"rule": rule.slug})
        return TemplateResponse(request, "admin/snoops/results.html", context)

    def export(self, request: HttpRequest, public_id: str) -> HttpResponseBase:
        return export_results(request, self._rule(request, public_id))

    def _rule(self, request: HttpRequest, public_id: str) -> Rule:
        if not self.has_view_permission(request):
            raise PermissionDenied
        rule = Rule.objects.filter(public_id=public_id).first()
        if rule is None:
            raise Http404
        return rule


@admin.register(SnoopFeedback)
class SnoopFeedbackAdmin(ReadOnlyAdmin):
    list_display = ("at_time", "customer_link", "rule_name", "kind_badge", "channel", "position")
    list_filter = (word_filter("kind", "what", DONE_WORDS), ("rule", AutocompleteSelectFilter), recent_filter("at", "when", "at"))
    list_select_related = ("customer", "rule")
    list_title = "What customers did"
    search_fields = ("customer__public_id__exact", "rule__slug__exact")
    search_help_text = "Id of a customer, or a rule’s slug"
    empty_hint = "Nobody has seen a Snoop yet."
    ordering = ("-pk",)
    fields = in_pairs(
        "customer_link", "rule_name", "kind_badge", "channel", "position", "at_time", "run_number", "version_number"
    )
    at_time = time_column("at", "when")
    customer_link = link_column("customer", "customer")
    rule_name = column("rule", "Snoop", lambda rule: link(results_url(rule), rule.name))
    kind_badge = badge_column("kind", "what", DONE_WORDS)


@admin.register(PushMessage)
class PushMessageAdmin(ReadOnlyAdmin):
    list_display = ("at_time", "customer_link", "rule_name", "state_badge", "service", "devices", "note")
    list_filter = (
        word_filter("state", "state", PUSH_WORDS),
        ("rule", AutocompleteSelectFilter),
        recent_filter("at", "when", "at"),
    )
    list_select_related = ("customer", "rule")
    list_title = "Pushes"
    search_fields = ("customer__public_id__exact", "public_id__exact")
    search_help_text = "Id of a customer or push"
    empty_hint = "Nothing was pushed: a customer’s app registers its device first."
    ordering = ("-pk",)
    fields = in_pairs(
        "customer_link", "rule_name", "state_badge", "service", "title", "body", "devices", "note", "at_time", "occasion"
    )
    at_time = time_column("at", "when")
    customer_link = link_column("customer", "customer")
    rule_name = column("rule", "Snoop", lambda rule: link(results_url(rule), rule.name))
    state_badge = badge_column("state", "state", PUSH_WORDS)
