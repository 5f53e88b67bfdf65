"""“Try a title”: the verdict, and what each kind of evidence says of the title."""

from __future__ import annotations

from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from eligibility.admin.evidence import evidence_panel, percent, status_badge
from eligibility.decision import STATUS_WORDS, Item
from eligibility.errors import ClassifierUnavailable
from eligibility.selectors import version_name
from eligibility.services.behind import Behind, behind
from eligibility.taxonomy import taxonomy
from merchants.models import Merchant


def behind_panel(item: Item, merchant: Merchant) -> SafeString:
    """Everything behind the verdict, as a block of a page; says so if the item cannot be judged."""
    try:
        found = behind(item, merchant)
    except ClassifierUnavailable as error:
        return render_to_string("admin/_notice.html", {"title": "Cannot be judged just now.", "text": str(error)})
    return render_to_string("admin/_behind.html", {**_told(found), "panel": evidence_panel(found.decision)})


def _told(found: Behind) -> dict[str, Any]:
    by_code = taxonomy().by_code
    return {
        "text": found.text, "witnesses": _witnesses(found), "cues": found.cues, **_classifier(found),
        "neighbours": [
            {"title": one.title, "name": by_code[one.category].name, "badge": status_badge(by_code[one.category].status),
             "alike": f"{one.similarity:.0%}"}
            for one in found.neighbours
        ],
        "timings": [(what, f"{ms:.1f} ms") for what, ms in found.timings],
    }  # fmt: skip


def _classifier(found: Behind) -> dict[str, Any]:
    by_code, prediction = taxonomy().by_code, found.prediction
    if prediction is None:
        return {"categories": []}
    return {
        "categories": [
            {"name": by_code[code].name, "badge": status_badge(by_code[code].status), "share": share, "percent": percent(share)}
            for code, share in prediction.top
        ],
        "confidence": percent(prediction.confidence), "threshold": percent(found.threshold), "is_sure": prediction.above_threshold,
        "choice": STATUS_WORDS[prediction.forced_status], "model_version": prediction.model_version,
    }  # fmt: skip


def _witnesses(found: Behind) -> list[dict[str, Any]]:
    """Each kind of evidence in its order: what it says, and whether it decided."""
    by_code = taxonomy().by_code
    listed, review, guard, prediction = found.list_item, found.review, found.guard, found.prediction
    rows: list[tuple[str, str, str, str]] = [
        ("list", "Eligible-product list", by_code[listed.category_code].status if listed else "",
         f"{listed.list_source.list_id} {version_name(listed)}: {listed.description}" if listed else "Its GTIN is on no list in force."),
        ("human", "People", by_code[review.category_code].status if review else "",
         f"{by_code[review.category_code].name} ({review.public_id})" if review else "Nobody has reviewed it for this merchant."),
        ("guard", "Rules", guard.category.status if guard else "",
         f"{guard.id}: {guard.explanation} {guard.citation}" if guard else "No rule knows what it is."),
        ("model", "Classifier", prediction.status if prediction else "",
         f"{by_code[prediction.category].name}, {percent(prediction.confidence)} sure" if prediction else "There is no model."),
    ]  # fmt: skip
    decided_by = "model" if found.decision.evidence == "none" else found.decision.evidence
    return [
        {"name": name, "badge": status_badge(status) if status else "", "says": says, "decided": kind == decided_by}
        for kind, name, status, says in rows
    ]
