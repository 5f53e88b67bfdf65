"""The exported expression, run by an engine that is not ours, qualifies the same customers."""

from __future__ import annotations

import cel
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.definition.cel import bindings, to_cel
from rules.engine.oracle import judge
from rules.tests.strategies import SLOW, TODAY, customers, definitions


@given(definitions(), st.lists(customers(), min_size=1, max_size=5))
@settings(max_examples=150, suppress_health_check=SLOW, deadline=None)
def test_expression_says_what_the_rule_says(definition, people):
    program = cel.compile(to_cel(definition))

    for values in people:
        told = program.execute(bindings(values, TODAY))
        assert told is judge(definition, values, TODAY).qualifies
