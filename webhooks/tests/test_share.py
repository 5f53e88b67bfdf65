"""How the slots of a process are dealt out."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from webhooks.engine.claims import PER_ENDPOINT, PER_MERCHANT, SLOTS, SUSPECT_SLOTS, Due, InFlight, shares


def test_one_merchant_with_many_endpoints_takes_no_more_than_another_with_one():
    greedy = [Due(number, 1, is_suspect=False) for number in range(16)]
    modest = Due(100, 2, is_suspect=False)

    dealt = shares([*greedy, modest], InFlight())

    assert sum(dealt[one.endpoint_id] for one in greedy) == PER_MERCHANT
    assert dealt[100] == PER_ENDPOINT
    assert max(dealt[one.endpoint_id] for one in greedy) - min(dealt[one.endpoint_id] for one in greedy) == 0


def test_when_slots_are_few_every_merchant_gets_one_before_any_gets_two():
    due = [Due(number, number, is_suspect=False) for number in range(SLOTS + 50)]

    assert set(shares(due, InFlight()).values()) == {1}
    assert sum(shares(due, InFlight()).values()) == SLOTS


def test_dead_endpoints_get_one_call_each_and_together_a_part_of_the_slots():
    due = [Due(number, number, is_suspect=True) for number in range(500)] + [Due(1000, 1000, is_suspect=False)]

    dealt = shares(due, InFlight())

    assert sum(count for endpoint, count in dealt.items() if endpoint < 500) == SUSPECT_SLOTS
    assert dealt[1000] == PER_ENDPOINT


@given(
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 9), st.booleans()), max_size=60, unique_by=lambda row: row[0]),
    st.dictionaries(st.integers(0, 60), st.integers(1, PER_ENDPOINT), max_size=20),
)
def test_no_limit_is_ever_passed(rows, calls):
    due = [Due(endpoint, merchant, suspect) for endpoint, merchant, suspect in rows]
    merchants = {one.endpoint_id: one for one in due}
    busy = InFlight()
    for endpoint, count in calls.items():
        if endpoint in merchants:
            busy.add(merchants[endpoint], count)

    dealt = shares(due, busy)

    after = Counter(busy.by_endpoint) + Counter(dealt)
    assert sum(dealt.values()) <= max(0, SLOTS - busy.total)
    for endpoint in dealt:
        assert after[endpoint] <= max(PER_ENDPOINT, busy.by_endpoint[endpoint])
    for merchant in {one.merchant_id for one in due}:
        mine = sum(dealt.get(one.endpoint_id, 0) for one in due if one.merchant_id == merchant)
        assert mine <= max(0, PER_MERCHANT - busy.by_merchant[merchant])
