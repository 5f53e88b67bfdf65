"""Looks at the payment pages: the evidence that scripts and headers were what somebody authorised."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Q
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from checkout.payment_pages.models import PageCheck
from checkout.payment_pages.selectors import differs_now
from common.admin import ReadOnlyAdmin, in_pairs, recent_filter, state_filter
from common.admin_cells import as_json, badge_column, column, id_column, time_column

PAGE_WORDS = {"pay": "Payment page", "card_frame": "Card fields"}
CLEAN_WORDS = {True: ("As authorised", "good"), False: ("Differs", "fault")}


@admin.register(PageCheck)
class PageCheckAdmin(ReadOnlyAdmin):
    list_display = ("page_words", "state", "finding_count", "checked")
    list_filter = (
        state_filter("state", "state", {"differs": ("Differs now", differs_now), "found": ("Something was found", lambda: Q(is_clean=False))}),
        recent_filter("checked_at", "checked"),
    )  # fmt: skip
    list_title = "Checks of payment pages"
    search_fields = ("public_id__exact",)
    search_help_text = "Id of the check"
    empty_hint = "No check yet: the first is made within six hours, or at once by “manage.py check_payment_pages”."
    ordering = ("-pk",)
    fields = (*in_pairs("page_words", "state", "checked", "id_text"), "found", "scripts_text", "headers_text")
    page_words = column("page", "page", lambda page: PAGE_WORDS.get(page, page))
    state = badge_column("is_clean", "state", CLEAN_WORDS)
    checked = time_column("checked_at", "checked", ordering="id")
    id_text = id_column("public_id")
    finding_count = column("findings", "findings", len)
    scripts_text = column("scripts", "scripts as served", as_json)
    headers_text = column("headers", "headers as served", as_json)

    @admin.display(description="found")
    def found(self, check: PageCheck) -> SafeString | str:
        return format_html_join("", "<p>{}</p>", ((finding,) for finding in check.findings)) or "Nothing: all is as authorised."
