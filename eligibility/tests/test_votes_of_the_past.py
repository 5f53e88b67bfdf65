"""Reviews from before votes were counted: each is one vote in a round of its own."""

from __future__ import annotations

from importlib import import_module

import pytest
from django.db import connection

from eligibility.decision import Item
from eligibility.models import Review
from eligibility.selectors import item_key, newest_reviews

pytestmark = pytest.mark.django_db
MIGRATION = import_module("eligibility.migrations.0007_reviews_until_now_are_one_vote")
PAIN, VITAMINS = "pain-relievers-oral", "vitamins-and-multivitamins"


def test_the_newest_goes_on_speaking_for_its_item_alone(acme, globex, ann, bob):
    key = item_key(Item(title="Calm drops"))
    written = [(acme, PAIN, ann), (acme, PAIN, bob), (acme, VITAMINS, None), (globex, PAIN, ann)]
    for merchant, category, user in written:
        Review.objects.create(merchant=merchant, item_key=key, title="Calm drops", category_code=category, reviewer=user)

    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")  # when it ran, nothing forbade it yet
        cursor.execute(MIGRATION.ONE_VOTE_EACH)
        cursor.execute("SET LOCAL session_replication_role = origin")

    assert list(Review.objects.order_by("pk").values_list("round", "voter")) == [
        (1, ann.public_id), (2, bob.public_id), (3, ""), (1, ann.public_id),
    ]  # fmt: skip
    ours, theirs = newest_reviews(acme, [key])[key], newest_reviews(globex, [key])[key]
    assert (ours.category_code, ours.agreed_by) == (VITAMINS, 1)
    assert (theirs.category_code, theirs.agreed_by) == (PAIN, 1)
