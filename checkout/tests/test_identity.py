"""Who the card network is told that asks."""

from __future__ import annotations

import pytest

from checkout.identity import identity_of

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("mcc", "says_exempt"), [("5912", True), ("5122", True), ("5411", False), ("8043", False)])
def test_only_a_pharmacy_calls_itself_exempt_under_the_90_percent_rule(acme, mcc, says_exempt):
    acme.is_ninety_percent, acme.mcc = True, mcc

    assert identity_of(acme).ninety_percent is says_exempt


def test_a_pharmacy_outside_the_rule_does_not(acme):
    acme.is_ninety_percent, acme.mcc = False, "5912"

    assert not identity_of(acme).ninety_percent
