"""The page that support opens when somebody asks where their money is."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from checkout.models import Payment
from common import witness
from common.money import cents_typed
from people.staff_sections import SECTIONS
from portal.access import staff_page
from portal.money_finding import found_row, payments_named, payments_of_card
from portal.where_money import steps_of
from sales.finding import day_of


@never_cache
@staff_page(*SECTIONS["money"], across_merchants="staff find any merchant's sale")
def where_money(request: HttpRequest) -> HttpResponse:
    """One sale that is found is shown; several are listed, and each leads to its own page."""
    typed = {name: request.GET.get(name, "").replace("\x00", "").strip()[:80] for name in ("q", "last4", "amount", "day")}
    errors: dict[str, str] = {}
    found = payments_named(typed["q"]) if typed["q"] else _by_card(typed, errors)
    witness.saw_list(Payment, count=len(found), filters=typed)
    context: dict[str, object] = {
        "typed": typed, "errors": errors, "is_asked": any(typed.values()), "found": [found_row(payment) for payment in found],
        "section": "money", "is_staff_page": True,
    }  # fmt: skip
    if len(found) == 1:
        witness.saw(found[0])
        context |= {"payment": found_row(found[0]), "steps": steps_of(found[0])}
    return render(request, "staff/where_money.html", context, status=400 if errors else 200)


def _by_card(typed: dict[str, str], errors: dict[str, str]) -> list[Payment]:
    if not any(typed[name] for name in ("last4", "amount", "day")):
        return []
    cents, day = cents_typed(typed["amount"]) or None, day_of(typed["day"])
    if not (len(typed["last4"]) == 4 and typed["last4"].isascii() and typed["last4"].isdigit()):
        errors["last4"] = "The card’s last four digits."
    if cents is None:
        errors["amount"] = "The amount in dollars, such as 59.90."
    if day is None:
        errors["day"] = "The day of the sale."
    if errors or cents is None or day is None:
        return []
    return payments_of_card(last4=typed["last4"], cents=cents, day=day)
