"""A letter as its merchant sees it: state, coverage and dates, never what it says about anybody's health."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from eligibility.letters.selectors import sale_day, status_on
from eligibility.models import Letter


def render_letter(letter: Letter) -> dict[str, Any]:
    """For the API and for events. No sealed field is opened for it."""
    day = sale_day(letter.merchant, timezone.now())
    status = status_on(letter, day)
    return {
        "id": letter.public_id,
        "shopper": letter.shopper.public_id,
        "status": status,
        "is_in_force": status == Letter.Status.ISSUED and letter.issued_on is not None and letter.issued_on <= day,
        "source": letter.source,
        "categories": letter.categories,
        "items": [{"title": item["title"], "brand": item["brand"], "gtin": item["gtin14"]} for item in letter.items],
        "months": letter.months,
        "issued_on": letter.issued_on,
        "expires_on": letter.expires_on,
        "supersedes": letter.supersedes.public_id if letter.supersedes else None,
        "requested_at": letter.requested_at,
        "decided_at": letter.decided_at,
    }
