"""The local custodian, over its own HTTP and from its own file."""

from __future__ import annotations

import json
import os
import stat
import urllib.error
import urllib.request

import pytest

from vault.custody.local.client import LocalCustodian
from vault.custody.local.server import CustodianServer
from vault.custody.local.store import KeyStore, StoreUnusable
from vault.custody.port import CustodianSilent, CustodyRefused, KeyDisabled, KeyState, WrapBroken

SECRET, CONTEXT = os.urandom(32), {"merchant": "mer_1", "purpose": "data"}


@pytest.fixture
def server(tmp_path):
    with CustodianServer(store=KeyStore(tmp_path), platform_token="platform-token", bank_token="bank-token") as running:
        yield running


@pytest.fixture
def platform(server):
    return LocalCustodian(url=server.url, token="platform-token", timeout_s=0.5)


@pytest.fixture
def bank(server):
    return LocalCustodian(url=server.url, token="platform-token", bank_token="bank-token")


def test_what_is_wrapped_comes_back(platform):
    key = platform.create_key(owner="mer_1")

    wrapped = platform.wrap(reference=key.reference, secret=SECRET, context=CONTEXT)

    assert SECRET not in wrapped
    assert platform.unwrap(reference=key.reference, wrapped=wrapped, context=CONTEXT) == SECRET


def test_a_merchant_has_one_key(platform):
    assert platform.create_key(owner="mer_1") == platform.create_key(owner="mer_1")
    assert platform.create_key(owner="mer_2").reference != platform.create_key(owner="mer_1").reference


@pytest.mark.parametrize(
    "context", [{"merchant": "mer_2", "purpose": "data"}, {"merchant": "mer_1", "purpose": "index"}, {}, {**CONTEXT, "more": "x"}]
)
def test_another_context_does_not_open_it(platform, context):
    key = platform.create_key(owner="mer_1")
    wrapped = platform.wrap(reference=key.reference, secret=SECRET, context=CONTEXT)

    with pytest.raises(WrapBroken):
        platform.unwrap(reference=key.reference, wrapped=wrapped, context=context)


@pytest.mark.parametrize(
    "damage", [lambda w: w[:-1] + bytes([w[-1] ^ 1]), lambda w: w[:10], lambda w: b"", lambda w: b"\0\0\0\7" + w[4:]]
)
def test_what_was_changed_does_not_open(platform, damage):
    key = platform.create_key(owner="mer_1")
    wrapped = platform.wrap(reference=key.reference, secret=SECRET, context=CONTEXT)

    with pytest.raises(WrapBroken):
        platform.unwrap(reference=key.reference, wrapped=damage(wrapped), context=CONTEXT)


def test_another_merchants_key_does_not_open_it(platform):
    mine, other = platform.create_key(owner="mer_1"), platform.create_key(owner="mer_2")
    wrapped = platform.wrap(reference=mine.reference, secret=SECRET, context=CONTEXT)

    with pytest.raises(WrapBroken):
        platform.unwrap(reference=other.reference, wrapped=wrapped, context=CONTEXT)


def test_a_locked_key_neither_opens_nor_seals_until_the_bank_unlocks_it(platform, bank):
    key, other = platform.create_key(owner="mer_1"), platform.create_key(owner="mer_2")
    wrapped = platform.wrap(reference=key.reference, secret=SECRET, context=CONTEXT)

    assert platform.disable(reference=key.reference).state == KeyState.DISABLED
    assert platform.disable(reference=key.reference).state == KeyState.DISABLED
    with pytest.raises(KeyDisabled):
        platform.unwrap(reference=key.reference, wrapped=wrapped, context=CONTEXT)
    with pytest.raises(KeyDisabled):
        platform.wrap(reference=key.reference, secret=SECRET, context=CONTEXT)
    assert platform.wrap(reference=other.reference, secret=SECRET, context=CONTEXT)

    assert bank.enable(reference=key.reference).state == KeyState.ENABLED
    assert platform.unwrap(reference=key.reference, wrapped=wrapped, context=CONTEXT) == SECRET


def test_a_new_version_wraps_and_the_old_one_still_opens(platform, bank):
    key = platform.create_key(owner="mer_1")
    old = platform.wrap(reference=key.reference, secret=SECRET, context=CONTEXT)

    assert bank.rotate(reference=key.reference).version == 2
    new = platform.wrap(reference=key.reference, secret=SECRET, context=CONTEXT)

    assert old[:4] != new[:4]
    assert [platform.unwrap(reference=key.reference, wrapped=w, context=CONTEXT) for w in (old, new)] == [SECRET, SECRET]


def test_locking_the_master_key_locks_every_merchants(platform, bank):
    keys = [platform.create_key(owner=owner) for owner in ("mer_1", "mer_2")]

    bank.lock_master(is_locked=True)

    for key in keys:
        assert platform.describe(reference=key.reference).state == KeyState.DISABLED
        with pytest.raises(KeyDisabled):
            platform.wrap(reference=key.reference, secret=SECRET, context=CONTEXT)
    bank.lock_master(is_locked=False)
    assert platform.describe(reference=keys[0].reference).state == KeyState.ENABLED


