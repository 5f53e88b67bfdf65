"""From a sale's question to two people's answer."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import numpy as np
import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from freezegun import freeze_time

from common.scopes import across_merchants
from conftest import make_member
from eligibility.catalogue.products import save_product
from eligibility.catalogue.selectors import standing_decision
from eligibility.classifier import ModelMissing
from eligibility.decision import Decision, Item
from eligibility.errors import AlreadyVoted, ClaimOver, ReviewerNotImpartial, UndoTooLate
from eligibility.models import Product, ProductDecision, Review, ReviewRequest
from eligibility.reviews.claiming import CLAIM_TTL, claim_next, claims_of, release
from eligibility.reviews.deciding import decide_group, undo_group
from eligibility.reviews.grouping import packed
from eligibility.reviews.products import follow_reviews
from eligibility.reviews.reckoning import reckon
from eligibility.services.decide import decide
from eligibility.services.reviews import ask_for_review, record_review, undo_review
from merchants.models import Member
from merchants.team.services import remove
from vault.audit.models import AuditEntry

pytestmark = pytest.mark.django_db
PAIN, SNACKS, VITAMINS = "pain-relievers-oral", "food-snacks-and-beverages", "vitamins-and-multivitamins"


@pytest.fixture(autouse=True)
def _no_model(monkeypatch):
    def missing(items):
        raise ModelMissing("no model here")

    monkeypatch.setattr("eligibility.services.decide.classify", missing)


def unknown(confidence=0.5, suggested="snacks-and-sweets"):
    return Decision.from_json(
        {
            "status": "unknown", "category": "", "category_name": "", "bucket": "none", "account_kinds": [], "eligible_fraction": 0.0,
            "evidence": "none", "evidence_detail": "", "confidence": confidence, "list_version": "", "model_version": "m",
            "taxonomy_version": "t", "reason": "", "citation": "", "decided_at": "2026-11-22T00:00:00Z", "likely_category": suggested,
        }
    )  # fmt: skip


def ask(merchant, *titles, cents=1000, **fields):
    items = [Item(title=title) for title in titles]
    ask_for_review(merchant=merchant, judged=[(item, unknown(**fields)) for item in items], amounts_cents=[cents] * len(items))
    reckon(with_embeddings=False)
    return list(ReviewRequest.objects.filter(merchant=merchant, title__in=titles, closed_at=None).order_by("pk"))


def choose(user, claim, category=PAIN, items=None, **more):
    ids = [request.pk for request in claim.requests] if items is None else items
    return decide_group(user=user, claim=claim.id, category_code=category, request_ids=ids, **more)


# --- Asking ---


def test_asking_is_one_statement_and_adds_up_what_sales_ask_for(acme, django_assert_num_queries):
    judged = [(Item(title="Cough tea"), unknown()), (Item(title="Calm drops"), unknown()), (Item(title="Cough tea"), unknown())]
    with django_assert_num_queries(1):
        ask_for_review(merchant=acme, judged=judged, amounts_cents=[100, 20, 3])
    ask_for_review(merchant=acme, judged=judged[:1], amounts_cents=[1000])
    reckon(with_embeddings=False)

    rows = ReviewRequest.objects.order_by("title").values_list("title", "value_cents", "asked_count", "reason", "origin")
    assert list(rows) == [("Calm drops", 20, 1, "unknown", "unknown"), ("Cough tea", 1103, 2, "unknown", "unknown")]


def test_what_was_asked_for_longer_ago_than_thirty_days_is_no_longer_at_stake(acme):
    with freeze_time("2026-10-01"):
        ask(acme, "Cough tea", cents=5000)
    with freeze_time("2026-11-22"):
        [request] = ask(acme, "Cough tea", cents=100)

    assert request.value_cents == 100


def test_titles_with_strange_characters_are_asked_for(acme):
    title = "Tea \u2603 'quoted' \"double\" \\u0000 {brace} %s"
    ask_for_review(merchant=acme, judged=[(Item(title=title + "\x00"), unknown())])

    assert ReviewRequest.objects.get().title == title


# --- Two people ---


def test_one_person_makes_it_known_and_a_second_vouches(acme, ann, bob):
    item = Item(title="Calm drops")
    record_review(merchant=acme, item=item, category_code=PAIN, reviewer=ann)
    [first] = decide([item], acme)
    record_review(merchant=acme, item=item, category_code=PAIN, reviewer=bob)
    [second] = decide([item], acme)

    assert (first.status, first.evidence, first.agreed_by, first.is_vouched_for) == ("eligible", "human", 1, False)
    assert (second.status, second.evidence, second.agreed_by, second.is_vouched_for) == ("eligible", "human", 2, True)
    assert "2 people agree" in second.evidence_detail


def test_what_was_frozen_before_people_were_counted_stays_vouched_for(acme, ann):
    record_review(merchant=acme, item=Item(title="Calm drops"), category_code=PAIN, reviewer=ann)
    frozen = decide([Item(title="Calm drops")], acme)[0].as_json()
    del frozen["agreed_by"]

    assert Decision.from_json(frozen).is_vouched_for


def test_the_same_person_is_not_the_second(acme, ann):
    item = Item(title="Calm drops")
    record_review(merchant=acme, item=item, category_code=PAIN, reviewer=ann)

    with pytest.raises(AlreadyVoted):
        record_review(merchant=acme, item=item, category_code=PAIN, reviewer=ann)

    assert Review.objects.count() == 1


@pytest.mark.parametrize("has_left", [False, True])
def test_nobody_votes_for_a_merchant_of_their_own(acme, globex, ann, bob, has_left):
    ask(acme, "Calm drops")
    member = Member.objects.create(merchant=acme, user=ann, role="developer")
    if has_left:
        owner = make_member(acme, "owner")
        remove(by=Member.objects.get(user=owner), member=member)

    assert claim_next(user=ann) is None
    with pytest.raises(ReviewerNotImpartial):
        record_review(merchant=acme, item=Item(title="Calm drops"), category_code=PAIN, reviewer=ann)
    assert not Review.objects.exists()
    assert claim_next(user=bob) is not None
    record_review(merchant=globex, item=Item(title="Calm drops"), category_code=PAIN, reviewer=ann)


def test_who_joins_the_merchant_with_a_claim_in_hand_is_refused(acme, ann):
    ask(acme, "Calm drops")
    claim = claim_next(user=ann)
    Member.objects.create(merchant=acme, user=ann, role="viewer")

    with pytest.raises(ReviewerNotImpartial):
        choose(ann, claim)
    assert not Review.objects.exists()


def test_two_who_disagree_leave_it_cautious_and_a_third_settles_it(acme, ann, bob, cat):
    [request] = ask(acme, "Calm drops")
    item = Item(title="Calm drops")
    record_review(merchant=acme, item=item, category_code=PAIN, reviewer=ann)
    record_review(merchant=acme, item=item, category_code=SNACKS, reviewer=bob)
    request.refresh_from_db()
    between = decide([item], acme)[0]
    record_review(merchant=acme, item=item, category_code=PAIN, reviewer=cat)
    request.refresh_from_db()

    assert (between.status, between.is_vouched_for) == ("not_eligible", False)
    assert request.closed_at is not None
    assert decide([item], acme)[0].is_vouched_for


def test_reviews_are_never_edited_nor_deleted(acme, ann):
    review = record_review(merchant=acme, item=Item(title="Calm drops"), category_code=PAIN, reviewer=ann)

    for sql in ("UPDATE eligibility_review SET category_code = 'x'", "DELETE FROM eligibility_review"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)

    review.refresh_from_db()
    assert review.category_code == PAIN


# --- Claims ---


def test_two_people_never_get_the_same_item(acme, ann, bob):
    ask(acme, "Calm drops", "Knee sleeve")

    hers, his = claim_next(user=ann), claim_next(user=bob)

    assert hers.leader.pk != his.leader.pk
    assert claim_next(user=ann).id == hers.id  # the page loaded again


def test_a_claim_that_ran_out_returns_and_its_holder_is_told(acme, ann, bob):
    ask(acme, "Calm drops")
    hers = claim_next(user=ann)
    assert claim_next(user=bob) is None

    with freeze_time(timezone.now() + CLAIM_TTL + timedelta(seconds=1)):
        his = claim_next(user=bob)
        with pytest.raises(ClaimOver):
            choose(ann, hers)

    assert his.leader.pk == hers.leader.pk
    assert not Review.objects.exists()


def test_the_item_fetched_ahead_is_another_one_and_nobody_hoards(acme, ann):
    ask(acme, "Calm drops", "Knee sleeve", "Foot powder", "Rose water")
    first = claim_next(user=ann)
    second = claim_next(user=ann, besides=[first.id])
    third = claim_next(user=ann, besides=[first.id, second.id])

    assert len({first.leader.pk, second.leader.pk, third.leader.pk}) == 3
    assert claim_next(user=ann, besides=[first.id, second.id, third.id]) is None
    assert len(claims_of(ann)) == 3


def test_what_was_put_aside_is_somebody_elses(acme, ann, bob):
    ask(acme, "Calm drops")
    claim = claim_next(user=ann)
    skipped = release(user=ann, claim=claim.id)

    assert claim_next(user=ann, skipped=skipped) is None
    assert claim_next(user=bob).leader.pk == skipped[0]


def test_the_first_is_not_asked_again_and_the_second_is(acme, ann, bob):
    ask(acme, "Calm drops")
    choose(ann, claim_next(user=ann))

    assert claim_next(user=ann) is None
    assert claim_next(user=bob).leader.reason == "second_vote"


# --- Groups ---


def test_alike_items_of_all_merchants_are_decided_together_each_at_its_own(acme, globex, ann):
    ask(acme, "Calm-Aid Herbal Drops 2 oz", "Knee sleeve")
    ask(globex, "Calm-Aid Herbal Drops, 4 fl oz")
    claim = claim_next(user=ann)
    assert sorted(request.merchant.name for request in claim.requests) == ["Acme", "Globex"]

    decided = choose(ann, claim, shown_ms=9000)

    assert sorted(review.merchant.name for review in decided.reviews) == ["Acme", "Globex"]
    assert {review.took_ms for review in decided.reviews} == {4500}
    assert AuditEntry.objects.filter(action="review.decided").count() == 2


def test_what_is_unticked_goes_back(acme, ann, bob):
    ask(acme, "Calm-Aid Herbal Drops 2 oz", "Calm-Aid Herbal Drops 4 oz")
    claim = claim_next(user=ann)
    keep, drop = claim.requests

    choose(ann, claim, items=[keep.pk])

    assert Review.objects.get().item_key == keep.item_key
    assert drop.pk in {request.pk for request in claim_next(user=bob).requests}


def test_only_items_of_the_claim_are_decided(acme, ann):
    mine, other = ask(acme, "Calm drops", "Knee sleeve")
    claim = claim_next(user=ann)

    with pytest.raises(ClaimOver):
        choose(ann, claim, items=[mine.pk, other.pk])

    assert not Review.objects.exists()


# --- Doing it twice, and taking it back ---


def test_sending_a_decision_twice_votes_once(acme, ann):
    ask(acme, "Calm drops")
    claim = claim_next(user=ann)

    first, again = choose(ann, claim), choose(ann, claim, SNACKS)

    assert first == again
    assert Review.objects.get().category_code == PAIN


def test_what_was_taken_back_waits_again_at_once_for_the_same_person(acme, ann):
    ask(acme, "Calm drops", "Knee sleeve")
    claim = claim_next(user=ann)
    ahead = claim_next(user=ann, besides=[claim.id])
    choose(ann, claim)

    assert undo_group(user=ann, claim=claim.id) == 1
    assert undo_group(user=ann, claim=claim.id) == 1

    assert Review.objects.count() == 2  # the vote, and the row that takes it back
    back = claim_next(user=ann)
    assert (back.leader.pk, back.leader.reason) == (claim.leader.pk, "unknown")
    assert claim_next(user=ann, besides=[back.id]).id == ahead.id


def test_a_vote_that_closed_the_item_can_be_taken_back(acme, ann, bob):
    [request] = ask(acme, "Calm drops")
    choose(ann, claim_next(user=ann))
    claim = claim_next(user=bob)
    choose(bob, claim)
    request.refresh_from_db()
    assert request.closed_at is not None

    undo_group(user=bob, claim=claim.id)

    request.refresh_from_db()
    assert (request.closed_at, request.reason) == (None, "second_vote")
    assert not decide([Item(title="Calm drops")], acme)[0].is_vouched_for


def test_after_the_second_vote_the_first_stays(acme, ann, bob):
    item = Item(title="Calm drops")
    first = record_review(merchant=acme, item=item, category_code=PAIN, reviewer=ann)
    record_review(merchant=acme, item=item, category_code=PAIN, reviewer=bob)

    with pytest.raises(UndoTooLate):
        undo_review(review=first, reviewer=ann)

    assert decide([item], acme)[0].agreed_by == 2


@pytest.mark.parametrize("why", ["late", "another's"])
def test_taking_back_is_for_ones_own_and_for_five_minutes(acme, ann, bob, why):
    review = record_review(merchant=acme, item=Item(title="Calm drops"), category_code=PAIN, reviewer=ann)

    with freeze_time(timezone.now() + (timedelta(minutes=6) if why == "late" else timedelta())), pytest.raises(UndoTooLate):
        undo_review(review=review, reviewer=ann if why == "late" else bob)

    assert Review.objects.count() == 1


# --- Beside each other ---


@pytest.mark.django_db(transaction=True)
def test_many_reviewers_at_once_share_the_queue_without_a_double(acme, ann, bob, cat):
    ask(acme, *[f"Thing number {word}" for word in ("alpha", "beta", "gamma", "delta", "epsilon", "zeta")])

    def take(user):
        try:
            with across_merchants("a test's thread"):
                return [request.pk for request in claim_next(user=user).requests]
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as pool:
        taken = list(pool.map(take, [ann, bob, cat]))

    assert len({pk for pks in taken for pk in pks}) == 3


@pytest.mark.django_db(transaction=True)
def test_two_votes_at_once_both_count(acme, ann, bob):
    ask(acme, "Calm drops")

    def vote(user):
        try:
            with across_merchants("a test's thread"):
                record_review(merchant=acme, item=Item(title="Calm drops"), category_code=PAIN, reviewer=user)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(vote, [ann, bob]))

    assert ReviewRequest.objects.get().closed_at is not None
    assert decide([Item(title="Calm drops")], acme)[0].agreed_by == 2


@pytest.mark.django_db(transaction=True)
def test_a_double_click_votes_once(acme, ann):
    ask(acme, "Calm drops")
    claim = claim_next(user=ann)

    def click(_):
        try:
            with across_merchants("a test's thread"):
                return [review.pk for review in choose(ann, claim).reviews]
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(click, range(2))

    assert first == second
    assert Review.objects.count() == 1


# --- What follows ---


def test_a_kept_product_follows_what_people_decide(acme, globex, ann, bob):
    for merchant in (acme, globex):
        record_review(merchant=merchant, item=Item(title="Calm drops"), category_code=SNACKS, reviewer=None)
    with freeze_time(timezone.now() - timedelta(hours=1)):
        product = save_product(merchant=acme, sku="CALM", title="Calm drops").product
        other = save_product(merchant=globex, sku="CALM", title="Calm drops").product
    follow_reviews()

    for user in (ann, bob):
        record_review(merchant=acme, item=Item(title="Calm drops"), category_code=PAIN, reviewer=user)
    follow_reviews()
    follow_reviews()

    product, other = Product.objects.get(pk=product.pk), Product.objects.get(pk=other.pk)
    assert (standing_decision(product).status, standing_decision(product).agreed_by) == ("eligible", 2)
    assert standing_decision(other).status == "not_eligible"
    assert ProductDecision.objects.filter(product=product, status="eligible", cause="review").count() == 1


def test_items_whose_meaning_almost_coincides_are_grouped_within_one_suggestion(acme, ann):
    ask(acme, "Herbal calming drops", "Calming herbal tincture", "Wool socks")
    vectors = {"Herbal calming drops": [1.0, 0.0], "Calming herbal tincture": [0.96, 0.28], "Wool socks": [0.0, 1.0]}
    for request in ReviewRequest.objects.all():
        request.embedding = packed(np.array(vectors[request.title], dtype=np.float32))
        request.save()
    ReviewRequest.objects.filter(title="Herbal calming drops").update(priority=99)

    claim = claim_next(user=ann)

    assert [request.title for request in claim.requests] == ["Herbal calming drops", "Calming herbal tincture"]
