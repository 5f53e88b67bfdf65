"""The keyring: seldom asks the bank, never outlives its answer, and never seals with a secret that is nowhere."""

from __future__ import annotations

import contextlib
import threading

import pytest
import redis
from django.db import connection, transaction

from merchants.models import Merchant
from merchants.services import create_merchant
from shoppers.models import Shopper
from shoppers.services import shopper_for_email
from vault import keyring, merchant_keys
from vault.custody.keeper import custodian
from vault.custody.port import CustodyRefused
from vault.errors import CustodianUnavailable, MerchantKeyMissing, MerchantKeyRevoked
from vault.keyring import REFUSAL_TTL_S, Keyring
from vault.models import KeyVersion, MerchantKey
from vault.push import listener

TTL_S = 30


class Clock:
    """Stands still until it is moved."""

    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def ring_of(clock, settings, monkeypatch):
    """A keyring of its own, with that clock; nothing pushes to it."""
    settings.VAULT_CACHE_TTL_S = TTL_S
    return Keyring(clock=clock)


@pytest.fixture
def merchant(transactional_db):
    """A merchant whose key is committed, as all are in life."""
    return create_merchant(name="Acme", legal_name="Acme LLC", address="1 Elm", mcc="5912", card_acceptor_id="ACME")


@pytest.fixture
def unwraps(custodian_server):
    """How often the bank was asked to unwrap since the test began."""
    custodian_server.calls = []
    return lambda: sum(action == "unwrap" for _, action in custodian_server.calls)


def lock(merchant):
    """At the bank, and nobody is told."""
    custodian().disable(reference=MerchantKey.objects.get(merchant_id=merchant.pk).reference)


def unlock(merchant):
    custodian().enable(reference=MerchantKey.objects.get(merchant_id=merchant.pk).reference)


def test_the_bank_is_asked_once_for_many_uses(merchant, ring_of, unwraps):
    rings = {id(ring_of.ring(merchant.pk)) for _ in range(100)}

    assert len(rings) == 1
    assert unwraps() == 1


