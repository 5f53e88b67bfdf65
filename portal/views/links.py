"""Payment links: made, looked at with their QR code and sales, switched off and on."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from checkout.models import CheckoutSession, PaymentLink
from checkout.payment_links.selectors import link_for, link_url, links_of, sales_of_link, status_of
from checkout.payment_links.services import create_link, switch_link
from common import witness
from common.errors import PlatformError
from merchants.models import Member
from portal import selectors
from portal.access import member_page, page_context
from portal.link_forms import LinkForm, empty_form, read_form
from portal.views.pages import older_page

STATUS_WORDS = {
    "active": ("Takes payments", "good", "check"), "inactive": ("Switched off", "", "minus"), "expired": ("Over", "", "clock"),
    "used_up": ("Paid", "good", "check"),
}  # fmt: skip


@member_page(needs="links.view")
def links(request: HttpRequest, member: Member) -> HttpResponse:
    rows, next_url = older_page(request, links_of(member.merchant))
    witness.saw_list(PaymentLink, count=len(rows), merchant_id=member.merchant.pk)
    context = page_context(member, "links", links=[_row(link) for link in rows], next_url=next_url)
    return render(request, "portal/links.html", context)


@member_page(needs="links.manage")
def new(request: HttpRequest, member: Member) -> HttpResponse:
    if request.method != "POST":
        return _form(request, member, empty_form())
    form = read_form(request.POST, member.merchant.zone)
    if form.errors:
        return _form(request, member, form, status=400)
    try:
        link = create_link(
            merchant=member.merchant, lines=form.lines, title=form.typed["title"], shipping_cents=form.shipping_cents,
            max_sales=form.max_sales, expires_at=form.expires_at, client_reference_id=form.typed["order"][:200],
            created_by=member.user,
        )  # fmt: skip
    except PlatformError as refusal:
        form.errors["title-0"] = refusal.message
        return _form(request, member, form, status=400)
    messages.success(request, "The link is ready: send it, or print its QR code.")
    return redirect("portal:link", link.public_id)


@member_page(needs="links.view")
def link(request: HttpRequest, member: Member, public_id: str) -> HttpResponse:
    found = link_for(member.merchant, public_id)
    witness.saw(found)
    rows, next_url = older_page(request, selectors.with_benefit(sales_of_link(found)))
    witness.saw_list(CheckoutSession, count=len(rows), merchant_id=member.merchant.pk)
    lines = [{**line, "total_cents": line["quantity"] * line["unit_price_cents"]} for line in found.line_items]
    context = page_context(
        member, "links", link={**_row(found), "lines": lines, "shipping_cents": found.shipping_cents, "order": found.client_reference_id},
        sales=selectors.sale_rows(rows), next_url=next_url,
    )  # fmt: skip
    return render(request, "portal/link.html", context)


@require_POST
@member_page(needs="links.manage")
def switch(request: HttpRequest, member: Member, public_id: str) -> HttpResponse:
    is_active = request.POST.get("state") == "on"
    switch_link(link=link_for(member.merchant, public_id), is_active=is_active)
    messages.success(request, "The link takes payments again." if is_active else "The link is off: nobody can pay through it.")
    return redirect("portal:link", public_id)


def _form(request: HttpRequest, member: Member, form: LinkForm, *, status: int = 200) -> HttpResponse:
    return render(request, "portal/link_new.html", page_context(member, "links", form=_with_errors(form)), status=status)


def _with_errors(form: LinkForm) -> dict[str, Any]:
    rows = [
        {**row, "errors": {name: form.errors.get(f"{name}-{row['index']}", "") for name in ("title", "price", "quantity")}}
        for row in form.rows
    ]
    return {"typed": form.typed, "rows": rows, "errors": form.errors}


def _row(link: PaymentLink) -> dict[str, Any]:
    status = status_of(link)
    word, tone, icon = STATUS_WORDS[status]
    return {
        "id": link.public_id, "title": link.title, "url": link_url(link), "status": status, "word": word, "tone": tone, "icon": icon,
        "amount_cents": link.amount_total_cents, "sales_count": getattr(link, "sales_count", 0),
        "sales_cents": getattr(link, "sales_cents", 0), "max_sales": link.max_sales, "expires_at": link.expires_at,
        "created_at": link.created_at, "is_on": link.deactivated_at is None,
    }  # fmt: skip
