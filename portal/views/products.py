"""The whole catalogue: its list with filters, coverage, a file of it, and deeds for many products at once."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from common import witness
from common.errors import PlatformError
from eligibility.catalogue.coverage import EVIDENCE_WORDS, categories_of, clean_filters, matching
from eligibility.catalogue.deeds.services import Kind, ask_deed, deed_for, deeds_of, stop_deed
from eligibility.catalogue.export import products_csv
from eligibility.catalogue.selectors import with_decisions
from eligibility.decision import STATUS_WORDS
from eligibility.models import Product
from merchants.capabilities import may
from merchants.models import Member
from portal import coverage_pages as shown
from portal import selectors
from portal.access import member_page, page_context
from portal.downloads import csv_download
from portal.views.pages import ROWS_A_PAGE, older_page


@member_page(needs="products.view", of_places=True)
def products(request: HttpRequest, member: Member) -> HttpResponse:
    filters = clean_filters(request.GET.dict())
    found = matching(member.merchant, filters)
    rows, next_url = older_page(request, with_decisions(found))
    witness.saw_list(Product, count=len(rows), filters=filters, merchant_id=member.merchant.pk)
    can_edit = may(member, "products.manage")
    shown_rows = [row | {"can_pick": can_edit} for row in selectors.product_rows(rows, member.merchant)]
    context = page_context(
        member, "products", products=shown_rows, filters=filters, is_filtered=bool(filters),
        next_url=next_url, import_url=reverse("portal:files"), statuses=STATUS_WORDS.items(), evidences=EVIDENCE_WORDS.items(),
        categories=categories_of(member.merchant), can_edit=can_edit, deeds=Kind.choices,
        count=found.count() if next_url or request.GET.get("cursor") else len(rows), query=urlencode(filters),
    )  # fmt: skip
    return render(request, "portal/products.html", context)


@never_cache
@member_page(needs="products.view")
def coverage(request: HttpRequest, member: Member) -> HttpResponse:
    context = page_context(member, "products", **shown.coverage_page(member.merchant))
    return render(request, "portal/coverage.html", context)


@require_GET
@never_cache
@member_page(needs="products.view")
def export(request: HttpRequest, member: Member) -> HttpResponseBase:
    """What the filter finds, as a spreadsheet reads it."""
    filters = clean_filters(request.GET.dict())
    found = matching(member.merchant, filters)
    witness.saw_list(Product, count=found.count(), filters=filters, merchant_id=member.merchant.pk)
    return csv_download(products_csv(found), name="products")


@require_POST
@member_page(needs="products.manage")
def ask(request: HttpRequest, member: Member) -> HttpResponse:
    """A deed for the chosen products, or for all that the filter finds; it is done once a second click says so."""
    filters = clean_filters(request.POST.dict())
    back = f"{reverse('portal:products')}?{urlencode(filters)}"
    kind, chosen = request.POST.get("deed", ""), request.POST.getlist("product")[:ROWS_A_PAGE]
    is_all = request.POST.get("all") == "yes"
    if kind not in Kind.values or not (chosen or is_all):
        messages.error(request, "Nothing was done: choose products, and what shall be done with them.")
        return redirect(back)
    if request.POST.get("sure") != "yes":
        count = matching(member.merchant, filters).count() if is_all else len(chosen)
        context = page_context(
            member, "products", kind=kind, what=Kind(kind).label, words=shown.ASK_WORDS[kind], count=count, filters=filters, is_all=is_all,
            chosen=[] if is_all else chosen, filter_words=shown.filters_in_words(filters), back=back,
        )  # fmt: skip
        return render(request, "portal/deed_ask.html", context)
    who = member.user.get_full_name() or member.user.username
    try:
        deed = ask_deed(merchant=member.merchant, kind=kind, by=who, filters=filters, chosen=None if is_all else chosen)
    except PlatformError as refusal:
        messages.error(request, refusal.message)
        return redirect(back)
    return redirect("portal:deed", deed.public_id)


@member_page(needs="products.view")
def deeds(request: HttpRequest, member: Member) -> HttpResponse:
    rows, next_url = older_page(request, deeds_of(member.merchant))
    context = page_context(member, "products", deeds=[shown.deed_row(row, timezone.now()) for row in rows], next_url=next_url)
    return render(request, "portal/deeds.html", context)


@never_cache
@member_page(needs="products.view")
def deed(request: HttpRequest, member: Member, public_id: str) -> HttpResponse:
    found = deed_for(member.merchant, public_id)
    can_stop = found.is_open and may(member, "products.manage")
    context = page_context(member, "products", can_stop=can_stop, **shown.deed_page(found, timezone.now()))
    return render(request, "portal/deed.html", context)


@never_cache
@require_GET
@member_page(needs="products.view")
def deed_status(request: HttpRequest, member: Member, public_id: str) -> HttpResponse:
    """What the page asks for every second or two while the deed goes on."""
    return JsonResponse(shown.deed_status(deed_for(member.merchant, public_id), timezone.now()))


@require_POST
@member_page(needs="products.manage")
def deed_stop(request: HttpRequest, member: Member, public_id: str) -> HttpResponse:
    try:
        stop_deed(deed=deed_for(member.merchant, public_id))
    except PlatformError as refusal:
        messages.error(request, refusal.message)
    return redirect("portal:deed", public_id)
