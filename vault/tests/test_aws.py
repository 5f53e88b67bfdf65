"""What AWS alone brings: the shape of the calls, keys not yet seen everywhere, races, throttling, silence."""

from __future__ import annotations

from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws

from vault.custody.aws import ALIAS_PREFIX, AwsCustodian
from vault.custody.port import BankKey, CustodianSilent, CustodyRefused, KeyDisabled, KeyState, WrapBroken
from vault.tests.fake_kms import ARN, BANK, PLATFORM, FakeKms, boto_session

SECRET = bytes(range(32))
CONTEXT = {"merchant": "mer_acme", "purpose": "data"}


@pytest.fixture
def kms() -> Iterator[FakeKms]:
    with FakeKms() as kms:
        yield kms


def custodian(kms: FakeKms, who: tuple[str, str] = BANK, timeout_s: float = 2.0) -> AwsCustodian:
    return AwsCustodian(
        region="us-east-1", master_key=kms.master.id, endpoint_url=kms.url, session=boto_session(who), timeout_s=timeout_s
    )


@pytest.fixture
def bank(kms: FakeKms) -> AwsCustodian:
    return custodian(kms)


@pytest.fixture
def key(bank: AwsCustodian) -> BankKey:
    return bank.create_key(owner="mer_acme")


def operations(kms: FakeKms) -> list[str]:
    return [operation for _, operation, _ in kms.calls]


def test_a_merchants_key_is_an_object_of_its_own_with_alias_and_tag(kms: FakeKms, key: BankKey) -> None:
    made = kms.keys[key.reference.removeprefix(ARN)]

    assert kms.aliases == {f"{ALIAS_PREFIX}mer_acme": made.id}
    assert made.tags == [{"TagKey": "fsa-merchant", "TagValue": "mer_acme"}]
    assert made is not kms.master


def test_a_secret_is_sealed_twice_with_its_context(kms: FakeKms, bank: AwsCustodian, key: BankKey) -> None:
    kms.calls.clear()

    bank.unwrap(
        reference=key.reference, wrapped=bank.wrap(reference=key.reference, secret=SECRET, context=CONTEXT), context=CONTEXT
    )

    assert [(operation, asked["KeyId"], asked["EncryptionContext"]) for _, operation, asked in kms.calls] == [
        ("Encrypt", key.reference, CONTEXT), ("Encrypt", kms.master.id, CONTEXT),
        ("Decrypt", kms.master.id, CONTEXT), ("Decrypt", key.reference, CONTEXT),
    ]  # fmt: skip


def test_of_two_that_make_a_key_at_once_the_second_takes_the_first_ones(kms: FakeKms, bank: AwsCustodian, key: BankKey) -> None:
    late = bank._make("mer_acme")  # it had looked before the first one's alias was there

    assert late == key
    assert [k.state for k in kms.keys.values()] == ["Enabled", "Enabled", "PendingDeletion"]


def test_a_key_that_lost_the_race_stays_where_the_platform_may_not_delete(kms: FakeKms, key: BankKey) -> None:
    assert custodian(kms, PLATFORM)._make("mer_acme") == key


def test_a_new_key_that_is_not_seen_yet_is_asked_again(kms: FakeKms, bank: AwsCustodian) -> None:
    kms.lag = 2
    key = bank.create_key(owner="mer_acme")

    assert bank.wrap(reference=key.reference, secret=SECRET, context=CONTEXT)


def test_a_lock_that_is_not_seen_everywhere_yet_is_reported_as_made(kms: FakeKms, bank: AwsCustodian, key: BankKey) -> None:
    wrapped = bank.wrap(reference=key.reference, secret=SECRET, context=CONTEXT)
    kms.lag = 3

    assert bank.disable(reference=key.reference).state == KeyState.DISABLED
    assert bank.unwrap(reference=key.reference, wrapped=wrapped, context=CONTEXT) == SECRET  # AWS itself lags
    with pytest.raises(KeyDisabled):
        bank.unwrap(reference=key.reference, wrapped=wrapped, context=CONTEXT)


