"""The list of Snoops, and the addresses of all pages about one."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from common.admin import PlatformAdmin, state_filter
from common.admin_cells import NOTHING, badge, link, when
from rules.admin import editor, pages
from rules.builder.reach import Reach, reach_of
from rules.builder.retiring import MOST
from rules.builder.states import STATE_WORDS, RuleState, states
from rules.builder.vocabulary import AUDIENCES, CATEGORIES
from rules.models import Rule


def _in_state(name: str) -> Q:
    return Q(pk__in=[pk for pk, state in states().items() if name in state.names])


class FamilyFilter(admin.SimpleListFilter):
    """Families of similar rules, which are also edited as a table."""

    title = "family"
    parameter_name = "family"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            (name, name)
            for name in Rule.objects.exclude(family="").order_by("family").values_list("family", flat=True).distinct()
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Rule]) -> QuerySet[Rule]:
        return queryset.filter(family=self.value()) if self.value() else queryset


def _state_filter() -> Any:
    named = {name: (words, partial(_in_state, name)) for name, (words, _) in STATE_WORDS.items()}
    return state_filter("state", "state", {"now": ("All but retired", partial(Q, is_retired=False)), **named}, default="now")


def _of_draft(parameter: str, heading: str, key: str, words: tuple[tuple[str, str], ...]) -> Any:
    """By a member of the draft; of one that is a list, by an element of it."""
    return state_filter(parameter, heading, {value: (label, partial(Q, **{key: value})) for value, label in words})


@admin.register(Rule)
class RuleAdmin(PlatformAdmin):
    class Media:
        css = {"all": ("css/rules.css",)}

    list_display = ("name", "state_badges", "category_words", "audience_words", "reach", "act_rate", "last_edit")
    list_title = "Snoops"
    list_filter = (
        _state_filter(), _of_draft("category", "category", "draft__category", CATEGORIES),
        _of_draft("audience", "audience", "draft__audience__contains", AUDIENCES), FamilyFilter,
    )  # fmt: skip
    list_before_template = "admin/rules/list_head.html"
    list_select_related = ("changed_by", "created_by")
    list_per_page = 100
    search_fields = (
        "name__icontains",
        "slug__icontains",
        "family__icontains",
        "public_id__exact",
        "draft__title__icontains",
        "draft__body__icontains",
    )
    search_help_text = "Name, family, what the customer reads, or rule_… id"
    empty_hint = (
        "A Snoop is a rule: it says which customers are told what, and how relevant it is to them. "
        "Begin from an example, or load the starting set with “manage.py load_snoops”."
    )
    ordering = ("name", "pk")
    actions = ("retire", "restore")

    # --- Who may -------------------------------------------------------------------------------------------------

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # what has history retires

    def has_approve_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("rules.approve_rule")

    # --- Cells ---------------------------------------------------------------------------------------------------

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        family = request.GET.get("family", "")
        table = f"{reverse('admin:rules_rule_table')}?family={family}" if family else ""
        return super().changelist_view(
            request, {"waiting": pages.waiting_for(request.user), "table_url": table, **(extra_context or {})}
        )

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """The rows of the page bring their state and reach along, which are read once for all of them."""
        changes = super().get_changelist_instance(request)
        rows = list(changes.result_list)
        found, reach = states(Rule.objects.filter(pk__in=[row.pk for row in rows])), reach_of()
        for row in rows:
            row.shown_state, row.shown_reach = found.get(row.pk), reach.get(row.pk, Reach())
        changes.result_list = rows
        return changes

    @admin.display(description="state")
    def state_badges(self, rule: Any) -> SafeString:
        state: RuleState | None = rule.shown_state
        return format_html_join(" ", "{}", ((badge(*each),) for each in state.badges)) if state else SafeString(NOTHING)  # nosec B703

    @admin.display(description="category", ordering="draft__category")
    def category_words(self, rule: Rule) -> str:
        return dict(CATEGORIES).get(str(rule.draft.get("category", "")), NOTHING)

    @admin.display(description="audience")
    def audience_words(self, rule: Rule) -> str:
        audience = rule.draft.get("audience")
        words = {"person": "People", "shopper": "Shoppers", "merchant": "Merchants"}
        return ", ".join(words[each] for each in words if isinstance(audience, list) and each in audience) or NOTHING

    @admin.display(description="reach")
    def reach(self, rule: Any) -> SafeString | str:
        words = str(rule.shown_reach.customers_words)
        return words if rule.slot is None else link(reverse("admin:rules_results", args=[rule.public_id]), words)

    @admin.display(description="act rate")
    def act_rate(self, rule: Any) -> str:
        return str(rule.shown_reach.act_rate_words)

    @admin.display(description="last edit", ordering="changed_at")
    def last_edit(self, rule: Rule) -> SafeString:
        return format_html("{}<br>{}", editor.name_of(rule.changed_by or rule.created_by), when(rule.changed_at))

    # --- Many at once --------------------------------------------------------------------------------------------

    @admin.action(description="Retire: leave them out of the next version", permissions=["approve"])
    def retire(self, request: HttpRequest, queryset: QuerySet[Rule]) -> HttpResponse:
        return self._many(queryset, "")

    @admin.action(description="Restore: take them into the next version again", permissions=["approve"])
    def restore(self, request: HttpRequest, queryset: QuerySet[Rule]) -> HttpResponse:
        return self._many(queryset, "&back=1")

    def _many(self, queryset: QuerySet[Rule], more: str) -> HttpResponse:
        """The page that asks for the reason, and says what will happen."""
        ids = ",".join(map(str, queryset.order_by("pk").values_list("pk", flat=True)[: MOST + 1]))
        return HttpResponseRedirect(f"{reverse('admin:rules_rule_retire')}?ids={ids}{more}")

    # --- Pages ---------------------------------------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        own = [
            path(address, self.admin_site.admin_view(self._with_site(view)), name=f"rules_rule_{name}")
            for address, view, name in pages.ADDRESSES
        ]
        urls: list[URLPattern] = own + super().get_urls()
        return urls

    def _with_site(self, view: Any) -> Any:
        def shown(request: HttpRequest, **named: Any) -> HttpResponse:
            self._name_list(request)
            answer: HttpResponse = view(request, context=self._context(request), **named)
            return answer

        return shown

    def _context(self, request: HttpRequest) -> dict[str, Any]:
        return dict(self.admin_site.each_context(request))

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Mapping[str, Any] | None = None) -> HttpResponse:
        self._name_list(request)
        return editor.add_page(request, context=self._context(request))

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        self._name_list(request)
        rule = self.get_object(request, object_id)
        if rule is None:
            answer: HttpResponse = self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
            return answer
        return editor.editor_page(request, rule=rule, context=self._context(request))

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        self._name_list(request)
        rule = self.get_object(request, object_id)
        if rule is None:
            answer: HttpResponse = self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
            return answer
        return pages.history_page(request, rule=rule, context=self._context(request))
