"""Days of a till as they were closed, and offline sales that could not be paid."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from common import witness
from merchants.models import Member
from people.models import User
from portal.access import member_page, page_context
from portal.till_sales import OfflineForm, SettleForm, day_rows, difference_rows, loss_rows, refused_rows
from portal.views.pages import ROWS_A_PAGE, older_page
from portal.views.till_deeds import till_of
from pos_monitor.models import RefusedSale, TillDay, TillSale
from pos_monitor.sales.losses import change_settings, settle_loss, settle_refused
from pos_monitor.sales.selectors import days_of_terminal, refused_offline_sales, settings_of, unpaid_offline_sales


@require_safe
@never_cache
@member_page(needs="sales.view", of_places=True)
def unpaid(request: HttpRequest, member: Member) -> HttpResponse:
    return _unpaid(request, member, OfflineForm.of(settings_of(member.merchant)))


@require_POST
@member_page(needs="settings.manage")
def offline(request: HttpRequest, member: Member) -> HttpResponse:
    form = OfflineForm(request.POST)
    if not form.is_valid():
        return _unpaid(request, member, form, status=400)
    change_settings(merchant=member.merchant, **form.settings())
    messages.success(request, "Your tills go by it from their next sale on.")
    return redirect("portal:till_unpaid")


@require_POST
@member_page(needs="sales.refund", of_places=True)
def settle(request: HttpRequest, member: Member, public_id: str) -> HttpResponse:
    refused = RefusedSale.objects.filter(merchant=member.merchant, public_id=public_id).first()
    sale = refused or get_object_or_404(
        TillSale.objects.select_related("session"), merchant=member.merchant, public_id=public_id, lost_at__isnull=False
    )
    form = SettleForm(request.POST)
    if not form.is_valid():
        messages.error(request, str(form.errors["note"][0]))
    elif _settled(sale, member.user, form.cleaned_data["note"]):
        messages.success(request, f"Sale {sale.sale_number} is off the list, and no card pays it any more.")
    else:
        messages.error(request, f"Sale {sale.sale_number} is being paid, or is off the list already.")
    return redirect("portal:till_unpaid")


def _settled(sale: TillSale | RefusedSale, by: User, note: str) -> bool:
    return (
        settle_refused(sale=sale, by=by, note=note) if isinstance(sale, RefusedSale) else settle_loss(sale=sale, by=by, note=note)
    )


@require_safe
@never_cache
@member_page(needs="sales.view", of_places=True)
def days(request: HttpRequest, member: Member, public_id: str) -> HttpResponse:
    till = till_of(member, public_id)
    rows, next_url = older_page(request, days_of_terminal(till).select_related("terminal"))
    witness.saw_list(TillDay, count=len(rows), merchant_id=member.merchant.pk)
    context = page_context(
        member, "tills", till={"public_id": till.public_id, "name": str(till)}, days=day_rows(rows), next_url=next_url
    )
    return render(request, "portal/till_days.html", context)


@require_safe
@never_cache
@member_page(needs="sales.view", of_places=True)
def day(request: HttpRequest, member: Member, public_id: str) -> HttpResponse:
    found = get_object_or_404(TillDay.objects.select_related("terminal__store"), merchant=member.merchant, public_id=public_id)
    witness.saw(found)
    context = page_context(
        member, "tills", till={"public_id": found.terminal.public_id, "name": str(found.terminal)}, day=found, row=day_rows([found])[0],
        differences=difference_rows(found),
    )  # fmt: skip
    return render(request, "portal/till_day.html", context)


def _unpaid(request: HttpRequest, member: Member, form: OfflineForm, *, status: int = 200) -> HttpResponse:
    found = unpaid_offline_sales(member.merchant)
    rows, next_url = older_page(request, found)
    witness.saw_list(TillSale, count=len(rows), merchant_id=member.merchant.pk)
    untaken = refused_offline_sales(member.merchant)
    refused = list(untaken[:ROWS_A_PAGE])
    witness.saw_list(RefusedSale, count=len(refused), merchant_id=member.merchant.pk)
    lost_cents = (
        found.aggregate(cents=Sum("session__amount_total_cents", default=0))["cents"]
        + untaken.aggregate(cents=Sum("amount_total_cents", default=0))["cents"]
    )
    context = page_context(
        member, "tills", sales=loss_rows(rows), refused=refused_rows(refused), next_url=next_url, form=form, lost_cents=lost_cents
    )
    return render(request, "portal/till_unpaid.html", context, status=status)
