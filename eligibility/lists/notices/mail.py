"""What stands in the letter of a day's changes, found at the moment of sending, for its reader."""

from __future__ import annotations

from typing import Any, Final

from common.scopes import across_merchants
from eligibility.lists.notices.digests import lines_of
from eligibility.lists.notices.words import lines
from eligibility.models import ChangeDigest
from merchants.capabilities import may
from merchants.models import Member
from notices.words import page_url
from people.models import User

SHOWN: Final = 50  # a mail of more is read by nobody; the page and the CSV have them all
ORDER: Final = {"upcoming": 0, "changed": 1, "withdrawn": 2}


def details_of_letter(*, user: User, subject: str) -> dict[str, Any]:
    """For the letter's templates. subject: the digest's public id. Empty for who may not see the merchant's products by now."""
    with across_merchants("a letter is about one merchant's products, and says which"):
        digest = ChangeDigest.objects.select_related("merchant").filter(public_id=subject).first()
        member = Member.objects.filter(merchant=digest.merchant, user=user).first() if digest else None
        if digest is None or member is None or not may(member, "products.view"):
            return {}
        found = lines_of(digest).select_related("product", "decision", "notice__list_source")
        rows = sorted(found.order_by("effective_at", "pk")[:SHOWN], key=lambda row: ORDER[row.state])
        return {
            "lines": lines(rows, digest.merchant), "more": max(0, digest.upcoming + digest.withdrawn + digest.changed - SHOWN),
            "merchant_zone": digest.merchant.time_zone, "page_url": page_url("portal:changes"),
            "csv_url": page_url("portal:changes_export"),
        }  # fmt: skip
