"""Access reviews: who has access where, confirmed or marked for removal one by one."""

from __future__ import annotations

from datetime import timedelta

from allauth.mfa.models import Authenticator
from django.db import IntegrityError, transaction
from django.db.models import OuterRef, Subquery
from django.utils import timezone

from common.scopes import across_merchants
from compliance.errors import ReviewClosed, StepNotAllowed
from compliance.models import AccessDecision, AccessReview, AccessReviewLine
from merchants.models import ApiKey, Member
from notices.services import notify
from people.models import User
from people.roles import AUDITOR, RISK, has_role
from vault.audit.services import record

QUARTER = timedelta(days=92)


@transaction.atomic
def open_review(*, by: User) -> AccessReview:
    """Freeze who has access now into the lines of a new review. At most one is open."""
    if not has_role(by, AUDITOR, RISK):
        raise StepNotAllowed("Only auditors and risk open an access review.")
    try:
        with transaction.atomic():
            review = AccessReview.objects.create(opened_by=by)
    except IntegrityError as error:
        raise ReviewClosed("An access review is open already: finish that one.") from error
    with across_merchants("a review looks at everybody's access"):
        lines = [*_staff(), *_members(), *_keys()]
    for line in lines:
        line.review = review
    AccessReviewLine.objects.bulk_create(lines)
    record(
        action="access_review.opened",
        subject="compliance.AccessReview",
        subject_id=review.public_id,
        details={"lines": len(lines)},
    )
    return review


def _staff() -> list[AccessReviewLine]:
    factors = set(Authenticator.objects.values_list("user_id", flat=True))
    found = []
    for user in (
        User.objects.filter(is_active=True)
        .exclude(is_staff=False, groups=None)
        .prefetch_related("groups")
        .distinct()
        .order_by("pk")
    ):
        roles = [group.name for group in user.groups.all()] + (["superuser"] if user.is_superuser else [])
        for role in sorted(set(roles)) or ["staff without a role"]:
            found.append(
                AccessReviewLine(kind="staff", subject_id=user.public_id, role=role, has_second_factor=user.pk in factors, last_used_at=user.last_login)
            )  # fmt: skip
    return found


def _members() -> list[AccessReviewLine]:
    factors = set(Authenticator.objects.values_list("user_id", flat=True))
    return [
        AccessReviewLine(
            kind="member", subject_id=member.user.public_id, merchant_public_id=member.merchant.public_id, role=member.role,
            has_second_factor=member.user_id in factors, last_used_at=member.user.last_login,
        )
        for member in Member.objects.filter(user__is_active=True).select_related("user", "merchant").order_by("merchant_id", "pk")
    ]  # fmt: skip


def _keys() -> list[AccessReviewLine]:
    return [
        AccessReviewLine(
            kind="api_key", subject_id=key.public_id, merchant_public_id=key.merchant.public_id, role=key.kind, last_used_at=key.last_used_at
        )
        for key in ApiKey.objects.filter(revoked_at=None).select_related("merchant").order_by("merchant_id", "pk")
    ]  # fmt: skip


@transaction.atomic
def decide(*, line: AccessReviewLine, by: User, verdict: str, note: str = "") -> AccessDecision:
    """Confirm one access or mark it for removal. Deciding anew adds a row; nobody decides about themselves."""
    review = AccessReview.objects.select_for_update().get(pk=line.review_id)
    if review.closed_at is not None:
        raise ReviewClosed("This access review is closed.")
    if not has_role(by, AUDITOR, RISK):
        raise StepNotAllowed("Only auditors and risk review access.")
    if line.subject_id == by.public_id:
        raise StepNotAllowed("This access is your own: somebody else must decide about it.")
    if verdict not in AccessDecision.Verdict.values:
        raise StepNotAllowed("Confirm the access, or mark it for removal.")
    decision = AccessDecision.objects.create(line=line, reviewer=by, verdict=verdict, note=note.strip()[:500])
    record(
        action=f"access_review.{verdict}",
        subject="compliance.AccessReviewLine",
        subject_id=line.subject_id,
        details={"role": line.role},
    )
    return decision


@transaction.atomic
def close_review(*, review: AccessReview, by: User) -> AccessReview:
    """Close a review of which every line is decided. Safe to repeat: the first close stays."""
    current = AccessReview.objects.select_for_update().get(pk=review.pk)
    if current.closed_at is not None:
        return current
    if not has_role(by, AUDITOR, RISK):
        raise StepNotAllowed("Only auditors and risk close an access review.")
    if left := current.lines.filter(decisions=None).count():
        raise ReviewClosed(f"{left} line{'s' * (left != 1)} of this review {'are' if left != 1 else 'is'} not decided yet.")
    current.closed_by, current.closed_at = by, timezone.now()
    current.save(update_fields=["closed_by", "closed_at"])
    record(action="access_review.closed", subject="compliance.AccessReview", subject_id=current.public_id)
    return current


def latest_verdict() -> Subquery:
    return Subquery(AccessDecision.objects.filter(line=OuterRef("pk")).order_by("-pk").values("verdict")[:1])


def tell_review_due() -> bool:
    """Once a day, remind auditors and risk when the last closed review is older than a quarter."""
    last = AccessReview.objects.exclude(closed_at=None).order_by("-closed_at").first()
    is_due = last is None or timezone.now() - last.opened_at > QUARTER
    if is_due:
        notify(topic="access_review.due", subject=last.public_id if last else "first access review")
    return is_due
