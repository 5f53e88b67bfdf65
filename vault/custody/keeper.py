"""The keeper of keys that the settings name."""

from __future__ import annotations

from functools import lru_cache
from typing import cast

from django.conf import settings
from django.utils.module_loading import import_string

from vault.custody.local.client import LocalCustodian
from vault.custody.port import Custodian

# An adapter's `from_settings()` makes it; a new kind of keeper is one more line and one more file.
ADAPTERS = {
    "aws": "vault.custody.aws.AwsCustodian",
    "pkcs11": "vault.custody.pkcs11.Pkcs11Custodian",
}


def custodian() -> Custodian:
    """The configured keeper. Threads share it; each call has a time-out of its own."""
    return custodian_named(settings.CUSTODIAN)


def custodian_named(name: str) -> Custodian:
    """One of the keepers, such as the one that keys are moved away from."""
    if name == "local":
        return _local(settings.CUSTODIAN_URL, settings.CUSTODIAN_TOKEN, settings.CUSTODIAN_BANK_TOKEN)
    return _other(name)


@lru_cache(maxsize=4)
def _local(url: str, token: str, bank_token: str) -> LocalCustodian:
    return LocalCustodian(url=url, token=token, bank_token=bank_token)


@lru_cache(maxsize=4)
def _other(name: str) -> Custodian:
    return cast(Custodian, import_string(ADAPTERS[name]).from_settings())
