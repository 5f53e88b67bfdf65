"""The admin's first page: what needs somebody, and how the last day went."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, Sum
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from checkout.models import CheckoutSession, Payment, Tender
from common.admin import Related
from common.admin_cells import badge, list_url, money_cell, row_link, when
from eligibility.admin.reviews import REASON_WORDS
from eligibility.models import ReviewRequest
from people.break_glass import active_grants
from people.models import User
from people.roles import FINANCE, has_role
from portal.admin_navigation import may_view
from portal.selectors import attention_for_finance, attention_for_staff

ROWS_SHOWN = 5
# Key of attention_for_staff -> (one, many, what to do, tone, app.Model, filters that list exactly the counted rows)
TILES: tuple[tuple[str, str, str, str, str, str, dict[str, str]], ...] = (
    ("stuck", "sale stuck while being paid", "sales stuck while being paid", "Look whether the shopper was charged.",
     "fault", "checkout.CheckoutSession", {"trouble": "stuck"}),
    ("trail_faults", "fault in the audit trail", "faults in the audit trail", "Somebody changed it: keep a copy, call security.",
     "fault", "vault.AuditCheck", {}),
    ("pages_differ", "payment page is not as authorised", "payment pages are not as authorised", "A script or header changed: take it off before asking why.",
     "fault", "checkout.PageCheck", {"state": "differs"}),
    ("advices_refused", "message refused by the network", "messages refused by the network", "Money may be held or missing: call the processor.",
     "fault", "checkout.NetworkAdvice", {"state": "refused"}),
    ("clearing_open", "clearing difference", "clearing differences", "The network cleared something else than we booked.",
     "fault", "checkout.ClearingCase", {"state": "open"}),
    ("advices_waiting", "message waits for the network", "messages wait for the network", "They are repeated until acknowledged.",
     "warn", "checkout.NetworkAdvice", {"state": "waiting"}),
    ("reviews_open", "item to review", "items to review", "Your decision counts from the next sale on.",
     "warn", "eligibility.ReviewRequest", {"state": "open"}),
    ("findings_overdue", "finding overdue", "findings overdue", "Settle it, or have its risk accepted.",
     "fault", "compliance.Finding", {"due": "overdue"}),
    ("failed_today", "payment failed", "payments failed", "In the last 24 hours.",
     "info", "checkout.Payment", {"status__exact": "failed", "tried": "day"}),
)  # fmt: skip
# Of Finance alone, since nobody else may settle them: the same with keys of attention_for_finance
FINANCE_TILES: tuple[tuple[str, str, str, str, str, str, dict[str, str]], ...] = (
    ("differences", "difference at the bank", "differences at the bank", "Clearing, our book and the bank do not agree.",
     "fault", "treasury.TreasuryCase", {"state": "open"}),
    ("fees", "proposal of fees waits for a second person", "proposals of fees wait for a second person", "Let them through, or decline them.",
     "warn", "treasury.FeeProposal", {"status__exact": "proposed"}),
    ("adjustments", "adjustment waits for a second person", "adjustments wait for a second person", "Let it through, or decline it.",
     "warn", "treasury.Adjustment", {"status__exact": "proposed"}),
)  # fmt: skip


def environment_badge(request: HttpRequest) -> list[str]:
    """Word and colour beside the title, so that nobody mistakes the sandbox for production."""
    return ["Sandbox", "warning"] if settings.IS_SANDBOX else ["Production", "danger"]


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """What templates/admin/index.html shows, as far as the person may view it."""
    sees_sales = may_view(request, "checkout.CheckoutSession")
    return {
        **context,
        "title": "Home",
        "tiles": _tiles(request),
        "find_url": list_url("checkout.CheckoutSession") if sees_sales else "",
        "numbers": _last_day() if sees_sales else [],
        "related_tables": [
            *(_emergencies() if may_view(request, "people.BreakGlassGrant") else []),
            *(_failed() if sees_sales else []),
            *(_waiting() if may_view(request, "eligibility.ReviewRequest") else []),
        ],
    }


def _emergencies() -> list[Related]:
    grants = active_grants()
    return [
        Related(
            "Emergency access, open now", ("Who", "Over", "Why", "Until"),
            rows=[(row_link(grant.user), grant.asked_for, grant.reason, when(grant.expires_at)) for grant in grants],
            more_url=reverse("staff:emergency"),
        )
    ] if grants else []  # fmt: skip


def _tiles(request: HttpRequest) -> list[dict[str, Any]]:
    """What needs somebody, before what is in order."""
    counts, kinds = attention_for_staff(), TILES
    if isinstance(request.user, User) and has_role(request.user, FINANCE):
        counts, kinds = counts | attention_for_finance(), (*FINANCE_TILES, *TILES)
    tiles = [
        {
            "count": counts[key], "words": one if counts[key] == 1 else many, "text": text, "url": list_url(label, **filters),
            "tone": tone if counts[key] else "silent",
        }
        for key, one, many, text, tone, label, filters in kinds
        if may_view(request, label)
    ]  # fmt: skip
    return sorted(tiles, key=lambda tile: tile["count"] == 0)


def _last_day() -> list[tuple[str, Any]]:
    since = timezone.now() - timedelta(days=1)
    captured = Payment.objects.filter(status=Payment.Status.CAPTURED, captured_at__gte=since)
    total = captured.aggregate(cents=Sum("amount_cents"))["cents"] or 0
    benefit = (
        Tender.objects.filter(payment__in=captured, kind=Tender.Kind.BENEFIT).aggregate(cents=Sum("approved_cents"))["cents"] or 0
    )
    opened = CheckoutSession.objects.filter(created_at__gte=since).aggregate(
        count=Count("pk"), merchants=Count("merchant", distinct=True)
    )
    return [
        ("Captured", money_cell(total)), ("On benefit cards", money_cell(benefit)), ("On other cards", money_cell(total - benefit)),
        ("Sales opened", f"{opened['count']:,}"), ("Merchants selling", f"{opened['merchants']:,}"),
    ]  # fmt: skip


def _failed() -> list[Related]:
    failed = (
        Payment.objects.filter(status=Payment.Status.FAILED).select_related("session", "merchant").order_by("-pk")[:ROWS_SHOWN]
    )
    return [
        Related(
            "Newest failed payments", ("Order", "Merchant", "#Amount", "Why", "When"),
            rows=[
                (row_link(p, p.session.client_reference_id or "no order number"), row_link(p.merchant), money_cell(p.amount_cents),
                 p.failure_message, when(p.created_at))
                for p in failed
            ],
            empty="No payment has failed.", more_url=list_url("checkout.Payment", status__exact="failed"),
        )
    ]  # fmt: skip


def _waiting() -> list[Related]:
    waiting = ReviewRequest.objects.filter(closed_at=None).select_related("merchant").order_by("reason", "pk")[:ROWS_SHOWN]
    return [
        Related(
            "Next to review", ("Item", "Merchant", "Why it waits", "Since"),
            rows=[(row_link(r), row_link(r.merchant), badge(*REASON_WORDS[ReviewRequest.Reason(r.reason)]), when(r.created_at)) for r in waiting],
            empty="Nothing waits for review.", more_url=list_url("eligibility.ReviewRequest", state="open"),
        )
    ]  # fmt: skip
