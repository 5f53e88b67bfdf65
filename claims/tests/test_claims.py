"""A claim from draft to money: each step from its own state alone, each line in one live claim, each amount within the last."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction
from django.http import Http404

from claims import services
from claims.errors import ClaimAmountWrong, ClaimEmpty, ClaimStateWrong, ClaimTextMissing, LineNotClaimable, LineTaken
from claims.models import Claim, ClaimLine
from claims.selectors import claim_of, claimable_lines, claims_of
from claims.services import (
    add_lines,
    approve_claim,
    ask_for_more,
    deny_claim,
    draft_claim,
    mark_paid,
    remove_line,
    submit_claim,
    withdraw_claim,
)
from claims.tests.sales import bought
from shoppers.changes import PersonChange
from shoppers.tests.people import benefit, person
from vault.audit.models import AuditEntry

pytestmark = pytest.mark.django_db
PAID_ON = date(2026, 11, 20)
STATES = ("draft", "submitted", "more_information", "approved", "denied", "paid", "withdrawn")
STEPS = {
    "submit": lambda claim: submit_claim(claim=claim),
    "ask": lambda claim: ask_for_more(claim=claim, question="Whose is it?"),
    "approve": lambda claim: approve_claim(claim=claim, approved_cents=claim.amount_cents),
    "deny": lambda claim: deny_claim(claim=claim, refusal="No receipt."),
    "pay": lambda claim: mark_paid(claim=claim, paid_cents=claim.amount_cents, paid_on=PAID_ON),
    "withdraw": lambda claim: withdraw_claim(claim=claim),
}
WAYS = {
    "draft": (), "submitted": ("submit",), "more_information": ("submit", "ask"), "approved": ("submit", "approve"),
    "denied": ("submit", "deny"), "paid": ("submit", "approve", "pay"), "withdrawn": ("withdraw",),
}  # fmt: skip
LEADS = {
    "submit": ("submitted", {"draft", "more_information"}),
    "ask": ("more_information", {"submitted"}),
    "approve": ("approved", {"submitted", "more_information"}),
    "deny": ("denied", {"submitted", "more_information"}),
    "pay": ("paid", {"approved"}),
    "withdraw": ("withdrawn", {"draft", "submitted", "more_information"}),
}


def a_claim(merchant, *prices: int) -> Claim:
    lines = bought(person(), merchant, *(prices or (20_00,)))
    return draft_claim(account=person(), administrator="Northwind", lines={line.pk: None for line in lines})


def in_state(merchant, state: str) -> Claim:
    claim = a_claim(merchant)
    for step in WAYS[state]:
        STEPS[step](claim)
    return Claim.objects.get(pk=claim.pk)


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("step", STEPS)
def test_each_step_goes_from_its_own_states_alone(acme, state, step):
    claim = in_state(acme, state)
    before = Claim.objects.filter(pk=claim.pk).values().get()
    leads_to, starts_from = LEADS[step]

    if state in starts_from or state == leads_to:
        STEPS[step](claim)
        assert Claim.objects.get(pk=claim.pk).state == leads_to
    else:
        with pytest.raises((ClaimStateWrong, ClaimAmountWrong)):
            STEPS[step](claim)
        assert str(Claim.objects.filter(pk=claim.pk).values().get()) == str(before)


def test_only_what_an_ordinary_card_paid_of_ones_own_eligible_lines_can_be_claimed(acme, globex):
    ada = person()
    [whole] = bought(ada, acme, 20_00)
    [rest] = bought(ada, globex, 30_00, benefit_cents=10_00)
    bought(ada, acme, 5_00, status="not_eligible")
    bought(ada, acme, 6_00, benefit_cents=6_00)
    bought(ada, acme, 7_00, paid="authorized")
    bought(person("bob@example.com"), acme, 8_00)

    assert {line.line_id: (line.amount_cents, line.merchant) for line in claimable_lines(ada)} == {
        whole.pk: (20_00, acme.name), rest.pk: (20_00, globex.name),
    }  # fmt: skip


def test_a_line_is_in_one_live_claim_and_free_again_after_a_refusal(acme):
    claim = a_claim(acme)
    [line] = claim.lines.all()
    assert claimable_lines(person()) == []
    with pytest.raises(LineTaken):
        draft_claim(account=person(), administrator="Northwind", lines={line.line_id: None})

    submit_claim(claim=claim)
    deny_claim(claim=claim, refusal="No receipt.")

    assert [found.line_id for found in claimable_lines(person())] == [line.line_id]
    again = draft_claim(account=person(), administrator="Northwind", lines={line.line_id: None})
    assert again.amount_cents == 20_00
    with pytest.raises(IntegrityError), transaction.atomic():
        ClaimLine.objects.filter(claim=claim).update(is_live=True)


@pytest.mark.parametrize("status", ["not_eligible", "letter"])
def test_lines_that_are_not_ones_own_or_not_eligible_are_refused_and_nothing_is_drafted(acme, status):
    [hers] = bought(person("bob@example.com"), acme, 20_00)
    [chips] = bought(person(), acme, 20_00, status=status)

    for line in (hers, chips):
        with pytest.raises(LineNotClaimable):
            draft_claim(account=person(), administrator="Northwind", lines={line.pk: None})

    assert not Claim.objects.exists()


def test_no_more_is_claimed_of_a_line_than_was_paid(acme):
    [line] = bought(person(), acme, 20_00, benefit_cents=15_00)

    for cents in (5_01, 0, -1):
        with pytest.raises(ClaimAmountWrong):
            draft_claim(account=person(), administrator="Northwind", lines={line.pk: cents})

    assert draft_claim(account=person(), administrator="Northwind", lines={line.pk: 4_00}).amount_cents == 4_00


def test_a_draft_grows_and_shrinks_and_what_was_sent_does_not(acme):
    claim = a_claim(acme, 20_00, 5_00)
    [more] = bought(person(), acme, 1_00)
    add_lines(claim=claim, lines={more.pk: None})
    assert remove_line(claim=claim, line_id=claim.lines.first().line_id)
    assert not remove_line(claim=claim, line_id=0)
    claim.refresh_from_db()
    assert claim.amount_cents == 6_00

    submit_claim(claim=claim)

    with pytest.raises(ClaimStateWrong):
        remove_line(claim=claim, line_id=more.pk)
    assert claim.lines.count() == 2


def test_an_empty_claim_is_not_sent(acme):
    claim = a_claim(acme)
    remove_line(claim=claim, line_id=claim.lines.get().line_id)

    with pytest.raises(ClaimEmpty):
        submit_claim(claim=claim)

    claim.refresh_from_db()
    assert (claim.state, claim.submitted_at) == ("draft", None)


def test_a_question_and_its_answer_keep_the_day_on_which_it_was_first_sent(acme):
    claim = in_state(acme, "submitted")
    ask_for_more(claim=claim, question="Whose is it?", answer_by=date(2026, 12, 1))
    asked = Claim.objects.get(pk=claim.pk)
    assert (asked.question, asked.answer_by) == ("Whose is it?", date(2026, 12, 1))

    again = submit_claim(claim=claim)

    assert (again.state, again.submitted_at, again.answer_by) == ("submitted", claim.submitted_at, None)


def test_a_part_is_approved_with_its_reason_and_paid_within_it(acme):
    claim = in_state(acme, "submitted")
    with pytest.raises(ClaimTextMissing):
        approve_claim(claim=claim, approved_cents=15_00)
    for cents in (0, 20_01):
        with pytest.raises(ClaimAmountWrong):
            approve_claim(claim=claim, approved_cents=cents)
    approve_claim(claim=claim, approved_cents=15_00, refusal="Tax is not paid.")
    with pytest.raises(ClaimAmountWrong):
        mark_paid(claim=claim, paid_cents=15_01, paid_on=PAID_ON)

    paid = mark_paid(claim=claim, paid_cents=15_00, paid_on=PAID_ON)

    assert (paid.state, paid.approved_cents, paid.paid_cents, paid.refusal) == ("paid", 15_00, 15_00, "Tax is not paid.")
    with pytest.raises(ClaimStateWrong):
        mark_paid(claim=claim, paid_cents=14_00, paid_on=PAID_ON)
    assert Claim.objects.get(pk=claim.pk).paid_cents == 15_00


def test_a_benefit_account_of_somebody_else_is_refused(acme):
    [line] = bought(person(), acme, 20_00)

    with pytest.raises(LineNotClaimable):
        draft_claim(account=person(), administrator="X", lines={line.pk: None}, benefit=benefit(person("bob@example.com")))

    mine = benefit(person(), administrator="Northwind")
    assert draft_claim(account=person(), administrator="", lines={line.pk: None}, benefit=mine).administrator == "Northwind"


def test_nobody_finds_another_persons_claim(acme):
    claim = a_claim(acme)

    assert claim_of(person(), claim.public_id).lines.all()[0].line.title == "Thing 0"
    assert list(claims_of(person("bob@example.com"))) == []
    with pytest.raises(Http404):
        claim_of(person("bob@example.com"), claim.public_id)


def test_every_step_tells_of_its_person(acme):
    claim = in_state(acme, "submitted")
    PersonChange.objects.all().delete()

    withdraw_claim(claim=claim)

    assert set(PersonChange.objects.values_list("account_id", "reason")) == {(person().pk, "claim")}


@pytest.mark.django_db(transaction=True)
def test_steps_are_in_the_audit_trail_once_and_without_any_text_of_theirs(acme):
    claim = a_claim(acme)
    for _ in range(2):
        submit_claim(claim=claim)
    for _ in range(2):
        ask_for_more(claim=claim, question="Is it for psoriasis?")

    entries = AuditEntry.objects.filter(subject_id=claim.public_id).order_by("pk")
    assert [entry.action for entry in entries] == ["claim.drafted", "claim.submitted", "claim.more_information"]
    assert "psoriasis" not in str(list(entries.values()))


@pytest.mark.django_db(transaction=True)
def test_of_many_who_claim_a_line_at_once_one_has_it(acme):
    [line] = bought(person(), acme, 20_00)
    account = person()

    def draft(_: int) -> str:
        try:
            draft_claim(account=account, administrator="Northwind", lines={line.pk: None})
        except LineTaken:
            return "taken"
        finally:
            connection.close()
        return "drafted"

    with ThreadPoolExecutor(4) as threads:
        outcomes = sorted(threads.map(draft, range(4)))

    assert outcomes == ["drafted", "taken", "taken", "taken"]
    assert Claim.objects.count() == 1


def test_the_table_of_steps_is_the_one_that_is_tested():
    assert {state.value: {start.value for start in starts} for state, starts in services.STEPS.items()} == dict(LEADS.values())