@pytest.mark.parametrize("action", ["enable", "rotate"])
def test_what_only_the_bank_may_do_is_refused_to_the_platform(server, platform, action):
    key = platform.create_key(owner="mer_1")
    platform.disable(reference=key.reference)
    pretending = LocalCustodian(url=server.url, token="platform-token", bank_token="platform-token")

    for caller in (platform, pretending):
        with pytest.raises(CustodyRefused):
            getattr(caller, action)(reference=key.reference)

    assert platform.describe(reference=key.reference) == key.__class__(key.reference, "mer_1", KeyState.DISABLED, 1)


@pytest.mark.parametrize("token", ["", "wrong", "bank-token ", "platform-toke"])
def test_a_wrong_credential_is_told_nothing(server, token):
    with pytest.raises(CustodianSilent):
        LocalCustodian(url=server.url, token=token).create_key(owner="mer_1")

    assert server.calls == []


def test_silence_and_slowness_are_named(server, platform):
    server.is_down = True
    with pytest.raises(CustodianSilent):
        platform.create_key(owner="mer_1")
    server.is_down, server.delay_s = False, 1.0
    with pytest.raises(CustodianSilent):
        platform.create_key(owner="mer_1")
    server.delay_s = 0.0
    assert platform.create_key(owner="mer_1")
    with pytest.raises(CustodianSilent):
        LocalCustodian(url="http://127.0.0.1:1", token="x").create_key(owner="mer_1")


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"not json", b'{"reference": 5}', b"{}", b"\xff", b'{"owner": "x"' + b" " * 70_000 + b"}"]
)
def test_a_call_that_cannot_be_read_is_refused_and_the_next_one_served(server, platform, body):
    for action in ("unwrap", "describe", "wrap"):
        request = urllib.request.Request(f"{server.url}/{action}", body, {"Authorization": "Bearer platform-token"})
        with pytest.raises(urllib.error.HTTPError) as refusal:
            urllib.request.urlopen(request, timeout=5)
        assert refusal.value.code in {400, 422}

    assert platform.create_key(owner="mer_1")


# --- Its store ---


def test_keys_and_their_states_are_there_after_a_restart(tmp_path):
    store = KeyStore(tmp_path)
    key, other = store.create("mer_1"), store.create("mer_2")
    wrapped = store.wrap(key.reference, SECRET, CONTEXT)
    store.rotate(key.reference)
    store.set_state(other.reference, KeyState.DISABLED)
    store.close()

    again = KeyStore(tmp_path)

    assert again.describe(key.reference).version == 2
    assert again.unwrap(key.reference, wrapped, CONTEXT) == SECRET
    assert again.describe(other.reference).state == KeyState.DISABLED


def test_a_locked_master_key_stays_locked_over_a_restart(tmp_path):
    store = KeyStore(tmp_path)
    key = store.create("mer_1")
    store.lock_master(is_locked=True)
    store.close()

    with pytest.raises(KeyDisabled):
        KeyStore(tmp_path).wrap(key.reference, SECRET, CONTEXT)


def test_a_line_that_a_power_cut_tore_is_dropped(tmp_path):
    store = KeyStore(tmp_path)
    key = store.create("mer_1")
    store.close()
    journal = tmp_path / "journal.jsonl"
    whole = journal.read_bytes()
    journal.write_bytes(whole + b'{"do": "state", "reference": "' + key.reference.encode())

    again = KeyStore(tmp_path)
    other = again.create("mer_2")
    again.close()

    assert [json.loads(line)["do"] for line in journal.read_text().splitlines()] == ["create", "create"]
    assert KeyStore(tmp_path).describe(other.reference).owner == "mer_2"


def test_only_its_owner_can_read_its_files_and_no_key_stands_there_in_clear(tmp_path):
    store = KeyStore(tmp_path / "custodian")
    key = store.create("mer_1")

    for name in ("master.key", "journal.jsonl"):
        assert stat.S_IMODE((tmp_path / "custodian" / name).stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "custodian").stat().st_mode) == 0o700
    store._master = None
    with pytest.raises(AttributeError):
        store.wrap(key.reference, SECRET, CONTEXT)  # the journal alone opens nothing


def test_two_custodians_cannot_use_one_store(tmp_path):
    first = KeyStore(tmp_path)

    with pytest.raises(StoreUnusable):
        KeyStore(tmp_path)
    first.close()
    KeyStore(tmp_path)


def test_a_damaged_master_key_stops_the_start(tmp_path):
    (tmp_path / "master.key").write_bytes(b"short")

    with pytest.raises(StoreUnusable, match="5 bytes"):
        KeyStore(tmp_path)
