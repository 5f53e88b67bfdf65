"""One contract for every keeper of keys: what the platform relies on, whoever holds the keys."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest

from vault.custody.port import BankKey, CustodianSilent, CustodyRefused, KeyDisabled, KeyState, WrapBroken
from vault.tests.fake_kms import FakeKms
from vault.tests.keepers import Keeper, aws_keeper, local_keeper, pkcs11_keeper

SECRET = bytes(range(32))


@pytest.fixture(scope="module")
def kms() -> Iterator[FakeKms]:
    with FakeKms() as kms:
        yield kms


@pytest.fixture(params=["local", "aws", "pkcs11"], scope="module")
def keeper(request: pytest.FixtureRequest) -> Keeper:
    if request.param == "local":
        return local_keeper(request.getfixturevalue("custodian_server"))
    if request.param == "aws":
        return aws_keeper(request.getfixturevalue("kms"))
    request.getfixturevalue("softhsm")
    return pkcs11_keeper()


@pytest.fixture
def key(keeper: Keeper) -> BankKey:
    return keeper.platform.create_key(owner=new_owner())


def new_owner() -> str:
    return f"mer_{uuid4().hex}"


def bound_to(key: BankKey, purpose: str = "data") -> dict[str, str]:
    return {"merchant": key.owner, "purpose": purpose}


def test_creating_twice_gives_one_key(keeper: Keeper) -> None:
    owner = new_owner()

    first, again = keeper.platform.create_key(owner=owner), keeper.platform.create_key(owner=owner)

    assert (first.owner, first.state, first.version) == (owner, KeyState.ENABLED, 1)
    assert again == first
    assert keeper.platform.describe(reference=first.reference) == first


def test_what_is_wrapped_unwraps(keeper: Keeper, key: BankKey) -> None:
    wrapped = keeper.platform.wrap(reference=key.reference, secret=SECRET, context=bound_to(key))

    assert SECRET not in wrapped
    assert wrapped != keeper.platform.wrap(reference=key.reference, secret=SECRET, context=bound_to(key))
    assert keeper.platform.unwrap(reference=key.reference, wrapped=wrapped, context=bound_to(key)) == SECRET


def test_another_context_does_not_unwrap(keeper: Keeper, key: BankKey) -> None:
    wrapped = keeper.platform.wrap(reference=key.reference, secret=SECRET, context=bound_to(key))

    for context in (bound_to(key, "index"), {**bound_to(key), "merchant": "mer_other"}, {}):
        with pytest.raises(WrapBroken):
            keeper.platform.unwrap(reference=key.reference, wrapped=wrapped, context=context)


@pytest.mark.parametrize(
    "damage", [lambda w: b"", lambda w: w[:-1], lambda w: w[:-1] + bytes([w[-1] ^ 1]), lambda w: b"x" * len(w)]
)
def test_a_damaged_wrap_does_not_unwrap(keeper: Keeper, key: BankKey, damage) -> None:  # type: ignore[no-untyped-def]
    wrapped = keeper.platform.wrap(reference=key.reference, secret=SECRET, context=bound_to(key))

    with pytest.raises(WrapBroken):
        keeper.platform.unwrap(reference=key.reference, wrapped=damage(wrapped), context=bound_to(key))


def test_another_merchants_key_does_not_unwrap(keeper: Keeper, key: BankKey) -> None:
    other = keeper.platform.create_key(owner=new_owner())
    wrapped = keeper.platform.wrap(reference=key.reference, secret=SECRET, context=bound_to(key))

    with pytest.raises(WrapBroken):
        keeper.platform.unwrap(reference=other.reference, wrapped=wrapped, context=bound_to(key))


def test_a_disabled_key_refuses_and_an_enabled_one_is_back(keeper: Keeper, key: BankKey) -> None:
    other = keeper.platform.create_key(owner=new_owner())
    wrapped = keeper.platform.wrap(reference=key.reference, secret=SECRET, context=bound_to(key))
    of_other = keeper.platform.wrap(reference=other.reference, secret=SECRET, context=bound_to(other))

    locked, locked_again = keeper.bank.disable(reference=key.reference), keeper.bank.disable(reference=key.reference)

    assert locked.state == locked_again.state == keeper.platform.describe(reference=key.reference).state == KeyState.DISABLED
    with pytest.raises(KeyDisabled):
        keeper.platform.unwrap(reference=key.reference, wrapped=wrapped, context=bound_to(key))
    with pytest.raises(KeyDisabled):
        keeper.platform.wrap(reference=key.reference, secret=SECRET, context=bound_to(key))
    assert keeper.platform.create_key(owner=key.owner).state == KeyState.DISABLED  # making it anew is no way around
    assert keeper.platform.unwrap(reference=other.reference, wrapped=of_other, context=bound_to(other)) == SECRET

    back, back_again = keeper.bank.enable(reference=key.reference), keeper.bank.enable(reference=key.reference)

    assert back.state == back_again.state == KeyState.ENABLED
    assert keeper.platform.unwrap(reference=key.reference, wrapped=wrapped, context=bound_to(key)) == SECRET


def test_the_master_key_locks_everybody(keeper: Keeper, key: BankKey) -> None:
    wrapped = keeper.platform.wrap(reference=key.reference, secret=SECRET, context=bound_to(key))

    keeper.lock_master()
    try:
        with pytest.raises(KeyDisabled):
            keeper.platform.unwrap(reference=key.reference, wrapped=wrapped, context=bound_to(key))
        assert keeper.platform.describe(reference=key.reference).state == KeyState.DISABLED
    finally:
        keeper.unlock_master()

    assert keeper.platform.unwrap(reference=key.reference, wrapped=wrapped, context=bound_to(key)) == SECRET


def test_after_a_rotation_the_old_wrapped_still_opens(keeper: Keeper, key: BankKey) -> None:
    old = keeper.platform.wrap(reference=key.reference, secret=SECRET, context=bound_to(key))

    rotated = keeper.bank.rotate(reference=key.reference)

    new = keeper.platform.wrap(reference=key.reference, secret=SECRET, context=bound_to(key))
    assert (rotated.reference, rotated.version) == (key.reference, 2)
    for wrapped in (old, new):
        assert keeper.platform.unwrap(reference=key.reference, wrapped=wrapped, context=bound_to(key)) == SECRET


def test_a_lock_holds_for_every_version(keeper: Keeper, key: BankKey) -> None:
    old = keeper.platform.wrap(reference=key.reference, secret=SECRET, context=bound_to(key))
    keeper.bank.rotate(reference=key.reference)
    new = keeper.platform.wrap(reference=key.reference, secret=SECRET, context=bound_to(key))

    keeper.bank.disable(reference=key.reference)

    for wrapped in (old, new):
        with pytest.raises(KeyDisabled):
            keeper.platform.unwrap(reference=key.reference, wrapped=wrapped, context=bound_to(key))
    with pytest.raises(KeyDisabled):
        keeper.bank.rotate(reference=key.reference)


def test_the_platform_may_not_govern(keeper: Keeper, key: BankKey) -> None:
    locks = [] if keeper.platform_may_lock else [keeper.platform.disable]
    for govern in (*locks, keeper.platform.enable, keeper.platform.rotate):
        with pytest.raises(CustodyRefused):
            govern(reference=key.reference)

    assert keeper.platform.describe(reference=key.reference) == key


def test_the_platform_may_not_unlock_what_the_bank_locked(keeper: Keeper, key: BankKey) -> None:
    keeper.bank.disable(reference=key.reference)

    with pytest.raises(CustodyRefused):
        keeper.platform.enable(reference=key.reference)

    assert keeper.platform.describe(reference=key.reference).state == KeyState.DISABLED


def test_an_unknown_key_is_gone(keeper: Keeper, key: BankKey) -> None:
    wrapped = keeper.platform.wrap(reference=key.reference, secret=SECRET, context=bound_to(key))
    unknown = key.reference[:-4] + "0000"

    with pytest.raises(KeyDisabled):
        keeper.platform.unwrap(reference=unknown, wrapped=wrapped, context=bound_to(key))
    with pytest.raises(KeyDisabled):
        keeper.platform.describe(reference=unknown)
    with pytest.raises(KeyDisabled):
        keeper.bank.disable(reference=unknown)


def test_a_silent_keeper_is_named_so(keeper: Keeper, key: BankKey) -> None:
    wrapped = keeper.platform.wrap(reference=key.reference, secret=SECRET, context=bound_to(key))

    with pytest.raises(CustodianSilent):
        keeper.silent.unwrap(reference=key.reference, wrapped=wrapped, context=bound_to(key))
