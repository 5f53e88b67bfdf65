"""How evidence and a card's part of a sale are called in front of people."""

from __future__ import annotations

from django.utils.translation import gettext

from checkout.models import Tender
from eligibility.decision import Decision

MOST_SURE = 0.99  # no model is surer than its calibration can tell
STATUS_WORDS = {
    "pending": ("Waiting for the bank", "warn"), "approved": ("Approved", "good"), "declined": ("Declined", "fault"),
    "reversed": ("Released", "warn"), "captured": ("Charged", "good"),
}  # fmt: skip


def evidence_label(decision: Decision) -> str:
    """Where the decision comes from, in a few words."""
    match decision.evidence:
        case "list":
            return gettext("Eligible-product list {version}").format(version=decision.list_version)
        case "human":
            return gettext("Reviewed by a person")
        case "guard":
            return gettext("A fixed rule")
        case "model":
            return gettext("Classifier, {share} sure").format(share=f"{min(decision.confidence, MOST_SURE):.0%}")
        case _:
            return gettext("No evidence yet")


def status_word(tender: Tender) -> tuple[str, str]:
    """The tender's state in words, and its tone."""
    if tender.released_cents and not tender.captured_cents:
        return STATUS_WORDS[Tender.Status.REVERSED]
    if tender.captured_cents and tender.captured_cents < tender.approved_cents:
        return "Charged in part", "warn" if tender.held_cents else "good"
    if tender.status == Tender.Status.APPROVED and tender.approved_cents < tender.requested_cents:
        return "Approved in part", "warn"
    return STATUS_WORDS[tender.status]
