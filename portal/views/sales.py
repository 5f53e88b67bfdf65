"""The merchant's sales: found by filters and words, kept as views, taken away as a file."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_POST

from checkout.models import CheckoutSession
from common import witness
from common.api.pages import CursorInvalid
from common.errors import PlatformError
from merchants.models import Member
from portal import selectors
from portal.access import member_page, page_context
from pos_monitor.models import Store, Terminal
from sales import finding, views
from sales.errors import ViewNotYours
from sales.exporting import file_parts
from sales.models import SavedView
from vault.audit.services import record

ROWS_A_PAGE = 50
MOST_CHOICES = 500  # of stores or tills in a list to choose from: whoever has more comes from the till's own page
ALL = "all"  # as the view's name in an address: all sales, whatever the default view is
CONTENT = {"csv": "text/csv; charset=utf-8", "jsonl": "application/x-ndjson; charset=utf-8"}


@require_GET
@member_page(needs="sales.view", of_places=True)
def sales(request: HttpRequest, member: Member) -> HttpResponse:
    asked = request.GET.get("view", "")
    if not request.GET and (chosen := views.default_view(member)):
        return redirect(f"{reverse('portal:sales')}?view={chosen.public_id}")
    view = views.view_for(member, asked) if asked not in {"", ALL} else None
    filters = finding.read_filters({**(view.filters if view else {}), **request.GET.dict()})
    rows, next_cursor = _page(request, member, filters)
    witness.saw_list(CheckoutSession, count=len(rows), filters=filters, merchant_id=member.merchant.pk)
    said = urlencode(filters)
    context = page_context(
        member, "sales", sales=selectors.sale_rows(rows), filters=filters, is_filtered=bool(filters), sums=finding.sums_of(member.merchant, filters),
        most_summed=finding.MOST_SUMMED, next_url=f"?{_query(request, next_cursor)}" if next_cursor else None, said=said,
        more_count=len(set(filters) - {"q", "status", "from", "to"}), **_views(member, view), **_choices(member, filters),
    )  # fmt: skip
    return render(request, "portal/sales.html", context)


def _page(request: HttpRequest, member: Member, filters: dict[str, str]) -> tuple[list[CheckoutSession], str | None]:
    try:
        found, cursor = finding.sales_page(member.merchant, filters, cursor=request.GET.get("cursor", ""), limit=ROWS_A_PAGE)
    except CursorInvalid:
        found, cursor = finding.sales_page(member.merchant, filters, limit=ROWS_A_PAGE)
    rows = selectors.with_benefit(CheckoutSession.objects.filter(merchant=member.merchant, pk__in=found))
    return list(rows.order_by("-pk")), cursor


def _query(request: HttpRequest, cursor: str) -> str:
    query = request.GET.copy()
    query["cursor"] = cursor
    return query.urlencode()


def _views(member: Member, view: SavedView | None) -> dict[str, Any]:
    chosen = views.default_view(member)
    return {
        "views": [
            {"name": one.name, "public_id": one.public_id, "is_mine": one.user_id == member.user_id, "is_shared": one.is_shared, "by": str(one.user),
             "is_default": chosen == one, "is_current": view == one}
            for one in views.views_of(member)
        ],
        "view": view, "may_change_view": bool(view and view.user_id == member.user_id), "is_default_view": view is not None and view == chosen,
        "has_default": chosen is not None,
    }  # fmt: skip


def _choices(member: Member, filters: dict[str, str]) -> dict[str, Any]:
    stores = Store.objects.filter(merchant=member.merchant).order_by("name")
    tills = Terminal.objects.filter(merchant=member.merchant, kind=Terminal.Kind.TILL).order_by("label", "pk")
    if store := filters.get("store"):
        tills = tills.filter(store__public_id=store)
    return {
        "statuses": selectors.SALE_STATUSES, "channels": finding.CHANNELS.items(), "cards": finding.CARDS.items(),
        "stores": list(stores.values_list("public_id", "name")[:MOST_CHOICES]),
        "tills": [(till.public_id, till.label or till.serial) for till in tills[:MOST_CHOICES]],
    }  # fmt: skip


@require_GET
@member_page(needs="sales.export", of_places=True)
def export(request: HttpRequest, member: Member, kind: str) -> HttpResponseBase:
    """The sales that the filters find, all of them; who took them is in the audit trail before the first line."""
    if kind not in CONTENT:
        raise Http404
    filters, with_lines = finding.read_filters(request.GET.dict()), request.GET.get("lines") == "1"
    record(
        action="sales.exported", subject="merchant", subject_id=member.merchant.public_id, merchant_id=member.merchant.pk,
        details={"kind": kind, "lines": with_lines, "filters": sorted(filters)},
    )  # fmt: skip
    response = StreamingHttpResponse(
        file_parts(member.merchant, filters, kind=kind, with_lines=with_lines), content_type=CONTENT[kind]
    )
    response["Content-Disposition"] = f'attachment; filename="{"sale-items" if with_lines else "sales"}.{kind}"'
    return response


@require_POST
@member_page(needs="sales.view", of_places=True)
def save(request: HttpRequest, member: Member) -> HttpResponse:
    filters = finding.read_filters(request.POST.dict())
    try:
        view = views.save_view(
            member=member, name=request.POST.get("name", ""), filters=filters, is_shared="share" in request.POST
        )
    except PlatformError as refusal:
        messages.error(request, refusal.message)
        return redirect(f"{reverse('portal:sales')}?{urlencode(filters) or f'view={ALL}'}")
    messages.success(request, f"“{view.name}” is saved{' for your whole team' if view.is_shared else ''}.")
    return redirect(f"{reverse('portal:sales')}?view={view.public_id}")


@require_POST
@member_page(needs="sales.view", of_places=True)
def change(request: HttpRequest, member: Member, public_id: str) -> HttpResponse:
    """Rename, share, delete, or open by default: as the button that was pressed says."""
    view, deed = views.view_for(member, public_id), request.POST.get("deed", "")
    there = f"{reverse('portal:sales')}?view={view.public_id}"
    try:
        if deed == "delete":
            views.delete_view(member=member, view=view)
            messages.success(request, f"“{view.name}” is deleted. The sales it showed are untouched.")
            there = f"{reverse('portal:sales')}?view={ALL}"
        elif deed in {"default", "no_default"}:
            views.choose_default(member=member, view=view if deed == "default" else None)
            messages.success(request, f"Sales opens with “{view.name}”." if deed == "default" else "Sales opens with all sales.")
        else:
            views.change_view(member=member, view=view, name=request.POST.get("name", ""), is_shared="share" in request.POST)
            messages.success(request, f"“{view.name}” is saved.")
    except ViewNotYours as refusal:
        return render(request, "errors/403.html", {"message": refusal.message}, status=403)
    except PlatformError as refusal:
        messages.error(request, refusal.message)
    return redirect(there)
