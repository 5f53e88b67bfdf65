"""What holds for every basket, store and card, whatever the table says."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from checkout.card_rules import BENEFIT_KINDS, Certification, Indicator, Line, ShippingRule, judge_card
from checkout.card_rules.mccs import HEALTHCARE_MCCS, INVENTORY_MCCS
from checkout.tests.decisions import decision

CENTS = st.integers(0, 500_000)
MCCS = st.sampled_from(sorted(HEALTHCARE_MCCS | INVENTORY_MCCS | {"5941", "5999", "0000"}))
KINDS = st.sampled_from(sorted(BENEFIT_KINDS))
KNOWN_KINDS = sorted(BENEFIT_KINDS - {"unknown"})
CERTIFICATIONS = st.builds(Certification, iias=st.booleans(), ninety_percent=st.booleans())
RULES = st.sampled_from(list(ShippingRule))
DECISIONS = st.builds(
    lambda status, evidence, accounts, fraction, agreed: decision(
        status, evidence=evidence, account_kinds=tuple(sorted(accounts)), eligible_fraction=fraction, agreed_by=agreed
    ),
    st.sampled_from(["eligible", "eligible", "eligible", "rx", "letter", "not_eligible", "unknown"]),
    st.sampled_from(["list", "human", "guard", "model", "none"]),
    st.sets(st.sampled_from(["fsa", "hsa", "hra", "lpfsa", "dcfsa"])),
    st.none() | st.floats(0, 1),
    st.none() | st.integers(0, 3),
)
LINES = st.builds(Line, DECISIONS, CENTS, CENTS, CENTS)
BASKETS = st.lists(LINES, min_size=1, max_size=6)


def judge(basket, mcc, kind, certification, rule=ShippingRule.PRO_RATA):
    return judge_card(basket, mcc=mcc, card_kind=kind, certification=certification, shipping_rule=rule)


@given(BASKETS, MCCS, KINDS, CERTIFICATIONS, RULES)
def test_a_card_never_pays_more_than_the_medical_share_of_net_tax_and_shipping(basket, mcc, kind, certification, rule):
    verdict = judge(basket, mcc, kind, certification, rule)

    for line, judged in zip(basket, verdict.lines, strict=True):
        share = Fraction(round((line.decision.eligible_fraction or 0) * 10_000), 10_000)
        shipping = 0 if rule == ShippingRule.NEVER else line.shipping_cents
        assert 0 <= judged.benefit_cents <= (line.net_cents + line.tax_cents + shipping) * share <= line.total_cents
        assert judged.placement.is_allowed or judged.benefit_cents == 0
    assert verdict.benefit_cents <= sum(line.total_cents for line in basket)


@given(BASKETS, MCCS, KINDS, CERTIFICATIONS)
def test_nothing_but_what_is_eligible_without_more_papers_goes_on_a_card(basket, mcc, kind, certification):
    verdict = judge(basket, mcc, kind, certification)

    allowed = [line for line, judged in zip(basket, verdict.lines, strict=True) if judged.placement.is_allowed]
    assert {line.decision.status for line in allowed} <= {"eligible"}


@given(BASKETS, MCCS, CERTIFICATIONS, RULES)
def test_a_card_of_unknown_kind_never_gets_what_every_known_kind_is_refused(basket, mcc, certification, rule):
    unknown = judge(basket, mcc, "unknown", certification, rule)
    known = [judge(basket, mcc, kind, certification, rule) for kind in KNOWN_KINDS]

    for at, judged in enumerate(unknown.lines):
        assert not judged.placement.is_allowed or any(one.lines[at].placement.is_allowed for one in known)


@given(BASKETS, MCCS, KINDS, CERTIFICATIONS, RULES)
def test_more_certification_never_takes_a_cent_off_the_card(basket, mcc, kind, certification, rule):
    now = judge(basket, mcc, kind, certification, rule)

    for more in (replace(certification, iias=True), replace(certification, ninety_percent=True)):
        then = judge(basket, mcc, kind, more, rule)
        assert all(b.benefit_cents >= a.benefit_cents for a, b in zip(now.lines, then.lines, strict=True))


@given(BASKETS, MCCS, KINDS, CERTIFICATIONS, RULES)
def test_no_charge_calls_itself_verified_without_a_certificate_and_evidence_for_each_item(basket, mcc, kind, certification, rule):
    verdict = judge(basket, mcc, kind, certification, rule)

    if verdict.indicator == Indicator.VERIFIED:
        on_it = [line for line in verdict.lines if line.benefit_cents]
        assert certification.iias
        assert on_it
        assert all(line.is_vouched_for for line in on_it)
    if verdict.indicator == Indicator.EXEMPT:
        assert certification.ninety_percent


@given(BASKETS, MCCS, KINDS, CERTIFICATIONS, RULES)
def test_the_order_of_the_lines_changes_nothing(basket, mcc, kind, certification, rule):
    there, back = judge(basket, mcc, kind, certification, rule), judge(basket[::-1], mcc, kind, certification, rule)

    assert there.lines == back.lines[::-1]
    assert there.indicator == back.indicator


@given(BASKETS, MCCS, KINDS, CERTIFICATIONS)
def test_every_refusal_is_told_in_a_sentence(basket, mcc, kind, certification):
    for judged in judge(basket, mcc, kind, certification).lines:
        assert judged.placement.why.endswith(".")
        assert "{" not in judged.placement.why
