"""A decision in front of support: what, why, and everything that speaks for it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from common.admin_cells import badge, when
from eligibility.decision import STATUS_WORDS, Decision, Item
from eligibility.errors import ClassifierUnavailable
from eligibility.services.decide import decide
from eligibility.taxonomy import taxonomy
from merchants.models import Merchant

STATUS_TONES = {"eligible": "good", "rx": "warn", "letter": "warn", "not_eligible": "fault", "unknown": "silent"}
EVIDENCE_TITLES = {
    "list": "On an eligible-product list", "human": "Decided by a person", "guard": "A fixed rule", "model": "The classifier's word alone",
    "none": "No evidence: the classifier is not sure enough",
}  # fmt: skip
BUCKET_WORDS = {
    "otc": "Over the counter", "rx": "Prescription", "vision": "Vision", "dental": "Dental", "clinic": "Clinic", "none": "None",
}  # fmt: skip


def percent(share_0_1: float) -> str:
    """A confidence for people. Never “100%”: a classifier is not certain."""
    return f"{min(share_0_1, 0.999):.1%}"


def status_badge(status: str) -> SafeString:
    return badge(STATUS_WORDS.get(status, status), STATUS_TONES.get(status, "silent"))


def evidence_text(decision: dict[str, Any]) -> str:
    """Where a frozen decision comes from, in a few words."""
    match decision.get("evidence"):
        case "list":
            return f"List {decision['list_version']}"
        case "human":
            return "A person"
        case "guard":
            return f"Rule {decision['guard']}"
        case "model":
            return f"Classifier, {percent(decision['confidence'])} sure"
        case _:
            return "None"


def evidence_panel(decision: Decision) -> SafeString:
    """The decision with its full evidence, as a block of a page."""
    category = taxonomy().by_code.get(decision.category or decision.likely_category)
    return render_to_string(
        "admin/_decision.html",
        {
            "decision": decision, "category": category, "near": category.near.replace("_", " ") if category else "", "badge": status_badge(decision.status),
            "evidence_title": EVIDENCE_TITLES[decision.evidence], "bucket": BUCKET_WORDS.get(decision.bucket, decision.bucket),
            "accounts": ", ".join(kind.upper() for kind in decision.account_kinds) or "none", "share": _share(decision),
            "confidence_percent": percent(decision.confidence) if decision.evidence in {"model", "none"} else "",
            "judged_at": when(datetime.fromisoformat(decision.decided_at)),
        },
    )  # fmt: skip


def frozen_evidence(decision: dict[str, Any]) -> SafeString:
    return evidence_panel(Decision.from_json(decision))


def evidence_now(item: Item, merchant: Merchant) -> SafeString:
    """What the item is judged to be at this moment; says so if it cannot be judged."""
    try:
        return evidence_panel(decide([item], merchant)[0])
    except ClassifierUnavailable as error:
        return render_to_string("admin/_notice.html", {"title": "Cannot be judged just now.", "text": str(error)})


def _share(decision: Decision) -> str:
    if decision.eligible_fraction is None:
        return "The seller must say which part is medical care"
    return f"{decision.eligible_fraction:.0%} of the price"
