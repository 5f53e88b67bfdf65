"""Distributors, stores and terminals in the admin."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import AutocompleteSelectFilter
from unfold.widgets import UnfoldAdminTextInputWidget

from common.admin import PlatformAdmin, Related, in_pairs, word_filter
from common.admin_cells import (  # fmt: skip
    badge,
    badge_column,
    column,
    id_column,
    link_column,
    list_links,
    list_url,
    row_link,
    time_column,
    when,
)
from common.push import tell_after_commit
from pos_monitor.admin import terminal_deeds
from pos_monitor.admin.words import DELIVERY_WORDS, TERMINAL_WORDS
from pos_monitor.estate.hours import complaint
from pos_monitor.estate.revisions import CHANNEL
from pos_monitor.estate.selectors import searched
from pos_monitor.estate.services import tidy_tags
from pos_monitor.models import CommandDelivery, Distributor, Store, Terminal, TerminalGroup

TABS: Final = "admin/fleet/_tabs.html"
SHOWN_ROWS: Final = 10
MOST_PICKED: Final = 200  # ids that fit into an address


class EstateAdmin(PlatformAdmin):
    """Support adds and changes; nothing is deleted, for reports, commands and incidents name it."""

    list_before_template = TABS
    change_form_before_template = TABS

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        tell_after_commit(CHANNEL, 0)


@admin.register(Distributor)
class DistributorAdmin(EstateAdmin):
    list_display = ("name", "support_email", "stores_number", "since")
    search_fields = ("name__icontains", "public_id__exact", "support_email__iexact")
    search_help_text = "Name, dist_… id, support e-mail"
    empty_hint = "No distributor yet: add whoever puts terminals into shops and looks after their hardware."
    readonly_fields = ("id_text", "since")
    fieldsets = ((None, {"fields": in_pairs("name", "support_email", "id_text", "since")}),)
    id_text, since = id_column("public_id"), time_column("created_at", "since")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Distributor]:
        return super().get_queryset(request).annotate(store_count=Count("stores"))  # type: ignore[no-any-return]

    @admin.display(description="stores", ordering="store_count")
    def stores_number(self, row: Any) -> SafeString | str:
        return list_links((f"{row.store_count:,}", list_url("pos_monitor.Store", distributor__id__exact=row.pk)))


@admin.register(TerminalGroup)
class TerminalGroupAdmin(EstateAdmin):
    list_display = ("name", "terminals_number", "expected_firmware", "expected_app", "since")
    search_fields = ("name__icontains", "public_id__exact")
    search_help_text = "Name, tgr_… id"
    empty_hint = "No group yet: add one for terminals that are treated alike, such as a pilot of a new version."
    readonly_fields = ("id_text", "since")
    fieldsets = ((None, {"fields": in_pairs("name", "id_text", "expected_firmware", "expected_app", "since")}),)
    id_text, since = id_column("public_id"), time_column("created_at", "since")

    def get_queryset(self, request: HttpRequest) -> QuerySet[TerminalGroup]:
        return super().get_queryset(request).annotate(terminal_count=Count("terminals"))  # type: ignore[no-any-return]

    @admin.display(description="terminals", ordering="terminal_count")
    def terminals_number(self, row: Any) -> SafeString:
        return list_links((f"{row.terminal_count:,}", list_url("pos_monitor.Terminal", group__id__exact=row.pk)))


class StoreForm(forms.ModelForm):  # type: ignore[type-arg]
    def clean_opening_hours(self) -> Any:
        hours = self.cleaned_data["opening_hours"] or {}
        if wrong := complaint(hours):
            raise ValidationError(wrong)
        return hours


@admin.register(Store)
class StoreAdmin(EstateAdmin):
    form = StoreForm
    list_display = ("name", "merchant", "region", "town", "terminals_number", "distributor")
    list_filter = (("merchant", AutocompleteSelectFilter), ("distributor", AutocompleteSelectFilter), "region")
    list_select_related = ("merchant", "distributor")
    search_fields = ("name__icontains", "town__icontains", "public_id__exact")
    search_help_text = "Name, town, sto_… id"
    empty_hint = "No store yet: add one, or bring in a list of terminals that names them."
    autocomplete_fields = ("merchant", "distributor")
    readonly_fields = ("id_text", "since")
    fieldsets = (
        (None, {"fields": in_pairs("merchant", "name", "distributor", "id_text")}),
        ("Where", {"fields": in_pairs("region", "town", "latitude", "longitude")}),
        ("When it is open", {"fields": ("time_zone", "opening_hours")}),
    )
    id_text, since = id_column("public_id"), time_column("created_at", "since")

    def get_readonly_fields(self, request: HttpRequest, obj: Store | None = None) -> list[str]:
        return [*self.readonly_fields, *(["merchant"] if obj else [])]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Store]:
        return super().get_queryset(request).annotate(terminal_count=Count("terminals"))  # type: ignore[no-any-return]

    @admin.display(description="terminals", ordering="terminal_count")
    def terminals_number(self, row: Any) -> SafeString:
        return list_links((f"{row.terminal_count:,}", list_url("pos_monitor.Terminal", store__id__exact=row.pk)))

    def related(self, request: HttpRequest, row: Store) -> list[Related]:
        found = Terminal.objects.filter(store=row).order_by("label", "pk")[:50]
        return [
            Related(
                "Terminals", ("Terminal", "Serial number", "Model", "State"), empty="None stands here yet.",
                rows=[(row_link(one), one.serial, one.model, badge(*TERMINAL_WORDS[Terminal.State(one.state)])) for one in found],
                more_url=list_url("pos_monitor.Terminal", store__id__exact=row.pk),
            )
        ]  # fmt: skip


class TerminalForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        labels = {
            "serial": "Serial number",
            "certificate_sha256": "Client certificate, SHA-256",
            "report_every_s": "Reports every, in seconds",
        }
        widgets = {"tags": UnfoldAdminTextInputWidget}

    def clean_tags(self) -> list[str]:
        return tidy_tags(self.cleaned_data["tags"] or [])

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        store = said.get("store")
        merchant = said.get("merchant") or (self.instance.merchant if self.instance.pk else None)
        if store is not None and merchant is not None and store.merchant_id != merchant.pk:
            self.add_error("store", "This store is another merchant’s.")
        return said


@admin.register(Terminal)
class TerminalAdmin(EstateAdmin):
    form = TerminalForm
    list_display = ("name", "serial", "model", "state_badge", "merchant", "store_link", "group", "app", "tag_words")
    list_filter = (
        word_filter("state", "state", TERMINAL_WORDS), "kind", ("merchant", AutocompleteSelectFilter), ("store", AutocompleteSelectFilter),
        "group", "model",
    )  # fmt: skip
    list_select_related = ("merchant", "store", "group")
    list_title = "Terminals"
    list_before_template = "admin/fleet/estate/list_head.html"
    change_form_before_template = "admin/fleet/estate/terminal_head.html"
    search_fields = ("public_id__exact", "serial__icontains", "label__icontains")
    search_help_text = "Serial number, label, term_… id, store or town"
    empty_hint = "No terminal fits. Reset the filters, add one, or bring in a list."
    autocomplete_fields = ("merchant", "store", "group")
    actions = ("tag_and_group", "send_command")
    ordering = ("-pk",)
    readonly_fields = (
        "id_text", "number", "state_badge", "firmware_words", "app_words", "since", "activated", "first_report", "retired", "last_tokens",
    )  # fmt: skip
    fieldsets = (
        (None, {"fields": in_pairs("label", "state_badge", "merchant", "store", "group", "tags", "id_text", "number")}),
        ("What it is", {"fields": in_pairs("kind", "model", "serial", "certificate_sha256", "firmware_words", "app_words")}),
        ("How it reports", {"fields": in_pairs("report_every_s", "network_operator", "sim_iccid", "last_tokens")}),
        ("Its life", {"fields": in_pairs("since", "activated", "first_report", "retired")}),
    )
    name = column("__str__", "terminal", lambda text: text(), ordering="label")
    id_text, number = id_column("public_id"), column("pk", "number", str)
    state_badge = badge_column("state", "state", TERMINAL_WORDS)
    store_link = link_column("store", "store")
    tag_words = column("tags", "tags", lambda tags: ", ".join(tags) or "–")
    firmware_words = column("firmware", "firmware", lambda word: word or "not reported yet")
    app_words = column("app", "app", lambda word: word or "not reported yet")
    since, activated = time_column("created_at", "registered"), time_column("activated_at", "first active")
    first_report, retired = time_column("first_report_at", "first report"), time_column("retired_at", "retired")

    def get_readonly_fields(self, request: HttpRequest, obj: Terminal | None = None) -> list[str]:
        """What tells one terminal from another does not change under its reports."""
        return [*self.readonly_fields, *(["merchant", "kind", "model", "serial"] if obj else [])]

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        return (queryset.filter(searched(search_term)) if search_term else queryset), False

    def get_form(self, request: HttpRequest, obj: Terminal | None = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        if "store" in form.base_fields and obj is not None and obj.state == Terminal.State.ACTIVE:
            form.base_fields["store"].required = True  # one in use stands somewhere
        return form

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("<int:pk>/do/<slug:name>/", view(self.do), name="pos_monitor_terminal_do"),
            path("edit/", view(self.edit_many), name="pos_monitor_terminal_edit"),
        ]
        urls: list[URLPattern] = own + super().get_urls()
        return urls

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> Any:
        terminal = self.get_object(request, object_id)
        more = terminal_deeds.context(request, terminal) if terminal is not None else {}
        return super().change_view(request, object_id, form_url, {**more, **(extra_context or {})})

    def do(self, request: HttpRequest, pk: int, name: str) -> Any:
        return terminal_deeds.page(request, pk, name, self.admin_site.each_context(request))

    def edit_many(self, request: HttpRequest) -> Any:
        return terminal_deeds.edit_page(request, self.admin_site.each_context(request))

    @admin.action(description="Tag or group…", permissions=["change"])
    def tag_and_group(self, request: HttpRequest, queryset: QuerySet[Terminal]) -> Any:
        return self._picked(request, queryset, "admin:pos_monitor_terminal_edit")

    @admin.action(description="Send a command…", permissions=["change"])
    def send_command(self, request: HttpRequest, queryset: QuerySet[Terminal]) -> Any:
        return self._picked(request, queryset, "admin:pos_monitor_command_compose")

    def _picked(self, request: HttpRequest, queryset: QuerySet[Terminal], address: str) -> Any:
        ids = list(queryset.order_by("pk").values_list("public_id", flat=True)[: MOST_PICKED + 1])
        if len(ids) > MOST_PICKED:
            messages.warning(request, f"Pick {MOST_PICKED} at most here; for more, go there and narrow by filters.")
            return None
        return HttpResponseRedirect(f"{reverse(address)}?{urlencode({'id': ','.join(ids)})}")

    @admin.display(description="tokens in force")
    def last_tokens(self, row: Terminal) -> str:
        held = [f"…{one.last4}" for one in row.tokens.filter(revoked_at=None)[:5]]
        return ", ".join(held) or "none: enrol it"

    def related(self, request: HttpRequest, row: Terminal) -> list[Related]:
        if not request.user.has_perm("pos_monitor.view_command"):
            return []
        found = CommandDelivery.objects.filter(terminal=row).select_related("command")[:SHOWN_ROWS]
        return [
            Related(
                "Commands", ("Command", "State", "Sent", "Ended", "It said"), empty="None was sent to it.",
                rows=[
                    (row_link(one.command, one.command.get_kind_display()), badge(*DELIVERY_WORDS[CommandDelivery.State(one.state)]),
                     when(one.sent_at), when(one.ended_at), one.message or "–")
                    for one in found
                ],
            )
        ]  # fmt: skip
