"""What the admin's pages have in common: lists that search well, facts that nobody edits, tables of what belongs to a row."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.utils import flatten_fieldsets
from django.db import transaction
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from unfold.admin import ModelAdmin as UnfoldModelAdmin

from common import witness

DAY = timedelta(days=1)
Filter = type[admin.SimpleListFilter]


@dataclass(frozen=True, slots=True)
class Head:
    """A column's heading; amounts and counts stand on the right."""

    text: str
    is_number: bool = False


@dataclass(frozen=True, slots=True)
class Related:
    """A table of what belongs to a row, on its page. A heading that starts with `#` is a number's."""

    title: str
    heads: Sequence[str]
    rows: Sequence[Sequence[Any]] = field(default_factory=list)
    empty: str = "There is none."
    more_url: str = ""

    @property
    def columns(self) -> list[Head]:
        return [Head(text.lstrip("#"), text.startswith("#")) for text in self.heads]

    @property
    def cells(self) -> list[list[tuple[Head, Any]]]:
        return [list(zip(self.columns, row, strict=True)) for row in self.rows]


def in_pairs(*names: str) -> tuple[tuple[str, ...], ...]:
    """Facts side by side, two in a line."""
    return tuple(names[start : start + 2] for start in range(0, len(names), 2))


def _fields_named(message: Any) -> list[str]:
    """The labels of the fields in Django's list of changes; a sentence names none."""
    changes = [change.get("changed", {}) for change in message] if isinstance(message, list) else []
    return [str(label) for change in changes for label in change.get("fields", ())]


class PlatformAdmin(UnfoldModelAdmin):  # type: ignore[misc]  # unfold ships no types
    """The base of every list and page. A row is also reached by its public id: `/admin/checkout/payment/pay_…/change/`."""

    list_title: ClassVar[str] = ""
    empty_hint: ClassVar[str] = "Nothing matches. Check the spelling, or reset the filters."
    list_per_page = 50
    show_full_result_count = False  # counting a big table once more tells nobody anything
    list_filter_submit = True
    compressed_fields = True
    change_form_outer_after_template = "admin/_related.html"
    empty_value_display = "\N{EN DASH}"

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        if from_field is None and "_" in object_id:
            from_field = "public_id"
        return super().get_object(request, object_id, from_field)

    def related(self, request: HttpRequest, row: Any) -> list[Related]:
        """The tables below the row's own facts."""
        return []

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        self._name_list(request)
        context = {"title": self._list_name(), "subtitle": None, **(extra_context or {})}
        response: HttpResponse = super().changelist_view(request, context)
        if changes := (getattr(response, "context_data", None) or {}).get("cl"):
            witness.saw_list(self.model, count=len(changes.result_list), filters=request.GET.dict())
        return response

    def response_action(self, request: HttpRequest, queryset: QuerySet[Any], *args: Any) -> HttpResponse | None:
        with transaction.atomic():  # what is done and what is written of it are one
            response: HttpResponse | None = super().response_action(request, queryset, *args)
        return response

    def history_view(self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        response: HttpResponse = super().history_view(request, object_id, extra_context)
        if row := (getattr(response, "context_data", None) or {}).get("object"):
            witness.saw(row)
        return response

    def render_delete_form(self, request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
        witness.saw(context["object"])
        response: HttpResponse = super().render_delete_form(request, context)
        return response

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        witness.changed(obj, "added", fields=_fields_named(message))
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        witness.changed(obj, "changed", fields=_fields_named(message))
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        for row in queryset:
            witness.changed(row, "removed")
        return super().log_deletions(request, queryset)

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Without a filter all rows are shown: no second count, no “show all”."""
        changes = super().get_changelist_instance(request)
        if changes.full_result_count is None and not changes.query and not changes.has_active_filters:
            changes.full_result_count = changes.result_count
        return changes

    def _list_name(self) -> str:
        name = self.list_title or str(self.opts.verbose_name_plural)
        return name[:1].upper() + name[1:]

    def _name_list(self, request: HttpRequest) -> None:
        """For the path above the page, which would name the model's table."""
        request.admin_list_name = self._list_name()  # type: ignore[attr-defined]

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> HttpResponse:
        row = kwargs.get("obj")
        if row is not None:
            witness.saw(row)
        self._name_list(request)
        context["related_tables"] = self.related(request, row) if row is not None else []
        context["title"] = str(row) if row is not None else context["title"]
        context["subtitle"] = str(self.opts.verbose_name).capitalize() if row is not None else None
        response: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return response


class ReadOnlyAdmin(PlatformAdmin):
    """Facts: looked at by whoever may view them, changed here by nobody, superusers included."""

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        return list(flatten_fieldsets(self.get_fieldsets(request, obj)))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class SuperuserAdmin(PlatformAdmin):
    """Others may look; only superusers change. Nothing is deleted: what has history is switched off instead."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_superuser)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return bool(request.user.is_superuser)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


def state_filter(parameter: str, heading: str, states: Mapping[str, tuple[str, Callable[[], Q]]], *, default: str = "") -> Filter:
    """A filter by named conditions: value -> (words, condition). With a default, “all” is a choice of its own."""

    class StateFilter(admin.SimpleListFilter):
        title = heading
        parameter_name = parameter

        def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
            return [(value, words) for value, (words, _) in states.items()]

        def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
            state = states.get(self.value() or default)
            return queryset.filter(state[1]()) if state else queryset

        def choices(self, changelist: Any) -> Any:
            everything, *named = super().choices(changelist)
            if default:
                chosen = self.value() or default
                everything = {
                    **everything, "selected": chosen not in states,
                    "query_string": changelist.get_query_string({parameter: "all"}),
                }  # fmt: skip
                named = [{**choice, "selected": chosen == value} for choice, value in zip(named, states, strict=True)]
            yield from [*named, everything] if default else [everything, *named]

    return StateFilter


def word_filter(field_name: str, heading: str, words: Mapping[Any, tuple[str, str]]) -> Filter:
    """A filter by a state, in the words of its badge."""
    states = {str(value): (word, partial(Q, **{field_name: value})) for value, (word, _) in words.items()}
    return state_filter(f"{field_name}__exact", heading, states)


def recent_filter(field_name: str, heading: str, parameter: str = "") -> Filter:
    """Rows whose moment lies within the last day, week or month, counted back from now."""

    def since(days: int) -> Callable[[], Q]:
        return lambda: Q(**{f"{field_name}__gte": timezone.now() - days * DAY})

    spans = {"day": ("Last 24 hours", since(1)), "week": ("Last 7 days", since(7)), "month": ("Last 30 days", since(30))}
    return state_filter(parameter or field_name.removesuffix("_at"), heading, spans)
