from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from unfold.contrib.filters.admin import AutocompleteSelectFilter

from common.admin import ReadOnlyAdmin, in_pairs, recent_filter
from common.admin_cells import id_column, link_column, list_links, list_url, time_column
from shoppers import admin_accounts as admin_accounts
from shoppers.masking import email_for_staff
from shoppers.models import Shopper
from shoppers.selectors import shoppers_with_email


@admin.register(Shopper)
class ShopperAdmin(ReadOnlyAdmin):
    """Found by the whole e-mail address only: what is sealed has no parts to search."""

    list_display = ("address", "merchant_name", "id_text", "created")
    list_filter = (("merchant", AutocompleteSelectFilter), recent_filter("created_at", "first seen"))
    list_select_related = ("merchant",)
    search_fields = ("public_id__exact",)
    search_help_text = "Whole e-mail address, or shp_… id"
    empty_hint = "No shopper has this address. Shoppers appear when they ask for a receipt by mail; the address must be whole."
    ordering = ("-pk",)
    fields = in_pairs("address", "id_text", "merchant_link", "created", "onward")
    id_text = id_column("public_id")
    created = time_column("created_at", "first seen")
    merchant_link = link_column("merchant", "merchant")

    @admin.display(description="e-mail")
    def address(self, shopper: Shopper) -> Any:
        return email_for_staff(shopper)

    @admin.display(description="merchant", ordering="merchant__name")
    def merchant_name(self, shopper: Shopper) -> str:
        return shopper.merchant.name

    @admin.display(description="go to")
    def onward(self, shopper: Shopper) -> str:
        ask = f"{reverse('staff:emergency')}?for={shopper.merchant.public_id}"
        return list_links(
            ("Sales", list_url("checkout.CheckoutSession", shopper__id__exact=shopper.pk)), ("See the whole address", ask)
        )

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> tuple[QuerySet[Any], bool]:
        if "@" in search_term:
            return queryset.filter(pk__in=shoppers_with_email(search_term).values("pk")), False
        found: tuple[QuerySet[Any], bool] = super().get_search_results(request, queryset, search_term)
        return found
