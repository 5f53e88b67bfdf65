from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from merchants.keys.services import revoke_api_key
from merchants.models import ApiKey, Merchant
from pos_monitor.estate.tokens import TokenMap, issue, issue_many, revoke, rotate
from pos_monitor.models import Terminal, TerminalToken
from pos_monitor.tests.estate_samples import a_terminal

pytestmark = pytest.mark.django_db


def lets_in(tokens: TokenMap, text: str) -> bool:
    tokens.refresh()
    return tokens.find(text) is not None


def test_a_token_tells_whose_it_is(acme: Merchant, settings):
    settings.TELEMETRY_SHARDS = 4
    till, other = a_terminal(acme), a_terminal(acme)
    text, others = issue(terminal=till), issue(terminal=other)
    tokens = TokenMap()
    tokens.refresh()

    found = tokens.find(text)

    assert text.startswith("trm_test_")
    assert text != others
    assert (found.number, found.shard, found.merchant) == (till.pk, till.pk % 4, acme.pk)
    assert tokens.find(others).number == other.pk
    assert tokens.find(text[:-1] + "x") is None
    assert tokens.find("") is None
    assert not TerminalToken.objects.filter(digest__contains=text).exists()


def test_a_rotated_token_works_beside_its_successor_for_a_while(acme: Merchant):
    till = a_terminal(acme)
    old = issue(terminal=till)
    new = rotate(terminal=till)
    tokens = TokenMap()
    assert lets_in(tokens, old)
    assert lets_in(tokens, new)

    TerminalToken.objects.filter(expires_at__isnull=False).update(expires_at=timezone.now() - timedelta(seconds=1))

    assert not lets_in(tokens, old)
    assert lets_in(tokens, new)


def test_rotating_again_does_not_lengthen_the_life_of_the_oldest(acme: Merchant):
    till = a_terminal(acme)
    issue(terminal=till)
    rotate(terminal=till, overlap=timedelta(minutes=5))
    end = TerminalToken.objects.get(expires_at__isnull=False).expires_at
    rotate(terminal=till, overlap=timedelta(days=1))

    assert TerminalToken.objects.filter(expires_at=end).count() == 1


def test_an_issued_token_ends_earlier_ones_at_once(acme: Merchant):
    till = a_terminal(acme)
    old, new = issue(terminal=till), issue(terminal=till)
    tokens = TokenMap()

    assert not lets_in(tokens, old)
    assert lets_in(tokens, new)


def test_a_revoked_token_is_forgotten(acme: Merchant):
    till = a_terminal(acme)
    text = issue(terminal=till)
    tokens = TokenMap()
    assert lets_in(tokens, text)

    assert revoke(terminal=till) == 1
    assert revoke(terminal=till) == 0

    assert not lets_in(tokens, text)


def test_terminals_that_are_out_of_use_are_not_let_in(acme: Merchant):
    till = a_terminal(acme)
    text = issue(terminal=till)
    tokens = TokenMap()
    for state, is_in in (("repair", True), ("stock", False), ("retired", False), ("active", True)):
        Terminal.objects.filter(pk=till.pk).update(state=state)
        assert lets_in(tokens, text) is is_in, state


def test_a_merchants_keys_have_nothing_to_do_with_its_tills_but_its_end_has(acme: Merchant, acme_api):
    text = issue(terminal=a_terminal(acme))
    tokens = TokenMap()
    for key in ApiKey.objects.filter(merchant=acme):
        revoke_api_key(key=key)
    assert lets_in(tokens, text)

    acme.is_active = False
    acme.save()
    assert not lets_in(tokens, text)
    assert tokens.look_up(text) is None

    acme.is_active = True
    acme.save()
    assert lets_in(tokens, text)


def test_a_token_that_is_ahead_of_the_news_is_looked_up(acme: Merchant):
    tokens = TokenMap()
    tokens.refresh()
    text = issue(terminal=a_terminal(acme))

    assert tokens.find(text) is None
    assert tokens.look_up(text) is not None
    assert tokens.find(text) is not None


def test_thousands_of_tokens_are_made_at_once(acme: Merchant):
    tills = [a_terminal(acme).pk for _ in range(3)]
    made = issue_many(tills)
    tokens = TokenMap()
    tokens.refresh()

    assert {tokens.find(text).number: text for text in made.values()} == made
