"""A merchant's shops: where tills stand, and when silence of theirs is no alarm."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from merchants.models import Member
from portal.access import member_page, page_context
from portal.till_shops import ShopForm, shop_rows
from portal.views.pages import older_page
from pos_monitor.estate.errors import StoreExists
from pos_monitor.estate.services import change_store, create_store
from pos_monitor.models import Store


@never_cache
@require_GET
@member_page(needs="tills.view", of_places=True)
def shops(request: HttpRequest, member: Member) -> HttpResponse:
    words = request.GET.get("q", "").replace("\x00", "").strip()[:60]
    found = Store.objects.filter(merchant=member.merchant)
    if words:
        found = found.filter(Q(name__icontains=words) | Q(town__icontains=words) | Q(region__iexact=words))
    rows, next_url = older_page(request, found)
    context = page_context(member, "tills", shops=shop_rows(rows), words=words, next_url=next_url)
    return render(request, "portal/till_shops.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
@member_page(needs="tills.manage")
def new(request: HttpRequest, member: Member) -> HttpResponse:
    return _form(request, member, None)


@never_cache
@require_http_methods(["GET", "POST"])
@member_page(needs="tills.manage")
def shop(request: HttpRequest, member: Member, public_id: str) -> HttpResponse:
    return _form(request, member, get_object_or_404(Store, merchant=member.merchant, public_id=public_id))


def _form(request: HttpRequest, member: Member, found: Store | None) -> HttpResponse:
    form = ShopForm(request.POST, merchant=member.merchant) if request.method == "POST" else ShopForm.of(member.merchant, found)
    if request.method == "POST" and form.is_valid():
        try:
            if found is None:
                create_store(merchant=member.merchant, **form.fields_of_store())
            else:
                change_store(store=found, **form.fields_of_store())
        except StoreExists as refused:
            form.add_error("name", refused.message)
        else:
            messages.success(request, f"{form.cleaned_data['name']} is {'changed' if found else 'added'}.")
            return redirect("portal:till_shops")
    context = page_context(member, "tills", form=form, shop=found)
    return render(request, "portal/till_shop.html", context, status=400 if form.errors else 200)
