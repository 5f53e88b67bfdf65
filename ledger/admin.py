"""The book, to be read."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from unfold.contrib.filters.admin import AutocompleteSelectFilter

from common.admin import ReadOnlyAdmin, Related, in_pairs, recent_filter
from common.admin_cells import (  # fmt: skip
    column,
    copyable,
    id_column,
    id_link,
    link_column,
    list_links,
    list_url,
    money_cell,
    money_column,
    row_link,
    time_column,
    when,
)
from common.money import dollars
from ledger.models import Account, Entry, Leg

LEGS_SHOWN = 50


def debit(cents: int) -> SafeString:
    return money_cell(cents) if cents > 0 else SafeString("")


def credit(cents: int) -> SafeString:
    return money_cell(-cents) if cents < 0 else SafeString("")


def balance_cell(cents: int) -> SafeString:
    """A balance with its side in words: nobody has to know which sign is whose."""
    side = "debit" if cents > 0 else "credit" if cents < 0 else "even"
    return format_html("{} <small>{}</small>", money_cell(abs(cents)), side)


@admin.register(Account)
class AccountAdmin(ReadOnlyAdmin):
    list_display = ("kind_text", "merchant", "balance_money", "currency", "opened")
    list_filter = ("kind", ("merchant", AutocompleteSelectFilter))
    list_select_related = ("merchant",)
    search_fields = ("public_id__exact", "merchant__name__icontains")
    list_title = "Ledger accounts"
    search_help_text = "Merchant, or acct_… id"
    empty_hint = "Accounts open by themselves with the first money that moves."
    ordering = ("-pk",)
    fields = in_pairs("kind_text", "merchant_link", "balance_money", "currency", "id_text", "opened", "onward")
    kind_text = column("get_kind_display", "kind", lambda words: capfirst(words()), ordering="kind")
    balance_money = column("balance_cents", "balance", balance_cell)
    merchant_link = link_column("merchant", "merchant")
    id_text = id_column("public_id")
    opened = time_column("created_at", "opened")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Account]:
        accounts: QuerySet[Account] = super().get_queryset(request)
        return accounts.annotate(balance_cents=Coalesce(Sum("legs__amount_cents"), 0))

    @admin.display(description="go to")
    def onward(self, account: Account) -> str:
        return list_links(("All movements", list_url("ledger.Leg", account__id__exact=account.pk)))

    def related(self, request: HttpRequest, row: Account) -> list[Related]:
        legs = row.legs.select_related("entry").order_by("-pk")[:LEGS_SHOWN]
        return [
            Related(
                f"Newest {LEGS_SHOWN} movements", ("When", "Entry", "Reference", "#Debit", "#Credit"),
                rows=[
                    (when(leg.entry.posted_at), row_link(leg.entry, leg.entry.description), leg.entry.reference,
                     debit(leg.amount_cents), credit(leg.amount_cents))
                    for leg in legs
                ],
                empty="No money has moved on this account.", more_url=list_url("ledger.Leg", account__id__exact=row.pk),
            )
        ]  # fmt: skip


@admin.register(Entry)
class EntryAdmin(ReadOnlyAdmin):
    list_display = ("description", "merchant", "amount_money", "reference_text", "posted")
    list_filter = (recent_filter("posted_at", "posted"), ("merchant", AutocompleteSelectFilter))
    list_select_related = ("merchant",)
    search_fields = ("public_id__exact", "reference__exact", "description__icontains", "merchant__name__icontains")
    list_title = "Ledger entries"
    search_help_text = "Order number, pay_… or ent_… id, merchant"
    empty_hint = "Nothing was posted yet: an entry comes with each captured sale."
    ordering = ("-pk",)
    fields = in_pairs("description", "amount_money", "reference_link", "merchant_link", "id_text", "posted")
    amount_money = money_column("moved_cents", "amount")
    reference_text = column("reference", "posted for", copyable)
    merchant_link = link_column("merchant", "merchant")
    id_text = id_column("public_id")
    posted = time_column("posted_at", "posted", ordering="id")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Entry]:
        entries: QuerySet[Entry] = super().get_queryset(request)
        return entries.annotate(moved_cents=Sum("legs__amount_cents", filter=Q(legs__amount_cents__gt=0)))

    @admin.display(description="posted for")
    def reference_link(self, entry: Entry) -> SafeString:
        """A reference is what happened, a colon, and the id of what it happened to."""
        verb, _, public_id = entry.reference.partition(":")
        return format_html("{} {}", verb, id_link(public_id)) if public_id else copyable(entry.reference)

    def get_search_results(self, request: HttpRequest, queryset: QuerySet[Any], search_term: str) -> tuple[QuerySet[Any], bool]:
        if search_term.startswith("pay_"):
            return queryset.filter(reference=f"capture:{search_term}"), False
        found: tuple[QuerySet[Any], bool] = super().get_search_results(request, queryset, search_term)
        return found

    def related(self, request: HttpRequest, row: Entry) -> list[Related]:
        legs = row.legs.select_related("account__merchant").order_by("pk")
        total_cents = sum(leg.amount_cents for leg in legs)
        return [
            Related(
                f"Legs · they sum to {dollars(total_cents)}", ("Account", "#Debit", "#Credit"),
                rows=[(row_link(leg.account, capfirst(str(leg.account))), debit(leg.amount_cents), credit(leg.amount_cents)) for leg in legs],
            )
        ]  # fmt: skip


@admin.register(Leg)
class LegAdmin(ReadOnlyAdmin):
    """One account's statement, when narrowed to it. A leg has no page of its own: its entry's tells all."""

    list_display = ("entry_link", "account_link", "debit_money", "credit_money", "posted")
    list_display_links = None
    list_filter = (recent_filter("entry__posted_at", "posted", "posted"), ("account__merchant", AutocompleteSelectFilter))
    list_select_related = ("entry", "account__merchant")
    list_title = "Ledger movements"
    search_fields = ("entry__public_id__exact", "entry__reference__exact", "entry__description__icontains")
    search_help_text = "Order number, ent_… id or reference"
    ordering = ("-pk",)
    fields = in_pairs("entry_link", "account_link", "debit_money", "credit_money", "posted")
    debit_money = column("amount_cents", "debit", debit)
    credit_money = column("amount_cents", "credit", credit)
    posted = time_column("entry.posted_at", "posted", ordering="id")

    @admin.display(description="account", ordering="account")
    def account_link(self, leg: Leg) -> SafeString:
        return row_link(leg.account, capfirst(str(leg.account)))

    @admin.display(description="entry", ordering="entry")
    def entry_link(self, leg: Leg) -> SafeString:
        return row_link(leg.entry, leg.entry.description)
