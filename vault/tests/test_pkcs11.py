"""What PKCS#11 alone brings: keys that stay inside, locks that hold in open sessions, forks, lost sessions, wrong PINs."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path
from uuid import uuid4

import pkcs11
import pytest
from pkcs11 import Attribute, GCMParams, Mechanism

from vault.custody.pkcs11 import Pkcs11Custodian, _generate, _objects
from vault.custody.pkcs11_token import Token
from vault.custody.port import BankKey, CustodianSilent, KeyState
from vault.tests.keepers import PIN, SOFTHSM, TOKEN, pkcs11_keeper

SECRET = bytes(range(32))


@pytest.fixture
def bank(softhsm: Path) -> Pkcs11Custodian:
    custodian = pkcs11_keeper().bank
    assert isinstance(custodian, Pkcs11Custodian)
    return custodian


@pytest.fixture
def key(bank: Pkcs11Custodian) -> BankKey:
    return bank.create_key(owner=f"mer_{uuid4().hex}")


def test_a_key_never_leaves_the_module(bank: Pkcs11Custodian, key: BankKey) -> None:
    def look(session) -> None:  # type: ignore[no-untyped-def]
        (inside,) = _objects(session, key.reference)
        assert inside[Attribute.NEVER_EXTRACTABLE]
        assert inside[Attribute.ALWAYS_SENSITIVE]
        with pytest.raises(pkcs11.AttributeSensitive):
            inside[Attribute.VALUE]
        with pytest.raises(pkcs11.PKCS11Error):
            inside.copy({Attribute.LABEL: "a copy that outlives the lock"})
        with pytest.raises(pkcs11.PKCS11Error):
            inside[Attribute.EXTRACTABLE] = True

    bank._token.run(look)


def test_the_module_itself_refuses_a_locked_key_that_is_already_open(bank: Pkcs11Custodian, key: BankKey) -> None:
    parameters = {"mechanism": Mechanism.AES_GCM, "mechanism_param": GCMParams(bytes(12), b"", 128)}
    opened = bank._token.run(lambda session: _objects(session, key.reference)[0])
    sealed = opened.encrypt(SECRET, **parameters)
    in_another_process = (
        "import sys; from vault.tests.keepers import pkcs11_custodian;"
        "print(pkcs11_custodian(governs=True).disable(reference=sys.argv[1]).state)"
    )

    done = subprocess.run([sys.executable, "-c", in_another_process, key.reference], check=True, capture_output=True, text=True)

    assert done.stdout.strip() == KeyState.DISABLED
    for use, data in ((opened.encrypt, SECRET), (opened.decrypt, sealed)):
        with pytest.raises(pkcs11.PKCS11Error, match="0x68"):  # CKR_KEY_FUNCTION_NOT_PERMITTED
            use(data, **parameters)


def test_two_keys_made_at_once_both_go_on_working(bank: Pkcs11Custodian, key: BankKey) -> None:
    before = bank.wrap(reference=key.reference, secret=SECRET, context={})
    bank._token.run(lambda session: _generate(session, key.reference, version=1))  # what a process that lost the race leaves

    after = bank.wrap(reference=key.reference, secret=SECRET, context={})

    assert bank.describe(reference=key.reference).version == 1
    assert [bank.unwrap(reference=key.reference, wrapped=w, context={}) for w in (before, after)] == [SECRET, SECRET]
    assert bank.disable(reference=key.reference).state == KeyState.DISABLED


def test_a_forked_worker_uses_the_token_of_its_parent(bank: Pkcs11Custodian, key: BankKey) -> None:
    wrapped = bank.wrap(reference=key.reference, secret=SECRET, context={})

    child = os.fork()
    if child == 0:
        status = 1
        try:
            status = 0 if bank.unwrap(reference=key.reference, wrapped=wrapped, context={}) == SECRET else 2
        finally:
            os._exit(status)

    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert bank.unwrap(reference=key.reference, wrapped=wrapped, context={}) == SECRET


def test_a_lost_session_is_opened_again(bank: Pkcs11Custodian, key: BankKey) -> None:
    wrapped = bank.wrap(reference=key.reference, secret=SECRET, context={})
    bank._token._session.close()

    assert bank.unwrap(reference=key.reference, wrapped=wrapped, context={}) == SECRET


def test_many_threads_share_one_custodian(bank: Pkcs11Custodian, key: BankKey) -> None:
    opened: list[bytes] = []

    def work() -> None:
        for _ in range(5):
            wrapped = bank.wrap(reference=key.reference, secret=SECRET, context={"merchant": key.owner})
            opened.append(bank.unwrap(reference=key.reference, wrapped=wrapped, context={"merchant": key.owner}))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert opened == [SECRET] * 40


def test_a_token_that_does_not_answer_is_waited_for_no_longer_than_the_time_out(softhsm: Path) -> None:
    token = Token(library=str(SOFTHSM), label=TOKEN, pin=PIN, timeout_s=0.05)
    never = threading.Event()

    with pytest.raises(CustodianSilent):
        token.run(lambda session: never.wait())

    never.set()


def test_a_wrong_pin_is_tried_once(softhsm: Path) -> None:
    """Three wrong PINs lock a token, for everybody. In a process of its own: where a session is open no PIN is asked for."""
    ask = (
        "from vault.tests.keepers import pkcs11_custodian\n"
        "from vault.custody.port import CustodianSilent\n"
        "wrong = pkcs11_custodian(pin='0000')\n"
        "for _ in range(4):\n"
        "    try: wrong.describe(reference='fsa/mer_x')\n"
        "    except CustodianSilent as error: print(error)\n"
    )

    told = subprocess.run([sys.executable, "-c", ask], check=True, capture_output=True, text=True).stdout.splitlines()

    assert "PinIncorrect" in told[0]
    assert all("not tried again" in line for line in told[1:])
    slots = subprocess.run(["softhsm2-util", "--show-slots"], check=True, capture_output=True, text=True).stdout
    assert "User PIN init.:   yes" in slots
