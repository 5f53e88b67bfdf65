"""What the bank's pages show: keys with the names of their merchants, in words. No merchant's data but its name and id."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Q, QuerySet

from merchants.models import Merchant
from vault.governance.models import CustodyEvent, CustodyRequest
from vault.governance.selectors import OPEN, keys_with_since
from vault.key_models import MerchantKey

STATES = {"enabled": ("Open", "good", "check"), "disabled": ("Locked", "fault", "lock"), "gone": ("Deleted", "fault", "alert")}
STATUSES = {
    "pending": ("Waits for a second person", "warn", "clock"), "approved": ("Being carried out", "warn", "clock"),
    "failed": ("Failed at the bank", "fault", "alert"), "done": ("Done", "good", "check"),
    "refused": ("Refused", "", "minus"), "expired": ("Expired", "", "minus"),
}  # fmt: skip
# verb -> what a person reads: title, what will happen, the button
VERBS: dict[str, dict[str, str]] = {
    "revoke": {
        "title": "Revoke access", "button": "Ask to revoke", "kind": "danger",
        "effect": "Every call and page of this merchant is refused, and none of its sealed data can be read or written, in every "
                  "process within seconds. Other merchants notice nothing. Nothing is deleted: restoring brings everything back.",
    },
    "restore": {
        "title": "Restore access", "button": "Ask to restore", "kind": "primary",
        "effect": "The merchant’s calls, pages and sealed data work again as they did before, at once.",
    },
    "rewrap": {
        "title": "Rotate the bank’s key", "button": "Ask to rotate", "kind": "",
        "effect": "The bank gives this merchant’s key new material, and the platform wraps the merchant’s secrets with it. It takes "
                  "seconds; the merchant notices nothing.",
    },
    "reseal": {
        "title": "Seal everything anew", "button": "Ask to seal anew", "kind": "",
        "effect": "The merchant gets a new secret, and every sealed value is sealed anew with it while the merchant goes on selling. "
                  "The old secret is destroyed when nothing is sealed with it any more. Do this if a secret may have been seen.",
    },
}  # fmt: skip
EVENTS = {
    "requested": "asked for", "approved": "approved", "refused": "refused", "expired": "expired: nobody approved it in time",
    "done": "carried out", "failed": "failed at the bank", "finished": "finished",
}  # fmt: skip
FOUND = {
    "found.disabled": "Found locked at the bank: somebody locked it there directly",
    "found.enabled": "Found open at the bank: somebody unlocked it there directly",
    "found.gone": "Found deleted at the bank",
    "moved.done": "Moved into the custody of another keeper",
}


def keys(*, words: str = "", state: str = "") -> QuerySet[Any]:
    """Keys whose merchant's name or id holds these words; locked ones first is what `state=disabled` is for."""
    found = keys_with_since().order_by("-pk")
    if words:
        named = Merchant.objects.filter(name__icontains=words).values("pk")
        found = found.filter(Q(merchant_id__in=named) | Q(owner__icontains=words))
    return found.filter(state=state) if state in STATES else found


def key_rows(found: Iterable[Any]) -> list[dict[str, Any]]:
    rows = list(found)
    names = merchant_names(rows)
    asked = set(CustodyRequest.objects.filter(key__in=rows, status__in=OPEN).values_list("key_id", flat=True))
    active = {
        key.pk: next((version.number for version in key.versions.all() if version.state == "active"), None)
        for key in MerchantKey.objects.filter(pk__in=[key.pk for key in rows]).prefetch_related("versions")
    }
    return [
        {
            "key": key, "name": names[key.merchant_id], "state": state_words(key.state), "version": active[key.pk],
            "is_asked": key.pk in asked, "is_directly": key.state != "enabled" and str(key.last_change).startswith("found."),
        }
        for key in rows
    ]  # fmt: skip


def merchant_names(found: Iterable[MerchantKey]) -> dict[int, str]:
    known = Merchant.objects.in_bulk([key.merchant_id for key in found])
    return {key.merchant_id: known[key.merchant_id].name if key.merchant_id in known else key.owner for key in found}


def state_words(state: str) -> dict[str, str]:
    word, tone, icon = STATES[state]
    return {"word": word, "tone": tone, "icon": icon}


def request_rows(found: Iterable[CustodyRequest]) -> list[dict[str, Any]]:
    rows = list(found)
    names = merchant_names([request.key for request in rows])
    return [{**request_row(request), "name": names[request.key.merchant_id]} for request in rows]


def request_row(request: CustodyRequest) -> dict[str, Any]:
    word, tone, icon = STATUSES[request.status]
    return {"request": request, "verb": VERBS[request.verb], "status": {"word": word, "tone": tone, "icon": icon}}


def event_steps(events: Iterable[CustodyEvent]) -> list[dict[str, Any]]:
    """As components/timeline.html shows them."""
    return [
        {"at": event.created_at, "title": _event_words(event), "text": event.text, "tone": _event_tone(event.kind)}
        for event in events
    ]


def _event_words(event: CustodyEvent) -> str:
    if event.kind in FOUND:
        return FOUND[event.kind]
    verb, _, what = event.kind.partition(".")
    words = f"{VERBS[verb]['title']}: {EVENTS.get(what, what)}"
    return f"{words} by {event.person}" if event.person else words


def _event_tone(kind: str) -> str:
    if kind in {"revoke.done", "found.disabled", "found.gone"} or kind.endswith(".failed"):
        return "fault"
    return "good" if kind.endswith((".done", ".finished", "found.enabled")) else ""
