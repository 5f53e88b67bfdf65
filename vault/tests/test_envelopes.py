"""Sealed envelopes: for one purpose, one owner, a short time."""

from __future__ import annotations

import pytest
from cryptography.fernet import Fernet
from freezegun import freeze_time

from vault.envelopes import seal, unseal
from vault.errors import SealBroken


def test_an_envelope_opens_for_its_purpose_and_owner():
    envelope = seal("123", purpose="code", owner="tok_1")

    assert "123" not in envelope
    assert unseal(envelope, purpose="code", owner="tok_1") == "123"


@pytest.mark.parametrize(("purpose", "owner"), [("code", "tok_2"), ("other", "tok_1"), ("", ""), ("code", "tok_1 ")])
def test_it_opens_for_no_other(purpose, owner):
    envelope = seal("123", purpose="code", owner="tok_1")

    with pytest.raises(SealBroken):
        unseal(envelope, purpose=purpose, owner=owner)


def test_purpose_and_owner_do_not_run_into_each_other():
    envelope = seal("123", purpose="a:b", owner="c")

    with pytest.raises(SealBroken):
        unseal(envelope, purpose="a", owner="b:c")


@pytest.mark.parametrize("envelope", ["", "nonsense", "gAAAA", "ü", "\ud800", "a" * 10_000, "a\x00b"])
def test_what_is_no_envelope_is_refused(envelope):
    with pytest.raises(SealBroken):
        unseal(envelope, purpose="code", owner="tok_1")


def test_it_opens_until_its_time_is_over():
    with freeze_time("2026-11-22 12:00:00"):
        envelope = seal("123", purpose="code", owner="tok_1")

    with freeze_time("2026-11-22 12:15:00"):
        assert unseal(envelope, purpose="code", owner="tok_1", ttl_s=900) == "123"
    with freeze_time("2026-11-22 12:15:01"), pytest.raises(SealBroken):
        unseal(envelope, purpose="code", owner="tok_1", ttl_s=900)


def test_it_opens_with_an_old_key_that_is_still_in_the_list_and_not_without(settings):
    old, new = settings.FIELD_ENCRYPTION_KEY[0], Fernet.generate_key().decode()
    envelope = seal("123", purpose="code", owner="tok_1")

    settings.FIELD_ENCRYPTION_KEY = [new, old]
    assert unseal(envelope, purpose="code", owner="tok_1") == "123"
    settings.FIELD_ENCRYPTION_KEY = [new]
    with pytest.raises(SealBroken):
        unseal(envelope, purpose="code", owner="tok_1")
