"""A merchant objects to a decision; two people look anew and that answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from eligibility.decision import Decision, Item
from eligibility.errors import DisputeOpen, DisputeRefused, TooManyDisputes
from eligibility.models import DisputeFile, EligibilityDispute, Product, Review, ReviewRequest
from eligibility.reviews.asking import Asked, put_before_people
from eligibility.reviews.evidence_files import CheckedFile, refuse_card_numbers_in
from eligibility.reviews.votes import Standing
from eligibility.selectors import key_for_people
from eligibility.taxonomy import STATUSES, taxonomy
from merchants.models import Merchant
from merchants.services import record_event
from notices.services import notify
from people.models import User
from vault.audit.services import record_about

EVENT = "eligibility.dispute_answered"
MAX_FILES, MAX_LINKS = 1, 5
MAX_OPEN = 50  # each goes before all else that waits for people, every merchant's


@transaction.atomic
def open_dispute(
    *, merchant: Merchant, item: Item, decision: Decision, claim_status: str, evidence: str, links: Sequence[str] = (),
    files: Sequence[CheckedFile] = (), product: Product | None = None, opened_by: User | None = None,
) -> EligibilityDispute:  # fmt: skip
    """Object to what was decided about an item, and put it before people ahead of all else.

    decision: what holds now. DisputeRefused where there is nothing to object to, DisputeOpen where one is open already,
    TooManyDisputes where MAX_OPEN of the merchant's are.
    """
    _refuse(decision, claim_status, evidence, links, files)
    _refuse_too_many(merchant)
    key = key_for_people(item, decision)
    try:
        with transaction.atomic():
            dispute = EligibilityDispute.objects.create(
                merchant=merchant, product=product, item_key=key, title=item.title[:500], brand=item.brand[:120], gtin=item.gtin[:20],
                claim_status=claim_status, status_before=decision.status, evidence_before=decision.evidence, evidence=evidence,
                links=list(links), opened_by=opened_by,
            )  # fmt: skip
    except IntegrityError as error:
        raise DisputeOpen() from error
    for file in files:
        DisputeFile.objects.create(
            dispute=dispute, merchant=merchant, title=file.title, content_type=file.content_type, size_bytes=file.size_bytes,
            sha256=file.sha256, content=file.base64,
        )  # fmt: skip
    _put_first(merchant, item, decision)
    record_about(dispute, "opened", details={"item": key, "claims": claim_status, "was": decision.status, "files": len(files)})
    return dispute


def _refuse(decision: Decision, claim_status: str, evidence: str, links: Sequence[str], files: Sequence[CheckedFile]) -> None:
    if claim_status not in STATUSES:
        raise DisputeRefused(f"Say what is right: one of {', '.join(STATUSES)}.", param="claim")
    if decision.status == claim_status and decision.is_vouched_for:
        raise DisputeRefused("This is what was decided already: there is nothing to dispute.", param="claim")
    if decision.evidence == "list":
        raise DisputeRefused(
            f"This product is on an eligible-product list ({decision.list_version}), which no review overrules: ask whoever keeps that list."
        )
    if len(evidence.strip()) < 20:
        raise DisputeRefused(
            "Say in a sentence what speaks for it: what the label says, the maker's claim, the active ingredient.",
            param="evidence",
        )
    if len(links) > MAX_LINKS or len(files) > MAX_FILES:
        raise DisputeRefused(f"At most {MAX_LINKS} links and {MAX_FILES} file.")
    refuse_card_numbers_in(evidence, *links)


def _refuse_too_many(merchant: Merchant) -> None:
    """Holds the merchant to the end of the transaction, so that of two at once one counts the other."""
    Merchant.objects.select_for_update(no_key=True).get(pk=merchant.pk)
    count = EligibilityDispute.objects.filter(merchant=merchant, state=EligibilityDispute.State.OPEN).count()
    if count >= MAX_OPEN:
        raise TooManyDisputes(f"{count} disputes of yours are open: wait until some are answered.")


def _put_first(merchant: Merchant, item: Item, decision: Decision) -> None:
    """The item's request becomes one of a dispute, in a new round: votes count afresh, and what held goes on holding till two agree."""
    key = key_for_people(item, decision)
    suggested = decision.category or decision.likely_category
    confidence = decision.confidence if decision.evidence in {"model", "none"} else None
    put_before_people(
        merchant=merchant, asked=[Asked(item, key, ReviewRequest.Reason.DISPUTED, suggested, confidence)], now=timezone.now()
    )
    rounds = Review.objects.filter(merchant=merchant, item_key=key).order_by("-round").values_list("round", flat=True)
    ReviewRequest.objects.filter(merchant=merchant, item_key=key, closed_at=None).update(
        reason=ReviewRequest.Reason.DISPUTED, origin=ReviewRequest.Reason.DISPUTED, round=(rounds.first() or 0) + 1, is_stale=True,
        claim="", claimed_by=None, claimed_at=None, claimed_until=None,
    )  # fmt: skip


