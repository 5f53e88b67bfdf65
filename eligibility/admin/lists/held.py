"""A held update in front of the person who decides: why it is held, what it would change, and for whom."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from common.admin import Related
from common.admin_cells import row_link
from eligibility.admin.lists.change_table import table_context
from eligibility.catalogue.tasks import soon
from eligibility.lists.approval import NotHeld, NotOpen, approve, end, refuse
from eligibility.lists.changes import Changes
from eligibility.lists.tasks import bring_list
from eligibility.lists.touched import Touched, touched_by
from eligibility.models import ListSync
from people.models import User

FEWEST_WORDS = 2
NO_REASON = "Say why, in at least two words: it is kept for good with your name."
NO_VERDICT = "Choose: let it through, or send it away."


def held_page(request: HttpRequest, sync: ListSync, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    is_held = sync.state == ListSync.State.HELD
    page: dict[str, Any] = {
        **context, "sync": sync, "is_held": is_held, "may_decide": request.user.has_perm("eligibility.change_listsync"),
        "why": request.POST.get("why", ""),
    }  # fmt: skip
    if is_held:
        changes = Changes(sync.list_source_id, sync.number, sync.pk)
        touched = touched_by(changes)
        page |= {
            **table_context(request, changes, sync.list_source.zone), "figures": _figures(sync, touched),
            "merchants": _merchants(touched),
        }  # fmt: skip
    return TemplateResponse(request, "admin/eligibility/lists/held.html", page, status=status)


def decided(sync: ListSync, *, by: User, verdict: str, why: str) -> tuple[str, int, str]:
    """Let it through or send it away; returns what was wrong with its status, or what was done."""
    if verdict not in {"approve", "refuse"}:
        return NO_VERDICT, 400, ""
    if len(why.split()) < FEWEST_WORDS:
        return NO_REASON, 400, ""
    try:
        if verdict == "refuse":
            refuse(sync, by=by, why=why)
            return "", 302, "Sent away. The list stays as it is."
        approve(sync, by=by, why=why)
    except NotHeld as refused:
        return str(refused), 409, ""
    soon(bring_list, sync.pk)
    return "", 302, "Let through: it is written now and then holds."


def ended(sync: ListSync, *, by: User, why: str) -> tuple[str, str]:
    """End one that is under way; returns what was wrong, or what was done."""
    if len(why.split()) < FEWEST_WORDS:
        return NO_REASON, ""
    try:
        end(sync, by=by, why=why)
    except NotOpen as refused:
        return str(refused), ""
    return "", "Ended. The list stays as it is."


def _figures(sync: ListSync, touched: Touched | None) -> list[tuple[str, str]]:
    about = "" if touched is None or touched.is_all else "at least "
    return [
        ("Stand on the list now", f"{sync.standing:,}"), ("Would come", f"{sync.added:,}"), ("Would change", f"{sync.changed:,}"),
        ("Would leave", f"{sync.removed:,}"), ("Rows not taken", f"{sync.rows_faulty:,}"),
        ("Merchants touched", f"{about}{touched.merchant_count:,}" if touched else "too many to count"),
        ("Their products", f"{about}{touched.products:,}" if touched else "too many to count"),
    ]  # fmt: skip


def _merchants(touched: Touched | None) -> Related:
    rows = touched.merchants if touched else []
    return Related(
        "Merchants with the most products touched", ("Merchant", "#Products on sale that may be judged otherwise"),
        rows=[(row_link(merchant), f"{count:,}") for merchant, count in rows],
        empty="No merchant sells a product that would be judged otherwise." if touched else "Counting took too long: very many products are touched.",
    )  # fmt: skip
