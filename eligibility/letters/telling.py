"""Mail to a shopper about a letter: that there is news, and where to read it. Nothing about anybody's health stands in a mail."""

from __future__ import annotations

import logging

from django.db import transaction

from eligibility.models import Letter
from people.letters import send_letter
from vault.errors import CustodianUnavailable, MerchantKeyMissing, MerchantKeyRevoked

logger = logging.getLogger(__name__)
AT_ONCE = 100
SUBJECTS = {
    Letter.Status.ISSUED: "Your letter from {merchant} is ready",
    Letter.Status.DECLINED: "News about the letter you asked for at {merchant}",
    Letter.Status.NEEDS_INFORMATION: "A question about the letter you asked for at {merchant}",
    Letter.Status.EXPIRED: "A letter of yours at {merchant} is over",
    Letter.Status.REVOKED: "A letter of yours at {merchant} no longer counts",
}


def tell_shoppers() -> int:
    """Send what is still to be told; returns how many mails left. A mail server or bank that is away is asked again the next time."""
    sent = 0
    for pk in Letter.objects.exclude(to_tell="").order_by("pk").values_list("pk", flat=True)[:AT_ONCE]:
        try:
            with transaction.atomic():
                sent += _tell(pk)
        except (OSError, CustodianUnavailable, MerchantKeyMissing, MerchantKeyRevoked):
            logger.exception("a mail about a letter was not sent")
    return sent


def _tell(pk: int) -> int:
    """Of two that come at once, one sends."""
    letter = (
        Letter.objects.select_for_update(skip_locked=True, of=("self",))
        .select_related("merchant", "shopper")
        .filter(pk=pk)
        .first()
    )
    if letter is None or letter.to_tell not in SUBJECTS:
        return 0
    subject = SUBJECTS[Letter.Status(letter.to_tell)].format(merchant=letter.merchant.name)
    send_letter(
        to=letter.shopper.email, subject=subject, template="letters/mail",
        context={"merchant": letter.merchant.name, "path": f"/me/sign-in/?letter={letter.public_id}", "is_question": letter.to_tell == Letter.Status.NEEDS_INFORMATION},
    )  # fmt: skip
    Letter.objects.filter(pk=pk).update(to_tell="")
    return 1