def answer_dispute(*, merchant: Merchant, item_key: str, holds: Standing) -> EligibilityDispute | None:
    """Answer the item's open dispute by what two people agreed on: event, notice, audit entry. Joins the vote's transaction."""
    dispute = (
        EligibilityDispute.objects.select_for_update(of=("self",))
        .filter(merchant=merchant, item_key=item_key, state="open")
        .first()
    )
    if dispute is None:
        return None
    category = taxonomy().by_code[holds.vote.category_code]
    dispute.state, dispute.answered_at = EligibilityDispute.State.ANSWERED, timezone.now()
    is_same = category.status == dispute.status_before
    dispute.outcome = EligibilityDispute.Outcome.UPHELD if is_same else EligibilityDispute.Outcome.CHANGED
    dispute.status_after, dispute.category_after = category.status, category.code
    dispute.answer = _answer(merchant, item_key, holds)
    fields = ["state", "answered_at", "outcome", "status_after", "category_after", "answer"]
    dispute.save(update_fields=fields)
    record_about(dispute, "answered", details={"outcome": dispute.outcome, "status": category.status})
    record_event(merchant=merchant, type=EVENT, object_id=dispute.public_id, data=render_dispute(dispute))
    notify(
        topic=EVENT, subject=dispute.public_id, merchant=merchant,
        context={"outcome": dispute.outcome, "status": category.status, "dispute": dispute.public_id},
    )  # fmt: skip
    return dispute


def _answer(merchant: Merchant, item_key: str, holds: Standing) -> str:
    """What the merchant reads: the rule's own sentence, then what the reviewers noted."""
    notes = Review.objects.filter(
        merchant=merchant, item_key=item_key, round=holds.vote.round, undoes=None, undone_by=None
    ).exclude(note="")
    said = [note.strip() for note in notes.order_by("pk").values_list("note", flat=True)]
    return "\n\n".join([taxonomy().by_code[holds.vote.category_code].why, *dict.fromkeys(said)])


def was_answered_since(review: Review) -> bool:
    """Was a merchant told something that rests on this vote?"""
    return EligibilityDispute.objects.filter(
        merchant=review.merchant, item_key=review.item_key, answered_at__gte=review.decided_at
    ).exists()


def render_dispute(dispute: EligibilityDispute) -> dict[str, Any]:
    """As the API and the event show it; what the merchant wrote is only in the portal and sealed."""
    return {
        "id": dispute.public_id, "state": dispute.state, "outcome": dispute.outcome or None,
        "product": dispute.product.public_id if dispute.product else None, "title": dispute.title, "brand": dispute.brand,
        "gtin": dispute.gtin, "claim": dispute.claim_status, "status_before": dispute.status_before,
        "status_after": dispute.status_after or None, "category": dispute.category_after or None, "answer": dispute.answer or None,
        "links": dispute.links, "opened_at": dispute.opened_at, "answered_at": dispute.answered_at,
    }  # fmt: skip
