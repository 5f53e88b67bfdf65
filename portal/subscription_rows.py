"""A merchant's subscriptions as their pages show them."""

from __future__ import annotations

from typing import Any

from checkout.card_words import brand, kind_word
from checkout.declines.table import explain
from checkout.models import Renewal, Subscription
from checkout.subscriptions.selectors import latest_renewal
from checkout.subscriptions.telling import item_words, rhythm_words

STATUS = {
    "active": ("Active", "good"), "past_due": ("Being tried again", "warn"), "unpaid": ("Needs another card", "fault"),
    "paused": ("Paused", ""), "cancelled": ("Cancelled", ""),
}  # fmt: skip
RENEWAL = {
    "due": ("Due", "warn"), "paying": ("Being charged", "warn"), "retrying": ("Tried again", "warn"), "paid": ("Paid", "good"),
    "failed": ("Not paid", "fault"), "skipped": ("Left out", ""), "missed": ("Not charged", ""), "cancelled": ("Cancelled", ""),
}  # fmt: skip
STATUSES = [(value, word) for value, (word, _) in STATUS.items()]
# What can be asked of one, by its state: the deed, its button, and the words of what it did.
DEEDS = {
    "pause": ("Pause", "Paused: nothing is charged until you resume it."),
    "resume": ("Resume", "It goes on with the next period that begins."),
    "skip": ("Skip next", "The next period is left out."),
    "cancel": ("Cancel for good", "Cancelled: nothing is charged any more."),
}
OPEN_TO = {
    "active": ("skip", "pause", "cancel"), "past_due": ("pause", "cancel"), "unpaid": ("resume", "cancel"),
    "paused": ("resume", "cancel"), "cancelled": (),
}  # fmt: skip


def subscription_row(row: Subscription) -> dict[str, Any]:
    latest = latest_renewal(row)
    word, tone = STATUS[row.status]
    return {
        "public_id": row.public_id, "reference": row.client_reference_id, "word": word, "tone": tone, "rhythm": rhythm_words(row),
        "what": "; ".join(item_words(item) for item in row.items[:2]) + (" …" if len(row.items) > 2 else ""),
        "next_at": row.next_renewal_at,
        "total_cents": latest.session.amount_total_cents if latest and latest.session else None,
    }  # fmt: skip


def renewal_row(row: Renewal) -> dict[str, Any]:
    word, tone = RENEWAL[row.status]
    return {
        "number": row.number + 1, "word": word, "tone": tone, "due_at": row.due_at,
        "next_at": row.next_attempt_at if row.status in Renewal.UNFINISHED else None, "attempts": row.attempts,
        "sale": row.session.public_id if row.session else "",
        "total_cents": row.session.amount_total_cents if row.session else None,
        "eligible_cents": row.session.amount_eligible_cents if row.session else None,
        "why": row.last_message, "code": row.last_code, "advice": explain(row.last_code).advice if row.last_cause else "",
    }  # fmt: skip


def page_of(row: Subscription, *, may_change: bool) -> dict[str, Any]:
    cards = [
        {
            "name": f"{brand(card.saved_card.network)} {kind_word(card.saved_card.account_kind)}", "last4": card.saved_card.last4,
            "limit_cents": card.limit_cents, "refused_code": card.saved_card.refused_code, "is_usable": card.saved_card.status == "active",
        }
        for card in row.cards.all()
    ]  # fmt: skip
    return {
        "subscription": subscription_row(row)
        | {"status": row.status, "created_at": row.created_at, "cancelled_at": row.cancelled_at,
           "shipping_cents": row.shipping_cents, "discount_cents": row.discount_cents},
        "items": [{"words": item_words(item), "unit_price_cents": item["unit_price_cents"]} for item in row.items],
        "cards": cards,
        "deeds": [{"name": name, "label": DEEDS[name][0]} for name in OPEN_TO[row.status]] if may_change else [],
    }  # fmt: skip
