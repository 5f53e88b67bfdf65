"""Letters as the clinicians' pages show them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.http import QueryDict

from eligibility.letters.checks import checks_of, stops
from eligibility.letters.content import Provider
from eligibility.letters.dates import LONGEST_MONTHS
from eligibility.letters.scope import as_item
from eligibility.letters.selectors import amendment_of, clinician_of, sale_day, status_on
from eligibility.letters.signing import draft_of
from eligibility.letters.tables import credentials, diagnoses, states
from eligibility.models import Letter
from eligibility.services.decide import decide
from eligibility.taxonomy import taxonomy
from people.confirming import has_passkey
from people.models import User
from portal.letter_forms import PROVIDER, TEXTS, items_text

TONES = {
    "issued": "good",
    "declined": "fault",
    "revoked": "fault",
    "requested": "warn",
    "under_review": "warn",
    "needs_information": "warn",
}
EVENT_WORDS = {
    "request": "Asked for", "claim": "Taken up", "give_back": "Given back to the queue", "edit": "Edited", "ask": "The shopper was asked",
    "answer": "The shopper answered", "issue": "Signed", "decline": "Declined", "cancel": "Withdrawn", "amend": "An amendment was begun",
    "expire": "Expired", "revoke": "Revoked", "supersede": "Replaced by a newer letter",
}  # fmt: skip


def queue_rows(letters: Iterable[Letter]) -> list[dict[str, Any]]:
    """Without anything personal: age, store, kinds of things, state."""
    return [
        {
            "public_id": letter.public_id, "merchant": letter.merchant.name, "requested_at": letter.requested_at, "covers": covers(letter),
            "is_upload": letter.source == Letter.Source.UPLOAD, "is_waiting": letter.status == Letter.Status.REQUESTED,
            "status_word": Letter.Status(letter.status).label, "tone": TONES.get(letter.status, ""),
        }
        for letter in letters
    ]  # fmt: skip


def covers(letter: Letter) -> list[str]:
    """What it covers, in words."""
    known = taxonomy().by_code
    return [
        *(known[code].name if code in known else code for code in letter.categories),
        *(item["title"] for item in letter.items),
    ]


def review_context(letter: Letter, user: User, *, now: datetime, typed: QueryDict | None = None) -> dict[str, Any]:
    """Everything on the page of one letter. typed: what was posted and could not be kept."""
    clinician = clinician_of(user)
    is_open = letter.status == Letter.Status.UNDER_REVIEW
    draft = draft_of(letter, clinician, now) if clinician and is_open else None
    checks = checks_of(draft.content, today=draft.today) if draft else []
    status = status_on(letter, sale_day(letter.merchant, now))
    items = [as_item(item) for item in letter.items]
    return {
        "letter": letter, "status": status, "status_word": Letter.Status(status).label, "tone": TONES.get(status, ""), "is_open": is_open,
        "is_upload": letter.source == Letter.Source.UPLOAD, "clinician": clinician, "draft": draft, "checks": checks,
        "is_stopped": bool(stops(checks)), "covers": covers(letter), "values": _values(letter, typed), "has_passkey": has_passkey(user),
        "judged": list(zip(letter.items, decide(items, letter.merchant) if items else [], strict=True)),
        "category_options": _category_options(typed.getlist("categories") if typed else letter.categories),
        "diagnoses": diagnoses().values(), "states": states().values(), "credentials": credentials().values(),
        "months": range(1, LONGEST_MONTHS + 1), "answers": letter.answers.items(), "provider": Provider.from_json(letter.provider),
        "steps": [{"at": event.at, "title": EVENT_WORDS[event.verb]} for event in letter.events.order_by("pk")],
        "signature": getattr(letter, "signature", None), "amended_by": amendment_of(letter),
    }  # fmt: skip


def _values(letter: Letter, typed: QueryDict | None) -> dict[str, Any]:
    if typed is not None:
        names = (*TEXTS, "months", "items", *(f"provider_{name}" for name in PROVIDER))
        return {name: typed.get(name, "") for name in names}
    provider = {f"provider_{name}": letter.provider.get(name, "") for name in PROVIDER}
    return {
        **{name: getattr(letter, name) for name in TEXTS},
        "months": str(letter.months),
        "items": items_text(letter),
        **provider,
    }


def _category_options(chosen: Iterable[str]) -> list[dict[str, Any]]:
    """Every category that a letter can cover, those chosen first."""
    wanted = set(chosen)
    rows = [
        {"code": category.code, "name": category.name, "is_chosen": category.code in wanted}
        for category in taxonomy().categories if category.status == "letter"
    ]  # fmt: skip
    return sorted(rows, key=lambda row: (not row["is_chosen"], row["name"]))
