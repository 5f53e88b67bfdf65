"""Access reviews: everybody who has access, decided by somebody else, kept for good."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse
from django.utils import timezone

from compliance.errors import ReviewClosed, StepNotAllowed
from compliance.models import AccessDecision, AccessReview, AccessReviewLine
from compliance.services.reviews import close_review, decide, open_review, tell_review_due
from compliance.tests.conftest import staff
from merchants.keys.services import create_api_key, revoke_api_key
from notices.models import Notice

pytestmark = pytest.mark.django_db


@pytest.fixture
def review(acme, acme_owner, globex, globex_owner, risk, auditor):
    create_api_key(merchant=acme, kind="secret", name="Till")
    key, _ = create_api_key(merchant=acme, kind="secret", name="Old")
    revoke_api_key(key=key)
    return open_review(by=risk)


def test_a_review_lists_every_person_and_key_with_access(review, acme, acme_owner, globex_owner):
    lines = sorted(review.lines.values_list("kind", "role"))

    assert lines == [("api_key", "secret"), ("member", "owner"), ("member", "owner"), ("staff", "auditor"), ("staff", "risk")]
    assert review.lines.get(subject_id=acme_owner.public_id).merchant_public_id == acme.public_id


def test_at_most_one_is_open(review, auditor):
    with pytest.raises(ReviewClosed):
        open_review(by=auditor)

    assert AccessReview.objects.count() == 1


def test_it_closes_when_every_line_is_decided_and_takes_nothing_afterwards(review, auditor, risk):
    lines = list(review.lines.all())
    for line in lines[:-1]:
        decide(line=line, by=risk if line.subject_id == auditor.public_id else auditor, verdict="confirmed")
    with pytest.raises(ReviewClosed, match="1 line of this review is not decided"):
        close_review(review=review, by=auditor)

    decide(line=lines[-1], by=risk if lines[-1].subject_id == auditor.public_id else auditor, verdict="remove")
    closed = close_review(review=review, by=auditor)

    assert close_review(review=review, by=risk).closed_by == closed.closed_by == auditor
    with pytest.raises(ReviewClosed):
        decide(line=lines[0], by=auditor, verdict="remove")
    assert open_review(by=auditor).lines.count() == len(lines)


def test_nobody_decides_about_themselves(review, risk):
    with pytest.raises(StepNotAllowed):
        decide(line=review.lines.get(subject_id=risk.public_id), by=risk, verdict="confirmed")

    assert not AccessDecision.objects.exists()


@pytest.mark.parametrize("role", ["support", "curator", "bank"])
def test_other_roles_neither_open_nor_decide_nor_close(review, role):
    person = staff(role, role)

    for act in (lambda: open_review(by=person), lambda: decide(line=review.lines.first(), by=person, verdict="confirmed"),
                lambda: close_review(review=review, by=person)):  # fmt: skip
        with pytest.raises(StepNotAllowed):
            act()
    assert not AccessDecision.objects.exists()


def test_a_changed_mind_is_added_and_the_first_stays(review, risk, acme_owner):
    line = review.lines.get(subject_id=acme_owner.public_id)
    decide(line=line, by=risk, verdict="confirmed")
    decide(line=line, by=risk, verdict="remove", note="Left the company.")

    assert list(line.decisions.values_list("verdict", flat=True)) == ["confirmed", "remove"]
    for change in (lambda: AccessDecision.objects.update(verdict="remove"), lambda: AccessReviewLine.objects.update(role="x")):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_who_reviews_decides_many_lines_at_once_in_the_admin(signed_in, review, risk):
    client = signed_in(risk)
    url = reverse("admin:compliance_accessreviewline_changelist")
    assert client.get(url, {"review__id__exact": review.pk, "verdict": "open"}).context["cl"].result_count == 5

    page = client.post(
        url, {"action": "confirm", "_selected_action": list(review.lines.values_list("pk", flat=True))}, follow=True
    ).content.decode()

    assert "4 lines decided." in page
    assert "This access is your own" in page
    assert client.get(url, {"review__id__exact": review.pk, "verdict": "open"}).context["cl"].result_count == 1
    assert client.get(reverse("admin:compliance_accessreview_change", args=[review.pk])).status_code == 200


def test_a_review_is_asked_for_when_the_last_is_older_than_a_quarter(risk, auditor):
    assert tell_review_due()
    assert sorted(Notice.objects.values_list("user__username", flat=True)) == ["auditor", "risk"]
    review = open_review(by=risk)
    for line in review.lines.all():
        decide(line=line, by=risk if line.subject_id == auditor.public_id else auditor, verdict="confirmed")
    close_review(review=review, by=auditor)

    assert not tell_review_due()
    AccessReview.objects.update(opened_at=timezone.now() - timedelta(days=93))
    assert tell_review_due()
