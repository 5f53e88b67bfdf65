"""Merchants' files, and runs that judge every product again: looked at while they go on."""

from __future__ import annotations

from django.contrib import admin
from django.utils import timezone
from unfold.contrib.filters.admin import AutocompleteSelectFilter

from common.admin import ReadOnlyAdmin, in_pairs, word_filter
from common.admin_cells import as_json, badge_column, column, id_column, link_column, list_links, list_url, time_column
from eligibility.catalogue.jobs.selectors import progress_of
from eligibility.models import CatalogueJob, RedecisionRun

STATE_WORDS = {
    "queued": ("Waiting", "info"), "running": ("Under way", "info"), "done": ("Done", "good"), "failed": ("Failed", "fault"),
    "cancelled": ("Stopped", "silent"),
}  # fmt: skip


def _in_words(row: RedecisionRun | CatalogueJob) -> str:
    """How far it is, how fast, and how long it will take."""
    progress = progress_of(row, timezone.now())
    words = f"{row.rows_done:,} of {row.rows_total:,} ({progress.percent}%)"
    if progress.rows_per_s is not None:
        words += f", {progress.rows_per_s:,.0f} a second"
    return words + (f", {progress.left_s} s left" if progress.left_s is not None else "")


@admin.register(RedecisionRun)
class RedecisionRunAdmin(ReadOnlyAdmin):
    """Started by a change of what decisions rest on, or by `manage.py redecide_products`."""

    list_display = ("id_text", "state_word", "why", "progress", "changed", "merchant", "created")
    list_filter = (word_filter("state", "state", STATE_WORDS), "cause")
    list_select_related = ("merchant",)
    list_title = "Re-decisions"
    search_fields = ("public_id__exact",)
    search_help_text = "run_… id"
    empty_hint = "Products were not judged again yet: nothing that decisions rest on has changed."
    id_text = id_column("public_id")
    state_word = badge_column("state", "state", STATE_WORDS)
    why = column("cause", "because of", lambda cause: RedecisionRun.Cause(cause).label)
    changed = column("rows_changed", "changed", lambda count: f"{count:,}")
    skipped = column("rows_skipped", "needed no look", lambda count: f"{count:,}")
    waited = column("waited_s", "stood back for sales", lambda seconds: f"{seconds:,.0f} s")
    judged_by = column("basis", "judged by", as_json)
    created, started, finished = (
        time_column("created_at", "opened"),
        time_column("started_at", "begun"),
        time_column("finished_at", "ended"),
    )
    merchant_link = link_column("merchant", "merchant")
    fieldsets = (
        (None, {"fields": in_pairs("state_word", "why", "progress", "changed", "skipped", "waited", "created", "started", "finished", "error")}),
        ("More", {"fields": in_pairs("merchant_link", "id_text", "judged_by", "onward")}),
    )  # fmt: skip

    @admin.display(description="progress")
    def progress(self, run: RedecisionRun) -> str:
        return _in_words(run)

    @admin.display(description="go to")
    def onward(self, run: RedecisionRun) -> str:
        return list_links(("All products", list_url("eligibility.Product")))


@admin.register(CatalogueJob)
class CatalogueJobAdmin(ReadOnlyAdmin):
    """Files of items, as merchants sent them; what stands in their rows is the merchant's business."""

    list_display = ("file", "kind", "state_word", "progress", "failed", "merchant", "created")
    list_filter = (word_filter("state", "state", STATE_WORDS), "kind", ("merchant", AutocompleteSelectFilter))
    list_select_related = ("merchant",)
    list_title = "Merchants' files"
    search_fields = ("public_id__exact", "filename__icontains", "merchant__name__icontains")
    search_help_text = "job_… id, file, merchant"
    empty_hint = "No merchant has sent a file."
    file = column("filename", "file", lambda name: name or "without a name")
    state_word = badge_column("state", "state", STATE_WORDS)
    failed = column("rows_failed", "not usable", lambda count: f"{count:,}")
    outcome = column("counts", "what came out", as_json)
    columns_read = column("mapping", "columns read", as_json)
    created, started, finished = (
        time_column("created_at", "sent"),
        time_column("started_at", "begun"),
        time_column("finished_at", "ended"),
    )
    expires = time_column("expires_at", "kept until")
    merchant_link = link_column("merchant", "merchant")
    id_text = id_column("public_id")
    fields = in_pairs(
        "file", "kind", "state_word", "progress", "failed", "is_dry_run", "created", "started", "finished", "expires", "error",
        "merchant_link", "columns_read", "outcome", "id_text",
    )  # fmt: skip

    @admin.display(description="progress")
    def progress(self, job: CatalogueJob) -> str:
        return _in_words(job)