def test_many_threads_at_once_ask_the_bank_once(merchant, ring_of, unwraps, custodian_server):
    custodian_server.delay_s = 0.1
    start, found = threading.Barrier(8), []

    def use():
        start.wait()
        found.append(ring_of.ring(merchant.pk))
        connection.close()

    threads = [threading.Thread(target=use) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(found) == 8
    assert len(set(map(id, found))) == 1
    assert unwraps() == 1


def test_a_locked_key_is_used_until_its_time_ends_and_not_beyond(merchant, ring_of, clock, custodian_server):
    ring_of.ring(merchant.pk)
    custodian_server.is_down = True  # so that it cannot be seen earlier

    clock.now += TTL_S - 0.01
    assert ring_of.ring(merchant.pk)
    custodian_server.is_down = False
    lock(merchant)
    clock.now += 0.02

    with pytest.raises(MerchantKeyRevoked):
        ring_of.ring(merchant.pk)


def test_a_lock_is_seen_earlier_because_one_caller_looks_again(merchant, ring_of, clock):
    ring_of.ring(merchant.pk)
    lock(merchant)

    clock.now += TTL_S * 0.5
    assert ring_of.ring(merchant.pk)
    clock.now += TTL_S * 0.15
    with pytest.raises(MerchantKeyRevoked):
        ring_of.ring(merchant.pk)


def test_a_silent_bank_is_borne_until_the_time_ends_then_everything_is_refused(merchant, ring_of, clock, custodian_server):
    before = ring_of.ring(merchant.pk)
    custodian_server.is_down = True

    clock.now += TTL_S * 0.9
    assert ring_of.ring(merchant.pk) is before
    clock.now += TTL_S * 0.2
    with pytest.raises(CustodianUnavailable):
        ring_of.ring(merchant.pk)

    custodian_server.is_down = False
    clock.now += REFUSAL_TTL_S
    assert ring_of.ring(merchant.pk) is not before


def test_looking_again_at_a_silent_bank_does_not_lengthen_the_time(merchant, ring_of, clock, custodian_server):
    ring_of.ring(merchant.pk)
    custodian_server.is_down = True

    for _ in range(14):  # steps of two seconds, each with a failed look once it is due
        clock.now += 2
        ring_of.ring(merchant.pk)
    clock.now += 2.1

    with pytest.raises(CustodianUnavailable):
        ring_of.ring(merchant.pk)


def test_a_refusal_is_remembered_for_a_moment_so_that_nobody_hammers_the_bank(merchant, ring_of, clock, unwraps):
    lock(merchant)

    for _ in range(20):
        with pytest.raises(MerchantKeyRevoked):
            ring_of.ring(merchant.pk)
    assert unwraps() == 1

    unlock(merchant)
    clock.now += REFUSAL_TTL_S
    assert ring_of.ring(merchant.pk)


def test_a_locked_master_key_locks_everybody(merchant, ring_of, custodian_server):
    custodian_server.store.lock_master(is_locked=True)

    with pytest.raises(MerchantKeyRevoked):
        ring_of.ring(merchant.pk)


def test_a_merchant_without_a_key_is_named(transactional_db, ring_of):
    with pytest.raises(MerchantKeyMissing):
        ring_of.ring(987_654_321)


def test_what_is_forgotten_during_a_look_is_looked_up_again(merchant, ring_of, custodian_server, unwraps):
    """Without this, a lock that was pushed while a look was on its way would be missed for a whole time to live."""
    custodian_server.delay_s = 0.3
    looking = threading.Thread(target=lambda: (ring_of.ring(merchant.pk), connection.close()))
    looking.start()
    while not unwraps():
        pass  # the question is on its way

    ring_of.forget(merchant.pk)
    looking.join()

    assert unwraps() == 2


def test_no_more_merchants_are_kept_than_there_is_room_for(transactional_db, clock, settings):
    small = Keyring(clock=clock, max_rings=3)
    merchants = [
        create_merchant(name=f"M{n}", legal_name="M", address="1 Elm", mcc="5912", card_acceptor_id=f"M{n}") for n in range(5)
    ]

    for merchant in merchants:
        small.ring(merchant.pk)

    assert list(small._found) == [merchant.pk for merchant in merchants[2:]]
    assert len(small._looking) <= 3


def test_another_merchant_does_not_notice_a_lock(merchant, ring_of, clock):
    other = create_merchant(name="Globex", legal_name="G", address="1 Elm", mcc="5912", card_acceptor_id="GLOBEX")
    lock(merchant)

    with pytest.raises(MerchantKeyRevoked):
        ring_of.ring(merchant.pk)
    assert ring_of.ring(other.pk)


# --- Telling every process ---


def test_a_lock_by_the_platform_is_refused_at_once_and_an_unlock_shows_at_once(merchant):
    keyring.require_open(merchant.pk)

    merchant_keys.lock_key(merchant_id=merchant.pk)
    with pytest.raises(MerchantKeyRevoked):
        keyring.require_open(merchant.pk)
    assert MerchantKey.objects.get().state == "disabled"

    merchant_keys.unlock_key(merchant_id=merchant.pk)
    keyring.require_open(merchant.pk)
    assert MerchantKey.objects.get().state == "enabled"


def test_unlocking_needs_the_banks_credential(merchant, settings):
    merchant_keys.lock_key(merchant_id=merchant.pk)
    settings.CUSTODIAN_BANK_TOKEN = ""

    with pytest.raises(CustodyRefused):
        merchant_keys.unlock_key(merchant_id=merchant.pk)
    with pytest.raises(MerchantKeyRevoked):
        keyring.require_open(merchant.pk)


def test_a_pushed_change_is_heard_by_the_listening_thread(merchant, settings):
    keyring.require_open(merchant.pk)
    assert listener().is_listening.wait(10)
    keyring.require_open(merchant.pk)
    lock(merchant)

    redis.from_url(settings.REDIS_URL).publish("vault:forget", str(merchant.pk))

    heard = threading.Event()
    for _ in range(200):
        if merchant.pk not in keyring._keyring._found:
            heard.set()
            break
        heard.wait(0.02)
    assert heard.is_set()
    with pytest.raises(MerchantKeyRevoked):
        keyring.require_open(merchant.pk)


def test_without_redis_a_change_is_still_made(merchant, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"

    merchant_keys.lock_key(merchant_id=merchant.pk)

    with pytest.raises(MerchantKeyRevoked):
        keyring.require_open(merchant.pk)


# --- Keys of transactions that did not happen ---


@contextlib.contextmanager
def undone():
    """Everything inside is rolled back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.mark.django_db(transaction=True)
def test_a_key_that_is_rolled_back_is_never_used_again():
    """Its secret would be in memory and nowhere else: what was sealed with it could never be opened."""
    with undone():
        merchant = create_merchant(name="Acme", legal_name="A", address="1 Elm", mcc="5912", card_acceptor_id="ACME")
        assert shopper_for_email(merchant=merchant, email="ann@example.com").email == "ann@example.com"

    with pytest.raises(MerchantKeyMissing):
        keyring.require_open(merchant.pk)
    assert MerchantKey.objects.count() == KeyVersion.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_a_key_that_is_rolled_back_to_a_savepoint_and_made_again_seals_with_the_second_secret(merchant):
    KeyVersion.objects.all().delete()
    MerchantKey.objects.all().delete()
    keyring.forget_all()
    with transaction.atomic():
        with undone():
            merchant_keys.open_key(merchant_id=merchant.pk, owner=merchant.public_id)
            first = keyring.ring(merchant.pk).active
        merchant_keys.open_key(merchant_id=merchant.pk, owner=merchant.public_id)
        shopper_for_email(merchant=merchant, email="ann@example.com")

    assert keyring.ring(merchant.pk).active == KeyVersion.objects.get().public_id != first
    assert Shopper.objects.get().email == "ann@example.com"


@pytest.mark.django_db(transaction=True)
def test_other_threads_do_not_see_a_key_before_it_is_committed():
    seen = []

    def look(pk):
        try:
            keyring.require_open(pk)
        except MerchantKeyMissing:
            seen.append(pk)
        finally:
            connection.close()

    with transaction.atomic():
        merchant = create_merchant(name="Acme", legal_name="A", address="1 Elm", mcc="5912", card_acceptor_id="ACME")
        keyring.require_open(merchant.pk)
        thread = threading.Thread(target=look, args=[merchant.pk])
        thread.start()
        thread.join()

    assert seen == [merchant.pk]
    keyring.require_open(merchant.pk)  # their refusal is forgotten with the commit


@pytest.mark.django_db(transaction=True)
def test_a_merchant_that_cannot_get_a_key_is_not_made(custodian_server):
    custodian_server.is_down = True

    with pytest.raises(CustodianUnavailable):
        create_merchant(name="Acme", legal_name="A", address="1 Elm", mcc="5912", card_acceptor_id="ACME")

    assert Merchant.objects.count() == 0


def test_opening_a_key_twice_keeps_the_first(merchant):
    before = KeyVersion.objects.get().public_id

    merchant_keys.open_key(merchant_id=merchant.pk, owner=merchant.public_id)
    merchant_keys.keep_key(merchant_id=merchant.pk, prepared=merchant_keys.prepare_key(owner=merchant.public_id))

    assert KeyVersion.objects.get().public_id == before
