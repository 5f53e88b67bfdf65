"""The keeper of keys at AWS: one KMS key per merchant, under the bank's customer master key.

A secret is encrypted under the merchant's key and what comes out under the master key, both bound to the same encryption
context. So the bank locks one merchant by disabling one key, and everybody by disabling the master key.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings

from vault.custody.port import BankKey, CustodianSilent, CustodyError, CustodyRefused, KeyDisabled, KeyState, WrapBroken

logger = logging.getLogger(__name__)

ALIAS_PREFIX = "alias/fsa/"
TAG = "fsa-merchant"
DESCRIPTION_PREFIX = "FSA platform: "
CONNECT_TIMEOUT_S, READ_TIMEOUT_S, ATTEMPTS = 1.0, 2.0, 3  # KMS answers in tens of ms; a caller waits at most about ten seconds
NEW_KEY_ATTEMPTS, NEW_KEY_PAUSE_S = 4, 0.2  # a key just made is not yet known everywhere at AWS
DELETION_DAYS = 7  # the shortest that KMS allows, for a key that lost a race and wrapped nothing

STATES = {"Enabled": KeyState.ENABLED, "PendingDeletion": KeyState.GONE, "PendingReplicaDeletion": KeyState.GONE}
ERRORS: dict[str, type[CustodyError]] = {
    "DisabledException": KeyDisabled,
    "KMSInvalidStateException": KeyDisabled,
    "NotFoundException": KeyDisabled,
    "InvalidCiphertextException": WrapBroken,
    "IncorrectKeyException": WrapBroken,
    "AccessDeniedException": CustodyRefused,
    "LimitExceededException": CustodyRefused,  # such as the 25 rotations that KMS allows on demand
}


class AwsCustodian:
    """Two sessions of boto3: the platform's, which may use keys, and where this process acts for the bank also the bank's."""

    def __init__(
        self,
        *,
        region: str,
        master_key: str,
        endpoint_url: str = "",
        session: boto3.session.Session | None = None,
        bank_session: boto3.session.Session | None = None,
        timeout_s: float = READ_TIMEOUT_S,
    ) -> None:
        """master_key: ARN, id or alias of the bank's customer master key. endpoint_url: a VPC endpoint, else AWS's own.

        session: else credentials by boto3's own chain. bank_session: locks, unlocks and rotates; without it AWS itself refuses
        the platform that, if its policy is as in docs/custody.md.
        """
        self.master_key = master_key
        options: dict[str, Any] = {
            "region_name": region,
            "endpoint_url": endpoint_url or None,
            "config": Config(
                connect_timeout=CONNECT_TIMEOUT_S,
                read_timeout=timeout_s,
                retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
            ),
        }
        self._kms: Any = (session or boto3.session.Session()).client("kms", **options)
        self._bank_kms: Any = bank_session.client("kms", **options) if bank_session else self._kms

    @classmethod
    def from_settings(cls) -> AwsCustodian:
        profile = settings.CUSTODIAN_AWS_BANK_PROFILE
        return cls(
            region=settings.CUSTODIAN_AWS_REGION,
            master_key=settings.CUSTODIAN_AWS_MASTER_KEY,
            endpoint_url=settings.CUSTODIAN_AWS_ENDPOINT,
            bank_session=boto3.session.Session(profile_name=profile) if profile else None,
        )

    def create_key(self, *, owner: str) -> BankKey:
        with _translated():
            return self._known(owner) or self._make(owner)

    def wrap(self, *, reference: str, secret: bytes, context: Mapping[str, str]) -> bytes:
        with _translated():
            inner = self._encrypt_under_merchant(reference, secret, dict(context))
            return self._encrypt(self.master_key, inner, dict(context))

    def unwrap(self, *, reference: str, wrapped: bytes, context: Mapping[str, str]) -> bytes:
        if not wrapped:
            raise WrapBroken("The wrapped secret is empty.")
        with _translated():
            inner = self._decrypt(self.master_key, wrapped, dict(context))
            return self._decrypt(reference, inner, dict(context))

    def describe(self, *, reference: str) -> BankKey:
        """As the key stands with its master key: locked if either is."""
        with _translated():
            found = self._kms.describe_key(KeyId=reference)["KeyMetadata"]
            master = _state(self._kms.describe_key(KeyId=self.master_key)["KeyMetadata"])
            return BankKey(
                reference=found["Arn"],
                owner=found["Description"].removeprefix(DESCRIPTION_PREFIX),
                state=_weaker(_state(found), master),
                version=1 + self._rotations(found["Arn"]),
            )

    def disable(self, *, reference: str) -> BankKey:
        with _translated():
            self._bank_kms.disable_key(KeyId=reference)
        found = self.describe(reference=reference)  # may still show the state of a moment ago
        return replace(found, state=_weaker(found.state, KeyState.DISABLED))

    def enable(self, *, reference: str) -> BankKey:
        with _translated():
            self._bank_kms.enable_key(KeyId=reference)
            master = _state(self._kms.describe_key(KeyId=self.master_key)["KeyMetadata"])
        return replace(self.describe(reference=reference), state=master)

    def rotate(self, *, reference: str) -> BankKey:
        """KMS keeps the old material, so that what it wrapped still opens. It allows 25 rotations on demand for one key."""
        with _translated():
            self._bank_kms.rotate_key_on_demand(KeyId=reference)
        return self.describe(reference=reference)

    def _known(self, owner: str) -> BankKey | None:
        try:
            return self.describe(reference=f"{ALIAS_PREFIX}{owner}")
        except KeyDisabled:
            return None  # no such alias

    def _make(self, owner: str) -> BankKey:
        """A new key, found by its alias from then on. Whoever sets the alias second takes the key of the first."""
        made = self._kms.create_key(
            Description=f"{DESCRIPTION_PREFIX}{owner}",
            KeyUsage="ENCRYPT_DECRYPT",
            KeySpec="SYMMETRIC_DEFAULT",
            Tags=[{"TagKey": TAG, "TagValue": owner}],
        )["KeyMetadata"]
        try:
            self._kms.create_alias(AliasName=f"{ALIAS_PREFIX}{owner}", TargetKeyId=made["KeyId"])
        except ClientError as error:
            if _code(error) != "AlreadyExistsException":
                raise
            self._discard(made["Arn"])
            return self.describe(reference=f"{ALIAS_PREFIX}{owner}")
        return BankKey(reference=made["Arn"], owner=owner, state=_state(made))

    def _discard(self, arn: str) -> None:
        """A key that lost the race wrapped nothing. Where this credential may not delete keys, the bank does by the tag."""
        try:
            self._kms.schedule_key_deletion(KeyId=arn, PendingWindowInDays=DELETION_DAYS)
        except ClientError as error:
            logger.warning("The unused key %s stays at AWS (%s): it has no alias and may be deleted.", arn, _code(error))

    def _encrypt_under_merchant(self, reference: str, secret: bytes, context: dict[str, str]) -> bytes:
        for attempt in range(1, NEW_KEY_ATTEMPTS + 1):
            try:
                return self._encrypt(reference, secret, context)
            except ClientError as error:
                if _code(error) != "NotFoundException" or attempt == NEW_KEY_ATTEMPTS:
                    raise
                time.sleep(NEW_KEY_PAUSE_S)
        raise AssertionError("the last attempt returns or raises")

    def _encrypt(self, key: str, plaintext: bytes, context: dict[str, str]) -> bytes:
        answer = self._kms.encrypt(KeyId=key, Plaintext=plaintext, EncryptionContext=context)
        return bytes(answer["CiphertextBlob"])

    def _decrypt(self, key: str, blob: bytes, context: dict[str, str]) -> bytes:
        answer = self._kms.decrypt(KeyId=key, CiphertextBlob=blob, EncryptionContext=context)
        return bytes(answer["Plaintext"])

    def _rotations(self, arn: str) -> int:
        pages = self._kms.get_paginator("list_key_rotations").paginate(KeyId=arn)
        try:
            return sum(len(page["Rotations"]) for page in pages)
        except ClientError as error:
            if _code(error) == "KMSInvalidStateException":
                return 0  # KMS counts none of a key that waits for its deletion
            raise


@contextmanager
def _translated() -> Iterator[None]:
    """Whatever boto3 raises becomes one of the port's errors. No message of AWS's carries a secret; its request id helps."""
    try:
        yield
    except ClientError as error:
        kind = ERRORS.get(_code(error), CustodianSilent)
        raise kind(f"AWS KMS refused {error.operation_name}: {_code(error)}.") from error
    except BotoCoreError as error:
        raise CustodianSilent(f"AWS KMS cannot be reached: {error}") from error


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def _state(metadata: Mapping[str, Any]) -> KeyState:
    """What is neither usable nor on its way out (disabled, unavailable, being made) is locked for now."""
    return STATES.get(metadata["KeyState"], KeyState.DISABLED)


def _weaker(one: KeyState, other: KeyState) -> KeyState:
    order = list(KeyState)
    return max(one, other, key=order.index)
