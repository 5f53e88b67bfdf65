"""Every kind of event there is, and what it says. docs/webhooks.md shows the same table; a test keeps all three in step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

TEST_EVENT: Final = "webhook_endpoint.test"  # reaches the one endpoint it is about, whatever that listens to

EVENT_TYPES: Final[Mapping[str, str]] = {
    "checkout.session.authorised": "A sale is approved on every card and waits for you to capture it.",
    "checkout.session.completed": "A sale is paid: ship it.",
    "checkout.session.expired": "A session ended unpaid; whatever it held is released.",
    "letter.declined": "A clinician has not issued a letter of medical necessity that you asked for.",
    "letter.expired": "A letter of medical necessity is over: what it covered needs a new one.",
    "letter.issued": "A letter of medical necessity is signed: what it covers is eligible for its shopper from now on.",
    "letter.revoked": "A letter of medical necessity was taken back: it covers nothing from now on.",
    "eligibility.dispute_answered": "Two people looked anew at a decision that you disputed: it stands, or was changed.",
    "eligibility_job.finished": "A file of items that you sent is worked through, or ended otherwise.",
    "payment.captured": "A payment's money is yours and on your balance.",
    "payment.failed": "An attempt to pay failed; nothing stays charged, and the session is open again.",
    "product.eligibility_changed": "A product of yours is judged to be something else than before.",
    TEST_EVENT: "You asked for a test event.",
}
CHOICES: Final = [(name, name) for name in EVENT_TYPES]
