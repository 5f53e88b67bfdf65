"""`manage.py custody`: the operator's hand at the keeper's own side."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from vault import keyring
from vault.custody import keeper
from vault.custody.keeper import custodian
from vault.errors import MerchantKeyRevoked
from vault.governance.models import CustodyEvent
from vault.governance.services import Person, approve, request_change
from vault.merchant_keys import key_of, lock_key
from vault.tests.keepers import PIN, SOFTHSM, TOKEN
from vault.tests.test_rotation import add_cards, number, numbers

pytestmark = pytest.mark.django_db


def custody(*words: str, **options: str) -> str:
    out = StringIO()
    call_command("custody", *words, stdout=out, **options)
    return out.getvalue()


def kinds(key) -> list[str]:
    return list(CustodyEvent.objects.filter(key=key).order_by("pk").values_list("kind", flat=True))


def test_revoke_and_restore_act_at_once_and_are_kept(acme, globex):
    assert "revoke done" in custody("revoke", acme.public_id, reason="court order")
    with pytest.raises(MerchantKeyRevoked):
        keyring.require_open(acme.pk)
    keyring.require_open(globex.pk)

    custody("restore", acme.public_id, reason="lifted")

    keyring.require_open(acme.pk)
    events = CustodyEvent.objects.filter(key=key_of(acme.pk)).order_by("pk")
    assert [(event.kind, event.text) for event in events] == [("revoke.done", "court order"), ("restore.done", "lifted")]
    assert "at the keeper's side" in events[0].person


@pytest.mark.parametrize("words", [("revoke",), ("revoke", "mer_nobody"), ("move",)])
def test_what_is_not_clear_is_refused(acme, words):
    with pytest.raises(CommandError):
        custody(*words, reason="x")

    assert not CustodyEvent.objects.exists()


def test_a_change_needs_a_reason(acme):
    with pytest.raises(CommandError, match="--reason"):
        custody("revoke", acme.public_id)

    keyring.require_open(acme.pk)


def test_without_the_banks_credential_the_operator_is_told(acme, settings):
    lock_key(merchant_id=acme.pk)
    settings.CUSTODIAN_BANK_TOKEN = ""

    with pytest.raises(CommandError, match="only the bank"):
        custody("restore", acme.public_id, reason="x")

    assert kinds(key_of(acme.pk)) == ["restore.failed"]


def test_status_names_each_key_and_says_when_the_bank_is_silent(acme, globex, custodian_server):
    lock_key(merchant_id=acme.pk)

    told = custody("status")
    custodian_server.is_down = True
    silent = custody("status", acme.public_id)

    assert f"{acme.public_id}  disabled" in told
    assert f"{globex.public_id}  enabled" in told
    assert "last seen disabled" in silent


def test_what_the_console_approved_is_carried_out_here(acme):
    key = key_of(acme.pk)
    asked = request_change(key=key, verb="revoke", reason="x", by=Person("usr_anne", "Anne"))
    assert custody("carry-out") == ""  # nobody approved it

    approve(request=asked, by=Person("usr_bert", "Bert"))

    assert "revoke" in custody("carry-out", asked.public_id)
    assert kinds(key)[-1] == "revoke.done"


@pytest.fixture
def hsm(softhsm, settings, tmp_path):
    """The settings of a platform whose bank holds the keys in a PKCS#11 token."""
    (tmp_path / "pin").write_text(f"{PIN}\n")
    settings.CUSTODIAN = "pkcs11"
    settings.CUSTODIAN_PKCS11_LIBRARY, settings.CUSTODIAN_PKCS11_TOKEN = str(SOFTHSM), TOKEN
    settings.CUSTODIAN_PKCS11_PIN_FILE = settings.CUSTODIAN_PKCS11_BANK_PIN_FILE = str(tmp_path / "pin")
    keeper._other.cache_clear()
    yield
    keeper._other.cache_clear()


def test_keys_move_into_the_banks_module_with_nothing_sealed_anew(acme, globex, request):
    add_cards(acme, 3)
    before = key_of(acme.pk).reference
    request.getfixturevalue("hsm")

    assert "fsa-master" in custody("make-master")
    assert custody("move", source="local").count("local → pkcs11") == 2

    assert custody("move", source="local") == ""
    keyring.forget_all()
    key = key_of(acme.pk)
    assert (key.custodian, key.reference) == ("pkcs11", f"fsa/{acme.public_id}")
    assert key.reference != before
    assert numbers(acme) == [number(place) for place in range(3)]
    custodian().disable(reference=key.reference)
    keyring.forget(acme.pk)
    with pytest.raises(MerchantKeyRevoked):
        numbers(acme)
    keyring.require_open(globex.pk)


def test_a_locked_key_is_not_moved(acme, request):
    lock_key(merchant_id=acme.pk)
    before = key_of(acme.pk).reference
    request.getfixturevalue("hsm")
    custody("make-master")

    with pytest.raises(CommandError, match="not moved"):
        custody("move", source="local")

    assert (key_of(acme.pk).custodian, key_of(acme.pk).reference) == ("local", before)


def test_watching_the_key_of_nobody_is_refused_in_a_sentence(db):
    with pytest.raises(CommandError, match="No merchant “mer_nope” has a key here"):
        call_command("watch_key", "mer_nope")
