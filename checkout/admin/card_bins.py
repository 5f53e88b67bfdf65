"""Card ranges and the lists that brought them: looked up, brought in with a look before the deed, taken back."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.safestring import SafeString

from checkout.bins.age import ages
from checkout.bins.importing import apply_list, discard_list, is_drastic, preview_list, preview_roll_back
from checkout.bins.reading import HEADINGS, KINDS, MAX_BYTES
from checkout.card_words import brand, kind_word
from checkout.models import BinImport, BinRange
from checkout.network.bin_table import first_number, last_number
from common.admin import ReadOnlyAdmin, Related, in_pairs, state_filter, word_filter
from common.admin_cells import badge, badge_column, column, link_column, list_links, list_url, row_url, time_column, when
from common.errors import PlatformError
from people.models import User

State = BinImport.State
STATE_WORDS: Final = {
    State.PREVIEWED: ("Looked at, not applied", "info"), State.APPLIED: ("Applied", "good"), State.DISCARDED: ("Put away", "silent"),
}  # fmt: skip
CHANGE_WORDS: Final = {"added": ("Comes", "good"), "changed": ("Changes", "info"), "ended": ("Ends", "warn")}
FLAG_WORDS: Final = {True: ("Takes the flag", "good"), False: ("Wants receipts", "silent")}
AGE_WORDS: Final = {True: ("Overdue", "warn"), False: ("Fresh", "good")}
SHOWN: Final = 200
MAY: Final = "checkout.add_binimport"
in_force = state_filter(
    "state", "state",
    {
        "now": ("In force today", lambda: Q(ended_by=None, valid_from__lte=_today()) & (Q(valid_to=None) | Q(valid_to__gte=_today()))),
        "later": ("From a later day", lambda: Q(ended_by=None, valid_from__gt=_today())),
        "over": ("Over", lambda: Q(ended_by__isnull=False) | Q(valid_to__lt=_today())),
    },
    default="now",
)  # fmt: skip
kind_filter = state_filter("account", "account", {kind: (kind_word(kind), partial(Q, account_kind=kind)) for kind in KINDS})


def _today() -> Any:
    return timezone.now().date()


@admin.register(BinRange)
class BinRangeAdmin(ReadOnlyAdmin):
    list_display = ("digits", "network_word", "kind_text", "flag", "source", "valid_from", "valid_to", "state")
    list_filter = (in_force, kind_filter, "network", "source")
    list_select_related = ("added_by", "ended_by")
    list_title = "Card ranges"
    search_fields = ("bin_from__startswith",)  # shows the box; get_search_results answers
    search_help_text = "The first 8 to 11 digits of a card"
    empty_hint = "No range matches: a card that begins so is taken for an ordinary card."
    ordering = ("first", "pk")
    fields = in_pairs(
        "digits", "state", "network_word", "kind_text", "flag", "source", "valid_from", "valid_to", "added_link", "ended_link"
    )
    network_word = column("network", "network", brand)
    kind_text = column("account_kind", "account", kind_word)
    flag = badge_column("auto_sub", "proof", FLAG_WORDS)
    added_link, ended_link = link_column("added_by", "came with"), link_column("ended_by", "ended with")

    @admin.display(description="first digits", ordering="first")
    def digits(self, row: BinRange) -> str:
        return str(row)

    @admin.display(description="state")
    def state(self, row: BinRange) -> SafeString:
        if row.ended_by_id or (row.valid_to and row.valid_to < _today()):
            return badge("Over", "silent")
        return badge("In force", "good") if row.valid_from <= _today() else badge("From a later day", "info")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[BinRange], search_term: str
    ) -> tuple[QuerySet[BinRange], bool]:
        """The ranges that hold a card with these first digits; of a whole number, typed by mistake, only these are read."""
        digits = "".join(filter(str.isdecimal, search_term))[:11]
        if not search_term.strip():
            return queryset, False
        if not digits:
            return queryset.none(), False
        return queryset.filter(first__lte=last_number(digits), last__gte=first_number(digits)), False


@admin.register(BinImport)
class BinImportAdmin(ReadOnlyAdmin):
    list_display = ("number_text", "source", "state_badge", "file", "counts_words", "created_by", "brought", "applied")
    list_filter = (word_filter("state", "state", STATE_WORDS), "source")
    list_select_related = ("created_by", "applied_by", "restores")
    list_title = "Lists of card ranges"
    list_before_template = "admin/card_bins/list_head.html"
    change_form_before_template = "admin/card_bins/head.html"
    search_fields = ("source__icontains", "filename__icontains", "public_id__exact")
    search_help_text = "Source, file, bli_… id"
    empty_hint = "No list yet. Bring one in above: nothing happens before you have seen what it would change."
    ordering = ("-pk",)
    fields = in_pairs(
        "source", "state_badge", "number_text", "file", "rows_number", "digest", "created_by", "brought", "applied_by", "applied",
        "restores_link", "onward",
    )  # fmt: skip
    state_badge = badge_column("state", "state", STATE_WORDS)
    file = column("filename", "file", lambda name: name or "–")
    number_text = column("number", "number", lambda number: f"No. {number}" if number else "–")
    digest = column("sha256", "SHA-256", lambda text: f"{text[:16]}…" if text else "–")
    rows_number = column("rows_total", "rows", lambda count: f"{count:,}")
    counts_words = column(
        "counts", "changes", lambda counts: ", ".join(f"{n:,} {what}" for what, n in counts.items() if n) or "none"
    )
    brought, applied = time_column("created_at", "brought in", ordering="id"), time_column("applied_at", "applied")
    restores_link = link_column("restores", "goes back to")

    @admin.display(description="go to")
    def onward(self, row: BinImport) -> SafeString:
        return list_links(("Ranges that came with it", list_url("checkout.BinRange", added_by__id__exact=row.pk, state="all")))

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("bring/", view(self.bring), name="checkout_binimport_bring"),
            path("<int:pk>/do/<slug:name>/", view(self.do), name="checkout_binimport_do"),
        ]
        urls: list[URLPattern] = own + super().get_urls()
        return urls

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        now = timezone.now()
        rows = [(one.source, one.ranges, when(one.applied_at), badge(*AGE_WORDS[one.is_stale(now)])) for one in ages()]
        table = Related(
            "Sources", ("Source", "#Ranges", "Newest list", "State"), rows=rows, empty="None: the file of the settings decides."
        )
        more = {"sources": table, "may": request.user.has_perm(MAY), **(extra_context or {})}
        return super().changelist_view(request, more)

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> Any:
        row = self.get_object(request, object_id)
        more = (
            {}
            if row is None
            else {"list": row, "is_drastic": is_drastic({"same": 0, **row.counts}), "may": request.user.has_perm(MAY)}
        )
        return super().change_view(request, object_id, form_url, {**more, **(extra_context or {})})

    def related(self, request: HttpRequest, row: BinImport) -> list[Related]:
        """What cannot be taken, then what changes."""
        faults = [(number or "–", what) for number, what in row.errors]
        changes = [
            (badge(*CHANGE_WORDS[what]), f"{low}–{high}", before or "–", after or "–")
            for what, low, high, before, after in row.changes[:SHOWN]
        ]
        total = sum(row.counts.get(what, 0) for what in CHANGE_WORDS)
        more = f" (the first {SHOWN} of {total:,})" if total > SHOWN else ""
        tables = [Related("Rows that cannot be taken", ("#Row", "Why"), rows=faults)] if faults else []
        heads, nothing = ("What", "First digits", "Before", "After"), "Nothing: the table says it all already."
        return [*tables, Related(f"Changes{more}", heads, rows=changes, empty=nothing)]

    def bring(self, request: HttpRequest) -> HttpResponse:
        """The form for a list, and what is wrong with it as a whole."""
        by = _keeper(request)
        fault, said = "", request.POST.get("source", "").strip()
        if request.method == "POST":
            file = request.FILES.get("file")
            if file is None or file.size is None:
                fault = "Choose a file."
            elif file.size > MAX_BYTES:
                fault = "The file has more than 20 MB: send the ranges alone."
            else:
                try:
                    made = preview_list(content=file.read(), source=said, filename=file.name or "", by=by)
                    return HttpResponseRedirect(row_url("checkout.BinImport", made.pk))
                except PlatformError as refused:
                    fault = refused.message
        page = {
            **self.admin_site.each_context(request), "title": "Bring in a list of card ranges", "fault": fault, "said": said,
            "headings": list(HEADINGS), "kinds": KINDS, "sources": [one.source for one in ages()],
        }  # fmt: skip
        return TemplateResponse(request, "admin/card_bins/bring.html", page, status=422 if fault else 200)

    def do(self, request: HttpRequest, pk: int, name: str) -> HttpResponse:
        """Apply a list, put it away, or propose to go back to it."""
        by, row = _keeper(request), get_object_or_404(BinImport, pk=pk)
        if name not in {"apply", "discard", "restore"}:
            raise Http404
        if request.method == "POST":
            try:
                row = _done(request, name, row, by)
            except PlatformError as refused:
                messages.error(request, refused.message)
        return HttpResponseRedirect(row_url("checkout.BinImport", row.pk))


def _keeper(request: HttpRequest) -> User:
    """Who asks, if they may change the table."""
    if not request.user.has_perm(MAY) or not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def _done(request: HttpRequest, name: str, row: BinImport, by: User) -> BinImport:
    """Carry one deed out; the row to show afterwards."""
    if name == "restore":
        return preview_roll_back(to=row, by=by)
    if name == "discard":
        return discard_list(source=row)
    return apply_list(source=row, by=by, even_if_drastic=request.POST.get("even_if_drastic") == "yes")
