from __future__ import annotations

import pytest

from pos_monitor.wire import lag


def test_a_lag_is_read_as_it_was_told() -> None:
    assert lag.decode(lag.encode(lag.Lag(1500, 42))) == lag.Lag(1500, 42)


@pytest.mark.parametrize("value", [None, b"", b"15", b"a b", b"1 2 3"])
def test_what_nobody_told_is_no_lag(value: bytes | None) -> None:
    assert lag.decode(value) is None
