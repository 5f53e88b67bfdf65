"""Sources of lists: how each is doing, how it is fetched, what it brought, and the buttons of whoever looks after it."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from common import witness
from common.admin import ReadOnlyAdmin, Related, in_pairs, word_filter
from common.admin_cells import badge_column, column, copyable, id_column, link, list_links, list_url, row_url, time_column, when
from eligibility.admin.lists.source_form import settings_page
from eligibility.admin.lists.stages import stages_of
from eligibility.admin.lists.words import (
    counts,
    day_of,
    health_badge,
    health_words,
    require,
    size,
    sync_badge,
    took,
)
from eligibility.catalogue.tasks import soon
from eligibility.lists.health import Health, behind_refused, health_of, held_updates, open_syncs, version_of, with_figures
from eligibility.lists.keeping import NothingFetched, ask_now, switch_source
from eligibility.lists.shares import percent
from eligibility.lists.tasks import watch_lists
from eligibility.models import ListSource, ListSync

KIND_WORDS = {
    ListSource.Kind.HTTPS: ("HTTPS", "silent"), ListSource.Kind.SFTP: ("SFTP", "silent"), ListSource.Kind.HAND: ("Entered here", "silent"),
}  # fmt: skip
RECENT = 12
SETTINGS = (
    "url_text", "kind_word", "public_key_text", "username_text", "host_key_text", "rhythm", "window", "small", "speed", "gone", "change", "fault",
    "zone", "id_text",
)  # fmt: skip


@admin.register(ListSource)
class ListSourceAdmin(ReadOnlyAdmin):
    list_display = ("list_name", "health", "in_force", "coming", "stands", "checked", "next_check", "last_update")
    list_display_links = ("list_name",)
    list_filter = (word_filter("kind", "fetched over", KIND_WORDS),)
    list_title = "Eligible-product lists"
    list_before_template = "admin/eligibility/lists/sources_head.html"
    change_form_before_template = "admin/eligibility/lists/source_head.html"
    search_fields = ("list_id__icontains", "name__icontains", "public_id__exact")
    search_help_text = "List, its name, lst_… id"
    empty_hint = "No list yet: items rest on reviews, rules and the classifier alone. A lead curator adds a source."
    fieldsets = (("How it is fetched", {"fields": in_pairs(*SETTINGS)}),)
    kind_word = badge_column("kind", "fetched over", KIND_WORDS)
    url_text = column("url", "address", lambda url: url or "–")
    public_key_text = column("public_key", "key that verifies the index", copyable)
    username_text = column("username", "user", lambda name: name or "–")
    host_key_text = column("host_key", "SFTP server’s key", copyable)
    id_text = id_column("public_id")
    rhythm = column("check_every_min", "asked every", lambda minutes: f"{minutes:,} minutes")
    small = column("small_rows", "waits for no hours", lambda rows: f"a file of at most {rows:,} rows")
    speed = column("rows_per_s", "written", lambda rows: f"at most {rows:,} rows a second" if rows else "as fast as sales allow")
    gone = column("gone_limit_percent", "held where more leave than", percent)
    change = column("change_limit_percent", "held where more come or change than", percent)
    fault = column("fault_limit_percent", "held where more rows are unusable than", percent)
    checked = time_column("checked_at", "last asked")

    @admin.display(description="list", ordering="list_id")
    def list_name(self, source: ListSource) -> SafeString:
        return format_html('{}<br><span class="li-soft">{}</span>', source.name, source.list_id)

    @admin.display(description="health")
    def health(self, source: ListSource) -> SafeString:
        found = self._health(source)
        return format_html('{} <span class="li-soft">{}</span>', health_badge(found), health_words(source, found))

    @admin.display(description="in force")
    def in_force(self, source: ListSource) -> str:
        return getattr(source, "version_now", None) or "–"

    @admin.display(description="next")
    def coming(self, source: ListSource) -> SafeString | str:
        """The next version that holds, else the next day on which the present one says something new."""
        found: Any = source
        if found.version_next:
            return format_html("{} from {}", found.version_next, day_of(found.version_next_at, source.zone))
        return format_html("changes on {}", day_of(found.moves_at, source.zone)) if found.moves_at else "–"

    @admin.display(description="products on it")
    def stands(self, source: ListSource) -> SafeString:
        count = format_html('<span class="is-number">{}</span>', f"{getattr(source, 'standing', 0):,}")
        return link(list_url("eligibility.ListItem", list_source__id__exact=source.pk), count)

    @admin.display(description="next asked", ordering="next_at")
    def next_check(self, source: ListSource) -> SafeString | str:
        return when(source.next_at) if source.is_active and source.kind != ListSource.Kind.HAND else "–"

    @admin.display(description="last update")
    def last_update(self, source: ListSource) -> str:
        rows: Any = getattr(source, "last_rows", None)
        if rows is None:
            return "–"
        return f"{rows:,} rows" + (f", {size(source.last_bytes)}" if getattr(source, "last_bytes", 0) else "")  # type: ignore[attr-defined]

    @admin.display(description="quiet hours")
    def window(self, source: ListSource) -> str:
        if source.window_from is None or source.window_until is None:
            return "large files at any time"
        return f"large files from {source.window_from:%H:%M} to {source.window_until:%H:%M}, {source.zone}"

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is not None and obj.kind == ListSource.Kind.HAND:
            return ((None, {"fields": in_pairs("kind_word", "zone", "id_text")}),)
        return super().get_fieldsets(request, obj)

    def get_queryset(self, request: HttpRequest) -> QuerySet[ListSource]:
        found: QuerySet[ListSource] = with_figures(super().get_queryset(request), timezone.now())
        return found

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("eligibility.add_listsource"))

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("<int:pk>/settings/", view(self.settings), name="eligibility_listsource_settings"),
            path("<int:pk>/do/<slug:name>/", view(self.do), name="eligibility_listsource_do"),
        ]
        urls: list[URLPattern] = own + super().get_urls()
        return urls

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        more = {"held": held_updates(), "may_add": self.has_add_permission(request)}
        return super().changelist_view(request, {**more, **(extra_context or {})})

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Health rests on updates too: those of the page's sources are asked for at once."""
        changes = super().get_changelist_instance(request)
        _with_health(list(changes.result_list))
        return changes

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None) -> HttpResponse:
        require(request, "add_listsource")
        return settings_page(request, None, self.admin_site.each_context(request))

    def settings(self, request: HttpRequest, pk: int) -> HttpResponse:
        require(request, "change_listsource")
        source = self._source(pk)
        if source.kind == ListSource.Kind.HAND:
            raise Http404
        witness.saw(source)
        return settings_page(request, source, self.admin_site.each_context(request))

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        source = self.get_object(request, object_id)
        more: dict[str, Any] = {}
        if source is not None:
            _with_health([source])
            health = self._health(source)
            sync = ListSync.objects.filter(pk=source.open_id).select_related("list_source").first() if source.open_id else None
            more = {
                "source": source, "badge": health_badge(health), "words": health_words(source, health), "sync": sync,
                "is_held": sync is not None and sync.state == ListSync.State.HELD, "is_fetched": source.kind != ListSource.Kind.HAND,
                "may_ask": request.user.has_perm("eligibility.change_listsync"),
                "may_change": request.user.has_perm("eligibility.change_listsource"),
                "figures": self._figures(source), "onward": _onward(source),
            }  # fmt: skip
        response: HttpResponse = super().change_view(request, object_id, form_url, {**more, **(extra_context or {})})
        return response

    def _figures(self, source: Any) -> list[tuple[str, Any]]:
        return [
            ("In force", self.in_force(source)), ("Next", self.coming(source)), ("Products on it", f"{source.standing:,}"),
            ("Last asked", when(source.checked_at)), ("Next asked", self.next_check(source)), ("Last update", self.last_update(source)),
        ]  # fmt: skip

    def do(self, request: HttpRequest, pk: int, name: str) -> HttpResponse:
        """Ask its publisher now, or switch it off or on: each does nothing the second time."""
        require(request, "change_listsync" if name == "check" else "change_listsource")
        if name not in {"check", "off", "on"}:
            raise Http404
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        source = self._source(pk)
        try:
            messages.success(request, _done(source, name))
        except NothingFetched as refused:
            messages.error(request, str(refused))
        return HttpResponseRedirect(row_url("eligibility.ListSource", source.pk))

    def related(self, request: HttpRequest, row: ListSource) -> list[Related]:
        syncs = ListSync.objects.filter(list_source=row).select_related("list_source").order_by("-pk")[:RECENT]
        return [
            Related(
                "Recent updates", ("Opened", "Version", "State", "How long each stage took", "#Rows", "#Changes", "#Took"),
                rows=[
                    (when(sync.created_at), link(row_url("eligibility.ListSync", sync.pk), version_of(sync)), sync_badge(sync.state), stages_of(sync),
                     f"{sync.rows_total:,}", counts(sync.added, sync.changed, sync.removed), took(sync))
                    for sync in syncs
                ],
                empty="Nothing was brought yet. The publisher is asked within a minute of being added.",
                more_url=list_url("eligibility.ListSync", list_source__id__exact=row.pk),
            )
        ]  # fmt: skip

    def _health(self, source: ListSource) -> Health:
        if not hasattr(source, "health_now"):
            _with_health([source])
        found: Health = source.health_now  # type: ignore[attr-defined]
        return found

    def _source(self, pk: int) -> ListSource:
        source = ListSource.objects.filter(pk=pk).first()
        if source is None:
            raise Http404
        return source


def _with_health(sources: list[Any]) -> None:
    now, underway, refused = timezone.now(), open_syncs(sources), behind_refused(sources)
    for source in sources:
        source.health_now = health_of(source, underway.get(source.pk), refused.get(source.pk), now)


def _done(source: ListSource, name: str) -> str:
    if name == "check":
        ask_now(source=source)
        soon(watch_lists)
        return "Its publisher is asked now; what is new appears below within seconds."
    if source.kind == ListSource.Kind.HAND:
        raise NothingFetched("This list is entered here: there is nothing to switch.")
    is_new = switch_source(source=source, is_on=name == "on")
    if name == "on":
        soon(watch_lists)
        return "It is fetched again." if is_new else "It is switched on already."
    return "Nothing is fetched from now on; what the list says goes on to hold." if is_new else "It is switched off already."


def _onward(source: ListSource) -> SafeString:
    narrowed = {"list_source__id__exact": source.pk}
    return list_links(
        ("Updates", list_url("eligibility.ListSync", **narrowed)), ("Versions", list_url("eligibility.ListVersion", **narrowed)),
        ("Products on it", list_url("eligibility.ListItem", **narrowed)),
    )  # fmt: skip
