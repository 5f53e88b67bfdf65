"""The keepers of keys that the contract is held against, each with the two credentials: the platform's and the bank's."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from vault.custody.aws import AwsCustodian
from vault.custody.local.client import LocalCustodian
from vault.custody.local.server import CustodianServer
from vault.custody.pkcs11 import MASTER_LABEL, Pkcs11Custodian, create_master_key
from vault.custody.port import Custodian
from vault.tests.fake_kms import BANK, PLATFORM, FakeKms, boto_session

SOFTHSM = Path("/usr/lib/softhsm/libsofthsm2.so")
TOKEN, PIN = "fsa-tests", "4711"


@dataclass(slots=True)
class Keeper:
    """platform: may use keys; bank: may also lock, unlock and rotate them; silent: one that nobody answers at."""

    platform: Custodian
    bank: Custodian
    silent: Custodian
    platform_may_lock: bool = False
    lock_master: Callable[[], None] = field(default=lambda: None)
    unlock_master: Callable[[], None] = field(default=lambda: None)


def local_keeper(server: CustodianServer) -> Keeper:
    bank = LocalCustodian(url=server.url, token="platform", bank_token="bank")
    return Keeper(
        platform=LocalCustodian(url=server.url, token="platform"),
        bank=bank,
        silent=LocalCustodian(url="http://127.0.0.1:9", token="platform"),
        platform_may_lock=True,  # in an emergency anybody of the house may pull the brake; only the bank lets it go
        lock_master=lambda: bank.lock_master(is_locked=True),
        unlock_master=lambda: bank.lock_master(is_locked=False),
    )


def aws_keeper(kms: FakeKms) -> Keeper:
    def at(url: str, who: tuple[str, str], timeout_s: float = 2.0) -> AwsCustodian:
        return AwsCustodian(
            region="us-east-1",
            master_key=kms.master.id,
            endpoint_url=url,
            session=boto_session(PLATFORM),
            bank_session=boto_session(who) if who != PLATFORM else None,
            timeout_s=timeout_s,
        )

    return Keeper(
        platform=at(kms.url, PLATFORM),
        bank=at(kms.url, BANK),
        silent=at("http://127.0.0.1:9", PLATFORM),
        lock_master=lambda: kms.master.change("Disabled", 0),
        unlock_master=lambda: kms.master.change("Enabled", 0),
    )


def softhsm_token(folder: Path) -> None:
    """Make a token in `folder`. The library reads SOFTHSM2_CONF when a process first uses it."""
    (folder / "tokens").mkdir()
    (folder / "softhsm2.conf").write_text(
        f"directories.tokendir = {folder}/tokens\nobjectstore.backend = file\nlog.level = ERROR\n"
    )
    os.environ["SOFTHSM2_CONF"] = str(folder / "softhsm2.conf")
    command = ["softhsm2-util", "--init-token", "--free", "--label", TOKEN, "--so-pin", "87654321", "--pin", PIN]
    subprocess.run(command, check=True, capture_output=True)


def pkcs11_custodian(*, governs: bool = False, token: str = TOKEN, pin: str = PIN) -> Pkcs11Custodian:
    return Pkcs11Custodian(library=str(SOFTHSM), token=token, pin=pin, governs=governs)


def pkcs11_keeper() -> Keeper:
    bank = pkcs11_custodian(governs=True)
    create_master_key(bank)
    return Keeper(
        platform=pkcs11_custodian(),
        bank=bank,
        silent=pkcs11_custodian(token="no-such-token"),
        lock_master=lambda: _switch_master(bank, usable=False),
        unlock_master=lambda: _switch_master(bank, usable=True),
    )


def _switch_master(bank: Pkcs11Custodian, *, usable: bool) -> None:
    bank._switch(MASTER_LABEL, usable=usable)
