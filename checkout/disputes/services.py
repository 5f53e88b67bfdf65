"""Answering a dispute: evidence, acceptance, submission; once, before it is due."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from django.db import IntegrityError, transaction
from django.utils import timezone

from checkout.disputes.errors import DisputeClosed, DisputeEvidenceMissing, DisputeFilesTooMany
from checkout.disputes.reasons import SUBSTANTIATION_AUDIT
from checkout.disputes.selectors import latest_pack
from checkout.disputes.telling import tell
from checkout.models import Dispute, DisputeEvidence, EvidencePack
from eligibility.reviews.evidence_files import CheckedFile, refuse_card_numbers_in
from people.models import User
from vault.audit.services import record_about

MOST_FILES: Final = 10
REMIND_BEFORE: Final = timedelta(days=5)
SWEEP: Final = 500
Status = Dispute.Status


@transaction.atomic
def add_evidence(
    *, dispute: Dispute, words: str | None = None, files: Sequence[CheckedFile] = (), by: User | None = None
) -> Dispute:
    """Keep what the merchant says, and files beside it. words None: leave them as they are. The same file twice is kept once.

    Raises DisputeClosed, DisputeFilesTooMany, or what `evidence_files` refuses.
    """
    current = _open(dispute)
    if words is not None:
        refuse_card_numbers_in(words)
        current.evidence = words
        current.save(update_fields=["evidence"])
    known = set(current.files.values_list("sha256", flat=True))
    fresh = {file.sha256: file for file in files if file.sha256 not in known}
    if len(known) + len(fresh) > MOST_FILES:
        raise DisputeFilesTooMany(param="files")
    for file in fresh.values():
        try:
            with transaction.atomic():
                DisputeEvidence.objects.create(
                    dispute=current, merchant=current.merchant, title=file.title, content_type=file.content_type,
                    size_bytes=file.size_bytes, sha256=file.sha256, content=file.base64, added_by=by,
                )  # fmt: skip
        except IntegrityError:
            continue
    record_about(current, "evidence_added", fields=["evidence"] if words is not None else [], details={"files": len(fresh)})
    return current


@transaction.atomic
def accept_dispute(*, dispute: Dispute) -> Dispute:
    """Give in: what was taken stays taken. Safe to repeat. Raises DisputeClosed."""
    current = _locked(dispute)
    if current.status == Status.ACCEPTED:
        return current
    _refuse_unless_open(current)
    current.status, current.closed_at = Status.ACCEPTED, timezone.now()
    current.save(update_fields=["status", "closed_at"])
    record_about(current, "accepted")
    tell(current, "accepted")
    return current


@transaction.atomic
def submit_dispute(*, dispute: Dispute) -> Dispute:
    """Answer with the newest pack and what was added; it leaves from the outbox. Safe to repeat. Raises DisputeClosed, DisputeEvidenceMissing."""
    current = _locked(dispute)
    if current.status == Status.SUBMITTED:
        return current
    _refuse_unless_open(current)
    pack = latest_pack(current)
    if not (pack and pack.is_complete) and not current.evidence and not current.files.exists():
        raise DisputeEvidenceMissing()
    return _submit(current, by_itself=False)


def answer_by_itself(dispute: Dispute, pack: EvidencePack) -> bool:
    """An audit of substantiation whose record is complete needs nobody. In the caller's transaction."""
    is_audit = dispute.kind == Dispute.Kind.RETRIEVAL and dispute.reason_code == SUBSTANTIATION_AUDIT
    is_open = dispute.status == Status.NEEDS_RESPONSE and dispute.due_at > timezone.now()
    if not is_audit or not pack.is_complete or not is_open:
        return False
    _submit(dispute, by_itself=True)
    return True


def _submit(dispute: Dispute, *, by_itself: bool) -> Dispute:
    dispute.status, dispute.submitted_at, dispute.is_answered_by_itself = Status.SUBMITTED, timezone.now(), by_itself
    dispute.save(update_fields=["status", "submitted_at", "is_answered_by_itself"])
    record_about(dispute, "submitted", details={"by_itself": by_itself})
    tell(dispute, "submitted")
    return dispute


def tend_disputes() -> int:
    """Remind of what is due soon, once, and close what nobody answered; returns how many. Safe to repeat and beside itself."""
    now = timezone.now()
    waiting = Dispute.objects.filter(status=Status.NEEDS_RESPONSE).order_by("due_at")
    late = list(waiting.filter(due_at__lte=now).values_list("pk", flat=True)[:SWEEP])
    near = list(
        waiting.filter(due_at__gt=now, due_at__lte=now + REMIND_BEFORE, reminded_at=None).values_list("pk", flat=True)[:SWEEP]
    )
    return sum(_close_late(pk) for pk in late) + sum(_remind(pk) for pk in near)


@transaction.atomic
def _close_late(pk: int) -> bool:
    current = _row(pk)
    if current.status != Status.NEEDS_RESPONSE:
        return False
    current.status, current.closed_at = Status.EXPIRED, timezone.now()
    current.save(update_fields=["status", "closed_at"])
    record_about(current, "expired")
    tell(current, "expired")
    return True


@transaction.atomic
def _remind(pk: int) -> bool:
    current = _row(pk)
    if current.status != Status.NEEDS_RESPONSE or current.reminded_at:
        return False
    current.reminded_at = timezone.now()
    current.save(update_fields=["reminded_at"])
    tell(current, "due_soon")
    return True


def _open(dispute: Dispute) -> Dispute:
    current = _locked(dispute)
    _refuse_unless_open(current)
    return current


def _refuse_unless_open(dispute: Dispute) -> None:
    if dispute.status != Status.NEEDS_RESPONSE or dispute.due_at <= timezone.now():
        raise DisputeClosed()


def _locked(dispute: Dispute) -> Dispute:
    return _row(dispute.pk)


def _row(pk: int) -> Dispute:
    rows = Dispute.objects.select_related("merchant", "payment__session", "tender").select_for_update(of=("self",))
    found: Dispute = rows.get(pk=pk)
    return found
