"""What would change for whom: the plan's counts are the independent evaluator's, customer by customer."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest
from django.utils import timezone

from common.ids import new_id
from rules.checks.dry_run import dry_run, dry_run_set
from rules.checks.overlaps import check_overlaps, comes_first, overlaps, score_bounds, shadowed_by
from rules.checks.tally import BIN_WIDTH, BINS
from rules.definition.parse import parse
from rules.engine import reading
from rules.engine.oracle import judge
from rules.engine.ruleset import RuleEntry
from rules.models import Customer, CustomerFeatures
from rules.tests.snoops import UNUSED
from shoppers.models import Shopper, ShopperAccount

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 22)
SHOP = {"category": "tip", "title": "A", "body": "B", "audience": ["shopper", "person"]}


def spends(cents, base=100, **more):
    conditions = {"all": [{"field": "spend_90d_cents", "test": "at_least", "value": cents}]}
    return parse({**UNUSED, **SHOP, "conditions": conditions, "score": {"base": base}, **more})


OTC = {"field": "categories_90d", "test": "has_any_of", "values": ["100% off", "it's"]}
BEFORE = spends(20_000)
LATELY = {"field": "last_otc_on", "as": "days_since", "test": "at_most", "value": 30}
SPENT = {"field": "spend_90d_cents", "test": "at_least", "value": 10_000}
POINTS = {"field": "spend_90d_cents", "low": 0, "high": 50_000, "points": 900}
AFTER = parse(
    {**UNUSED, **SHOP, "conditions": {"all": [SPENT, {"any": [OTC, LATELY]}]}, "score": {"base": 100, "terms": [POINTS]}}
)


@pytest.fixture
def customers(acme) -> dict[str, dict]:
    """Public id → values, of 160 customers; known of each is what their features hold."""
    luck, known = random.Random(7), {}
    for at in range(160):
        if at % 4:
            row = Customer.objects.create(
                kind="shopper", merchant=acme, shopper=Shopper.objects.create(merchant=acme, email_index=new_id("mail"))
            )
        else:
            row = Customer.objects.create(kind="person", account=ShopperAccount.objects.create(email_index=new_id("mail")))
        values = {
            "customer_kind": row.kind, "spend_90d_cents": luck.choice([None, 0, 5_000, 10_000, 15_000, 20_000, 50_000]),
            "last_otc_on": luck.choice([None, TODAY - timedelta(days=luck.randint(0, 60))]),
            "categories_90d": luck.choice([None, [], ["100% off"], ["it's", "rx"], ["rx"]]),
        }  # fmt: skip
        CustomerFeatures.objects.create(customer=row, as_of_on=TODAY, computed_at=timezone.now(), **values)
        categories = values["categories_90d"]
        known[row.public_id] = {**values, "categories_90d": None if categories is None else frozenset(categories)}
    return known


def judged(definition, values):
    return judge(definition, values, TODAY, values["customer_kind"])


def stored(definition, values):
    verdict = judged(definition, values)
    return verdict.score if verdict.qualifies else None


def test_counts_are_those_of_judging_each_customer_alone(customers, monkeypatch):
    monkeypatch.setattr(reading, "BLOCK", 32)  # several blocks

    done = dry_run(definition=AFTER, live=BEFORE, sample=None, today=TODAY)

    pairs = [(stored(BEFORE, one), stored(AFTER, one)) for one in customers.values()]
    assert done.total.customers == 160
    assert done.total.before == sum(before is not None for before, _ in pairs)
    assert done.total.after == sum(after is not None for _, after in pairs)
    assert done.total.newly == sum(before is None and after is not None for before, after in pairs)
    assert done.total.lost == sum(before is not None and after is None for before, after in pairs)
    assert done.total.rescored == sum(None not in pair and pair[0] != pair[1] for pair in pairs)
    assert min(done.total.newly, done.total.lost, done.total.rescored) > 0
    assert done.total.difference == pytest.approx((done.total.after - done.total.before) / 160)


def test_each_audience_is_counted_by_itself(customers):
    done = dry_run(definition=AFTER, live=BEFORE, sample=None, today=TODAY)

    assert {kind: counts.customers for kind, counts in done.by_kind.items()} == {"person": 40, "shopper": 120}
    assert done.by_kind["person"].after == sum(
        judged(AFTER, one).qualifies for one in customers.values() if one["customer_kind"] == "person"
    )


def test_scores_are_distributed_as_the_customers_are(customers):
    done = dry_run(definition=AFTER, live=None, sample=None, today=TODAY)

    expected = [0] * BINS
    for one in customers.values():
        if (score := stored(AFTER, one)) is not None:
            expected[score // BIN_WIDTH] += 1
    assert done.scores_after == tuple(expected)
    assert (done.scores_before, done.total.before) == ((0,) * BINS, 0)
    assert done.total.newly == done.total.after


def test_examples_are_customers_for_whom_it_changes_with_the_reason(customers):
    done = dry_run(definition=AFTER, live=BEFORE, sample=None, today=TODAY)

    for example in done.examples:
        values = customers[example.public_id]
        assert (example.score_before, example.score_after) == (stored(BEFORE, values), stored(AFTER, values))
        assert example.reasons
    changes = {example.change for example in done.examples}
    assert changes >= {"newly", "lost", "rescored"}
    lost = next(example for example in done.examples if example.change == "lost")
    assert "over-the-counter" in " ".join(lost.reasons) or "categories" in " ".join(lost.reasons)


def test_the_same_definition_changes_nothing(customers):
    done = dry_run(definition=AFTER, live=AFTER, sample=None, today=TODAY)

    assert (done.total.newly, done.total.lost, done.total.rescored) == (0, 0, 0)
    assert done.total.difference == 0


def test_a_sample_is_the_same_each_time_and_about_as_large_as_asked(customers):
    first = dry_run(definition=AFTER, sample=40, today=TODAY)

    assert dry_run(definition=AFTER, sample=40, today=TODAY) == first
    assert 15 <= first.total.customers <= 75


def test_a_set_is_compared_rule_by_rule_with_what_comes_and_goes(customers):
    def entry(id, definition, slot):
        return RuleEntry(id, id, slot, 1, definition)

    live = [entry("changed", BEFORE, 0), entry("same", BEFORE, 1), entry("gone", AFTER, 2)]
    new = [entry("changed", AFTER, 0), entry("same", BEFORE, 1), entry("fresh", spends(50_000), 3)]

    done = {one.slug: one for one in dry_run_set(entries=new, live=live, sample=None, today=TODAY)}

    alone = dry_run(definition=AFTER, live=BEFORE, sample=None, today=TODAY)
    assert set(done) == {"changed", "gone", "fresh"}
    assert done["changed"].total == alone.total
    assert (done["gone"].total.after, done["gone"].total.lost) == (0, done["gone"].total.before)
    assert done["fresh"].total.before == 0 < done["fresh"].total.newly


def test_without_customers_there_are_no_shares():
    done = dry_run(definition=AFTER, sample=None, today=TODAY)

    assert (done.total.customers, done.total.difference, done.examples) == (0, None, ())


def test_how_often_two_rules_meet_in_the_same_customers(customers):
    other = RuleEntry("other", "other", 0, 1, BEFORE)

    (found,) = overlaps(AFTER, [other, RuleEntry("else", "else", 1, 1, spends(1, category="offer"))], sample=None, today=TODAY)

    both = sum(judged(BEFORE, one).qualifies and judged(AFTER, one).qualifies for one in customers.values())
    mine = sum(judged(AFTER, one).qualifies for one in customers.values())
    assert (found.slug, found.both, found.mine, found.share) == ("other", both, mine, both / mine)


def test_a_rule_whose_customers_another_always_takes_is_shadowed():
    narrow, wide = spends(20_000, priority=3), RuleEntry("wide", "wide", 0, 1, spends(10_000, priority=2))

    (finding,) = shadowed_by(narrow, [wide])

    assert finding.level == "warning"
    assert "“wide”, which always comes first" in finding.message
    assert shadowed_by(spends(5_000), [wide]) == []  # some of its customers are not the other's
    assert shadowed_by(spends(20_000, priority=1), [wide]) == []  # it comes first itself
    assert shadowed_by(spends(20_000, category="offer"), [wide]) == []
    assert shadowed_by(spends(20_000, channels=["push"]), [wide]) == []


def test_a_rule_that_would_shadow_another_is_told_too():
    narrow = RuleEntry("narrow", "narrow", 0, 1, spends(20_000))

    (finding,) = shadowed_by(spends(10_000, base=101), [narrow])

    assert "“narrow” will hardly surface" in finding.message


def test_what_a_sample_shows_is_a_hint(customers):
    (finding,) = check_overlaps(spends(20_000), [RuleEntry("wide", "wide", 0, 1, spends(10_000))], sample=None)

    assert (finding.level, finding.message) == ("hint", "100% of who qualifies also qualifies for “wide”.")


def test_scores_lie_between_their_bounds(customers):
    low, high = score_bounds(AFTER)

    assert (low, high) == (100, 1000)
    assert all(low <= judged(AFTER, one).score <= high for one in customers.values())
    assert not comes_first(spends(1, base=500), AFTER)
    assert comes_first(spends(1, base=100), spends(1, base=99))
