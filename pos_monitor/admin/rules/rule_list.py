"""The list of alert rules, and the addresses of all pages about one."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.safestring import SafeString

from common.admin import PlatformAdmin, state_filter, word_filter
from common.admin_cells import badge, link, list_url, time_column
from pos_monitor.admin.rules import editor, groups, trial_pages
from pos_monitor.judging.services import sentence
from pos_monitor.models import AlertRule, Incident, Severity

SEVERITY_WORDS = {
    Severity.CRITICAL: ("Critical", "fault"),
    Severity.WARNING: ("Warning", "warn"),
    Severity.INFO: ("Info", "info"),
}
FOR_WORDS = {"": "all", "till": "tills", "online_store": "online stores"}


@admin.register(AlertRule)
class AlertRuleAdmin(PlatformAdmin):
    list_display = (
        "name",
        "severity_badge",
        "sentence_words",
        "for_words",
        "state_badge",
        "open_count",
        "changed",
    )
    changed = time_column("changed_at", "changed")
    list_title = "Alert rules"
    list_before_template = "admin/fleet/rules/_list_head.html"
    list_filter = (
        state_filter("state", "state", {"on": ("On", partial(Q, is_on=True)), "off": ("Off", partial(Q, is_on=False))}),
        word_filter("severity", "severity", SEVERITY_WORDS),
        "kind",
        "terminal_kind",
    )
    list_select_related = ("merchant",)
    search_fields = ("name__icontains", "slug__icontains", "public_id__exact")
    search_help_text = "Name, or alr_… id"
    empty_hint = "Load the starting set with “manage.py load_alert_rules”, or make a rule of your own."
    ordering = ("-is_on", "-severity", "name")
    list_per_page = 100

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # alerts and incidents stand on it: it is switched off instead

    def get_queryset(self, request: HttpRequest) -> QuerySet[AlertRule]:
        rows: QuerySet[AlertRule] = super().get_queryset(request)
        return rows.annotate(open_alerts=Count("alerts", filter=Q(alerts__resolved_at__isnull=True)))

    def get_urls(self) -> list[URLPattern]:
        own = [
            ("words/", editor.words_view, "words"),
            ("<int:pk>/switch/", editor.switch_view, "switch"),
            ("<int:pk>/group/", groups.group_page, "group"),
            ("trial/", trial_pages.ask_view, "trial"),
            ("trial/<str:public_id>/", trial_pages.trial_view, "trial_state"),
        ]
        wrapped = [
            path(address, self.admin_site.admin_view(partial(self._page, page)), name=f"pos_monitor_alertrule_{name}")
            for address, page, name in own
        ]
        urls: list[URLPattern] = super().get_urls()
        return wrapped + urls

    def _page(self, page: Any, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        response: HttpResponse = page(request, context=self._context(request), **kwargs)
        return response

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return editor.add_page(request, context=self._context(request))

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return editor.change_page(request, self.get_object(request, object_id), context=self._context(request))

    def _context(self, request: HttpRequest) -> dict[str, Any]:
        self._name_list(request)
        return {**self.admin_site.each_context(request), "opts": self.opts}

    @admin.display(description="severity", ordering="severity")
    def severity_badge(self, rule: AlertRule) -> SafeString:
        return badge(*SEVERITY_WORDS[Severity(rule.severity)])

    @admin.display(description="when")
    def sentence_words(self, rule: AlertRule) -> str:
        return sentence(rule)

    @admin.display(description="for")
    def for_words(self, rule: AlertRule) -> str:
        of = f" of {rule.merchant.name}" if rule.merchant else ""
        return FOR_WORDS[rule.terminal_kind] + of

    @admin.display(description="state", ordering="is_on")
    def state_badge(self, rule: AlertRule) -> SafeString:
        return badge("On", "good") if rule.is_on else badge("Off", "silent")

    @admin.display(description="open now", ordering="open_alerts")
    def open_count(self, rule: Any) -> SafeString | str:
        words = f"{rule.open_alerts:,}"
        if not rule.open_alerts or not self.admin_site.is_registered(Incident):
            return words
        return link(list_url("pos_monitor.Incident", rule__id__exact=rule.pk), words)