def test_a_key_that_waits_for_its_deletion_is_gone(kms: FakeKms, bank: AwsCustodian, key: BankKey) -> None:
    wrapped = bank.wrap(reference=key.reference, secret=SECRET, context=CONTEXT)
    kms.keys[key.reference.removeprefix(ARN)].change("PendingDeletion", 0)

    assert bank.describe(reference=key.reference).state == KeyState.GONE
    for call in (
        lambda: bank.unwrap(reference=key.reference, wrapped=wrapped, context=CONTEXT),
        lambda: bank.enable(reference=key.reference),
    ):
        with pytest.raises(KeyDisabled):
            call()


def test_throttling_is_waited_out_a_few_times(kms: FakeKms, bank: AwsCustodian, key: BankKey) -> None:
    kms.calls.clear()
    kms.faults = ["ThrottlingException", "KMSInternalException"]

    assert bank.describe(reference=key.reference) == key
    assert operations(kms)[:3] == ["DescribeKey"] * 3


def test_throttling_that_does_not_end_is_silence(kms: FakeKms, bank: AwsCustodian, key: BankKey) -> None:
    kms.calls.clear()
    kms.faults = ["ThrottlingException"] * 9

    with pytest.raises(CustodianSilent):
        bank.describe(reference=key.reference)

    assert operations(kms) == ["DescribeKey"] * 3


def test_a_keeper_that_hangs_is_silence(kms: FakeKms, key: BankKey) -> None:
    kms.may_answer.clear()

    with pytest.raises(CustodianSilent):
        custodian(kms, timeout_s=0.05).describe(reference=key.reference)


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("AccessDeniedException", CustodyRefused), ("LimitExceededException", CustodyRefused), ("UnrecognizedClientException", CustodianSilent),
        ("InvalidCiphertextException", WrapBroken), ("IncorrectKeyException", WrapBroken), ("NotFoundException", KeyDisabled),
        ("KMSInvalidStateException", KeyDisabled), ("DisabledException", KeyDisabled), ("SomethingNewException", CustodianSilent),
    ],
)  # fmt: skip
def test_each_answer_of_aws_has_its_meaning(
    kms: FakeKms, bank: AwsCustodian, key: BankKey, code: str, error: type[Exception]
) -> None:
    kms.faults = [code] * 3  # boto3 itself tries some of them again

    with pytest.raises(error):
        bank.unwrap(reference=key.reference, wrapped=b"x", context=CONTEXT)


def test_a_stranger_is_refused_as_silence(kms: FakeKms, key: BankKey) -> None:
    with pytest.raises(CustodianSilent):
        custodian(kms, ("AKIASTRANGER", "guess")).describe(reference=key.reference)


def test_no_rotation_is_asked_for_beyond_what_kms_allows(kms: FakeKms, bank: AwsCustodian, key: BankKey) -> None:
    kms.keys[key.reference.removeprefix(ARN)].materials *= 26

    with pytest.raises(CustodyRefused, match="LimitExceeded"):
        bank.rotate(reference=key.reference)


@mock_aws
def test_botos_own_model_of_kms_takes_every_call() -> None:
    """moto checks arguments, encryption contexts and answers by AWS's own description. It enforces no key states."""
    client = boto3.client("kms", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
    master = client.create_key(Description="the bank's master key")["KeyMetadata"]["Arn"]
    keeper = AwsCustodian(region="us-east-1", master_key=master, session=boto_session(("x", "x")))

    key = keeper.create_key(owner="mer_acme")
    wrapped = keeper.wrap(reference=key.reference, secret=SECRET, context=CONTEXT)

    assert keeper.create_key(owner="mer_acme") == key
    assert keeper.unwrap(reference=key.reference, wrapped=wrapped, context=CONTEXT) == SECRET
    with pytest.raises(WrapBroken):
        keeper.unwrap(reference=key.reference, wrapped=wrapped, context={**CONTEXT, "purpose": "index"})
    assert keeper.rotate(reference=key.reference).version == 2
    by_id = key.reference.rpartition("/")[2]  # moto locks keys by their bare id alone
    assert keeper.disable(reference=by_id).state == KeyState.DISABLED
    assert client.describe_key(KeyId=key.reference)["KeyMetadata"]["KeyState"] == "Disabled"
    assert keeper.enable(reference=by_id).state == KeyState.ENABLED
    assert client.list_resource_tags(KeyId=key.reference)["Tags"] == [{"TagKey": "fsa-merchant", "TagValue": "mer_acme"}]
