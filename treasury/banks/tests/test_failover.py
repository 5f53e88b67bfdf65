"""Two regions of one bank: the second is tried only when the first certainly took nothing."""

from __future__ import annotations

import pytest

from treasury.banks.endpoints import FAILURES_TO_OPEN, Endpoint, Partner, state_of
from treasury.banks.errors import BankRefused, BankSilent, BankUnavailable, KeyRevoked
from treasury.banks.tests.conftest import HOUR, batch_of, transfer
from treasury.banks.types import Health, Sent

LANGUAGES = ["sandbox", "sandbox-ach", "sandbox-iso"]


def paid(bank, clock):
    bank.tick()
    clock.now += HOUR
    bank.tick()
    return [line.amount_cents for line in bank.book.lines]


@pytest.mark.parametrize("language", LANGUAGES)
def test_where_the_first_region_is_down_the_second_takes_it(language, banks, bank, clock):
    bank.switches.set("down-east", on=True)

    _, endpoint = banks[language].send_with_failover(batch_of())

    assert endpoint == f"{language}-west"
    assert paid(bank, clock) == [-125_50]


@pytest.mark.parametrize("language", LANGUAGES)
def test_where_both_are_down_nothing_is_taken_and_the_caller_may_try_again(language, banks, bank, clock):
    for switch in ("down-east", "down-west"):
        bank.switches.set(switch, on=True)

    with pytest.raises(BankUnavailable):
        banks[language].send_with_failover(batch_of())

    assert paid(bank, clock) == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("cents", [1_111_01, 1_111_02], ids=["taken", "not taken"])
def test_a_silent_bank_is_asked_before_anything_is_sent_again(language, cents, banks, bank, clock):
    sent, endpoint = banks[language].send_with_failover(batch_of(transfer(amount_cents=cents)))

    assert endpoint == f"{language}-east"
    assert sent.state in {"taken", "accepted"}
    assert paid(bank, clock) == [-cents]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_bank_that_stays_silent_was_taken_for_a_yes_only_where_it_knows_the_batch(language, banks, bank, clock):
    bank.switches.set("silent", on=True)

    sent, _ = banks[language].send_with_failover(batch_of())

    assert sent.batch_id == "pb_0001"
    assert paid(bank, clock) == [-125_50]


def test_where_one_that_might_know_cannot_be_asked_the_batch_stays_silent(banks, bank, clock):
    partner = banks["sandbox"]
    bank.switches.set("down-west", on=True)

    with pytest.raises(BankSilent, match="sandbox-west"):
        partner.send_with_failover(batch_of(transfer(amount_cents=1_111_02)))

    assert paid(bank, clock) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_after_a_crash_the_bank_is_asked_first(language, banks, bank, clock):
    partner, batch = banks[language], batch_of()
    partner.endpoints[1].bank.send(batch)  # and then the process died, before it was written down

    _, endpoint = partner.send_with_failover(batch, was_sent_before=True)

    assert endpoint in {f"{language}-east", f"{language}-west"}
    assert paid(bank, clock) == [-125_50]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_revoked_key_is_told_by_its_name(language, banks, bank, clock):
    bank.switches.set("key-revoked", on=True)

    with pytest.raises(KeyRevoked):
        banks[language].send_with_failover(batch_of())

    assert paid(bank, clock) == []
    assert [health.is_well for health in banks[language].check().values()] == [False, False]


def test_a_batch_that_the_first_region_has_no_time_for_goes_to_the_second(banks, bank, clock):
    _, endpoint = banks["sandbox"].send_with_failover(batch_of(transfer(amount_cents=1_111_05)))

    assert endpoint == "sandbox-west"
    assert paid(bank, clock) == [-1_111_05]


def test_a_batch_that_nobody_has_is_unknown(banks):
    assert {partner.status("pb_none") for partner in banks.values()} == {None}


@pytest.mark.parametrize("language", LANGUAGES)
def test_health_tells_which_region_is_down(language, banks, bank):
    bank.switches.set("down-west", on=True)

    health = banks[language].check()

    assert {name: one.is_well for name, one in health.items()} == {f"{language}-east": True, f"{language}-west": False}
    assert state_of(health) == "degraded"


@pytest.mark.parametrize(
    ("well", "expected"), [([True, True], "well"), ([True, False], "degraded"), ([False, False], "down"), ([], "down")], ids=str
)
def test_a_bank_is_as_well_as_its_endpoints(well, expected):
    assert state_of({str(number): Health(is_well, "") for number, is_well in enumerate(well)}) == expected


class Row:
    def __init__(self, name):
        self.name = name


class Scripted:
    """Answers as it is told; counts what it is asked. Stands for a line, not for a bank."""

    def __init__(self, *answers):
        self.answers, self.sent = list(answers), 0

    def send(self, batch):
        self.sent += 1
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def status(self, batch_id):
        return None


def partner_of(*lines):
    return Partner("x", tuple(Endpoint(Row(f"line-{number}"), line) for number, line in enumerate(lines)))


def test_a_line_that_fails_again_and_again_is_left_alone_for_a_while():
    broken, good = Scripted(BankUnavailable()), Scripted(Sent("pb_0001", "accepted"))
    partner = partner_of(broken, good)

    for _ in range(FAILURES_TO_OPEN + 5):
        partner.send_with_failover(batch_of())

    assert (broken.sent, good.sent) == (FAILURES_TO_OPEN, FAILURES_TO_OPEN + 5)
    assert partner.endpoints[0].breaker.is_open


def test_a_no_is_an_answer_and_opens_no_breaker_and_asks_nobody_else():
    first, second = Scripted(BankRefused("no")), Scripted(Sent("pb_0001", "accepted"))
    partner = partner_of(first, second)

    for _ in range(FAILURES_TO_OPEN + 1):
        with pytest.raises(BankRefused):
            partner.send_with_failover(batch_of())

    assert (first.sent, second.sent) == (FAILURES_TO_OPEN + 1, 0)
    assert not partner.endpoints[0].breaker.is_open


def test_a_key_that_one_region_does_not_take_may_be_good_at_the_other():
    partner = partner_of(Scripted(KeyRevoked()), Scripted(Sent("pb_0001", "accepted")))

    assert partner.send_with_failover(batch_of())[1] == "line-1"


def test_silence_twice_is_silence():
    line = Scripted(BankSilent())
    partner = partner_of(line, Scripted(Sent("pb_0001", "accepted")))

    with pytest.raises(BankSilent):
        partner.send_with_failover(batch_of())

    assert line.sent == 2
    assert partner.endpoints[1].bank.sent == 0
