"""The first steps of a new merchant on home: each is done when the facts say so, never because somebody ticked it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.urls import reverse

from checkout.models import Payment
from eligibility.models import Product
from merchants.capabilities import may
from merchants.models import ApiKey, Member, Merchant
from sales.models import GuideEnd
from treasury.models import BankAccount


@dataclass(frozen=True, slots=True)
class Step:
    """One step. url: where it is done, empty where the member may not, or where nothing is to be done here."""

    name: str
    title: str
    text: str
    is_done: bool
    url: str = ""
    action: str = ""


def first_run(member: Member) -> dict[str, Any] | None:
    """The guide as home shows it; None once it was put away."""
    merchant = member.merchant
    if GuideEnd.objects.filter(merchant=merchant).exists():
        return None
    steps = _steps(member)
    done = sum(step.is_done for step in steps)
    return {
        "steps": steps, "done": done, "count": len(steps), "is_over": done == len(steps), "next": next((step for step in steps if not step.is_done), None),
        "live_words": live_words(),
    }  # fmt: skip


def end_guide(member: Member) -> bool:
    """Put the guide away for the whole team; only when every step is done. Safe to repeat."""
    guide = first_run(member)
    if guide is None or not guide["is_over"]:
        return False
    GuideEnd.objects.get_or_create(merchant=member.merchant)
    return True


def _steps(member: Member) -> list[Step]:
    merchant = member.merchant
    return [details_step(member), bank_step(merchant), product_step(member), sale_step(merchant), key_step(member)]


def details_step(member: Member) -> Step:
    """What stands on receipts, and whom shoppers write to."""
    merchant = member.merchant
    missing = [
        word
        for word, value in (("postal address", merchant.address), ("address for shoppers’ questions", merchant.support_email))
        if not value.strip()
    ]
    text = (
        f"Still missing: {' and '.join(missing)}."
        if missing
        else "Name, postal address and the address for shoppers’ questions stand on your receipts."
    )
    can_change = may(member, "settings.manage")
    return Step(
        "details", "Business details", text, not missing, reverse("portal:business") if can_change else "", "Fill them in"
    )


def bank_step(merchant: Merchant) -> Step:
    """The account that payouts go to, verified."""
    return Step(
        "bank", "Your bank account", "Payouts go there. Two small amounts prove that it is yours.",
        BankAccount.objects.filter(merchant=merchant, is_default=True).exists(), reverse("portal:bank"), "Add an account",
    )  # fmt: skip


def product_step(member: Member) -> Step:
    has_one = Product.objects.filter(merchant=member.merchant).exists()
    return Step(
        "product", "Your first product", "Each product is judged as you add it: eligible, with a letter or prescription, or not.", has_one,
        reverse("portal:products"), "Add products",
    )  # fmt: skip


def sale_step(merchant: Merchant) -> Step:
    has_one = Payment.objects.filter(merchant=merchant, status=Payment.Status.CAPTURED).exists()
    return Step(
        "sale", "A test sale", "Open a payment link of yours and pay it with a test card: you see the split as your shoppers will.", has_one,
        reverse("portal:links"), "Make a payment link",
    )  # fmt: skip


def key_step(member: Member) -> Step:
    """What a shop's server needs to sell: the last thing to be made before it goes live."""
    has_one = ApiKey.objects.filter(merchant=member.merchant, revoked_at=None).exclude(kind=ApiKey.Kind.PUBLISHABLE).exists()
    can_make = may(member, "keys.manage")
    return Step(
        "live", "Ready to go live", "Your server sells with a key of its own. Keep it secret; it can be limited and rolled.", has_one,
        reverse("portal:keys") if can_make else "", "Create an API key",
    )  # fmt: skip


def live_words() -> str:
    """What going live means on this platform; empty where every sale is a real one already."""
    if not settings.IS_SANDBOX:
        return ""
    return "This is the sandbox: no real card is charged. When these steps are done, ask us to open your live account; only its keys and addresses change."
