from __future__ import annotations

from pos_monitor.wire.record import MISSING, RECORD
from pos_monitor.wire.words import key_of


def test_a_word_is_the_same_number_everywhere_and_no_word_is_nought():
    assert key_of("") == 0
    assert key_of("4.2.1") == key_of("4.2.1") != key_of("4.2.2")
    assert 0 < key_of("4.2.1") < 2**32


def test_every_missing_value_fits_its_field():
    for name, value in MISSING.items():
        assert RECORD[name].type(value) == value
