"""Celery doors of eligibility."""

from __future__ import annotations

from celery import shared_task

from common.scopes import across_merchants
from eligibility.catalogue import tasks as catalogue  # noqa: F401  # Celery looks for them here
from eligibility.classifier import ModelBroken, ModelMissing
from eligibility.classifier.live import live_model
from eligibility.encoder import EncoderMissing
from eligibility.errors import ClassifierUnavailable
from eligibility.letters.services import expire_letters
from eligibility.lists import tasks as lists  # noqa: F401  # Celery looks for them here
from eligibility.registry import drift, shadow
from eligibility.registry.tidy import tidy
from eligibility.reviews.products import follow_reviews
from eligibility.reviews.reckoning import reckon
from eligibility.search.index import index_what_is_due


@shared_task(name="eligibility.count_judged")
def count_judged() -> int:
    """Count what live traffic was judged to be; waits for another tick where no model can be loaded."""
    try:
        with across_merchants("counts every merchant's judgements"):
            return drift.count_judged()
    except (ModelBroken, ModelMissing):
        return 0


@shared_task(name="eligibility.judge_in_shadow")
def judge_in_shadow() -> int:
    """Judge by the model in shadow what the live one judged; waits for another tick where no model can be loaded."""
    try:
        live_model()  # from here on this process follows which models are in office
        with across_merchants("judges every merchant's traffic in shadow"):
            return shadow.judge_in_shadow()
    except (ModelBroken, ModelMissing):
        return 0


@shared_task(name="eligibility.tidy_models")
def tidy_models() -> int:
    with across_merchants("tidies every merchant's old titles"):
        return tidy()


@shared_task(name="eligibility.expire_letters")
def expire_due_letters() -> int:
    """Safe to repeat; a sale that comes before it looks at the dates itself."""
    with across_merchants("every merchant's letters expire"):
        return expire_letters()


@shared_task(name="eligibility.index_products")
def index_products() -> int:
    """Bring search up to date with products that were added or changed; waits for another tick without an encoder."""
    try:
        with across_merchants("indexes every merchant's products"):
            return index_what_is_due()
    except EncoderMissing:
        return 0


@shared_task(name="eligibility.reckon_reviews")
def reckon_reviews() -> int:
    """Keep the order and the groups of the review queue true. Safe to repeat and beside itself."""
    with across_merchants("orders what waits at every merchant"):
        return reckon()


@shared_task(name="eligibility.follow_reviews")
def follow_votes() -> int:
    """Judge products again that people decided about; waits for another tick where no model can be loaded."""
    try:
        with across_merchants("people decide about every merchant's products"):
            return follow_reviews()
    except ClassifierUnavailable:
        return 0
