"""How cards and evidence are called in front of people."""

from __future__ import annotations

from checkout.models import Tender
from eligibility.decision import Decision

KIND_WORDS = {
    "fsa": "FSA card", "hsa": "HSA card", "hra": "HRA card", "lpfsa": "Limited-purpose FSA card", "multi": "Benefit card",
    "credit": "Credit card", "debit": "Debit card", "unknown": "Card",
}  # fmt: skip
MOST_SURE = 0.99  # no model is surer than its calibration can tell
BRANDS = {"visa": "Visa", "mastercard": "Mastercard"}
STATUS_WORDS = {
    "pending": ("Waiting for the bank", "warn"), "approved": ("Approved", "good"), "declined": ("Declined", "fault"),
    "reversed": ("Released", "warn"), "captured": ("Charged", "good"),
}  # fmt: skip


def kind_word(account_kind: str) -> str:
    return KIND_WORDS.get(account_kind, "Card")


def brand(network: str) -> str:
    return BRANDS.get(network, network.title())


def evidence_label(decision: Decision) -> str:
    """Where the decision comes from, in a few words."""
    match decision.evidence:
        case "list":
            return f"Eligible-product list {decision.list_version}"
        case "human":
            return "Reviewed by a person"
        case "guard":
            return "A fixed rule"
        case "model":
            return f"Classifier, {min(decision.confidence, MOST_SURE):.0%} sure"
        case _:
            return "No evidence yet"


def status_word(tender: Tender) -> tuple[str, str]:
    """The tender's state in words, and its tone."""
    if tender.status == Tender.Status.APPROVED and tender.approved_cents < tender.requested_cents:
        return "Approved in part", "warn"
    return STATUS_WORDS[tender.status]
