"""A merchant with a catalogue, its keys, and shops of other origins in a browser."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from browser_testing import Site, Window
from checkout.tests.conftest import CHIPS, IBUPROFEN, VITAMINS, evidence  # noqa: F401  (a fixture)
from eligibility.catalogue.products import save_product
from merchants.keys.services import create_api_key
from merchants.models import ApiKey, Merchant
from merchants.services import set_embed_origins

SDK = Path(__file__).resolve().parents[3] / "integrations" / "js"
START_S = 60  # a bound for a slow machine


@dataclass(frozen=True, slots=True)
class Keys:
    secret: str
    publishable: str


@pytest.fixture
def keys(acme: Merchant, evidence: None, site: Site) -> Keys:  # noqa: F811
    """Of a merchant that sells ibuprofen ($15, listed), vitamins ($5, need a letter) and chips ($7)."""
    for sku, title, gtin, cents in (
        ("CHIPS", CHIPS, "", 700),
        ("VIT-3", VITAMINS, "", 500),
        ("IBU-1", "Ibuprofen 200 mg", IBUPROFEN, 1500),
    ):
        save_product(merchant=acme, sku=sku, title=title, gtin14=gtin, price_cents=cents)
    return Keys(
        create_api_key(merchant=acme, kind=ApiKey.Kind.SECRET)[1], create_api_key(merchant=acme, kind=ApiKey.Kind.PUBLISHABLE)[1]
    )


@pytest.fixture(scope="session")
def packages() -> None:
    """The SDK's packages of npm, which the React shop is built of."""
    if shutil.which("npm") is None:
        return  # the tests that need it say so
    with FileLock(SDK / ".npm.lock"):
        if not (SDK / "node_modules" / "react").exists():
            subprocess.run(["npm", "ci", "--ignore-scripts", "--silent"], cwd=SDK, check=True, timeout=300)


@pytest.fixture
def open_shop(site: Site, acme: Merchant, keys: Keys, packages: None) -> Iterator[Callable[..., str]]:
    """open_shop("html/server.mjs") starts one of the example shops and returns its address, which may embed the checkout."""
    running: list[subprocess.Popen[bytes]] = []

    def opened(path: str) -> str:
        port = _free_port()
        address = f"http://127.0.0.1:{port}"
        set_embed_origins(merchant=acme, origins=[address])
        program = sys.executable if path.endswith(".py") else "node"
        environment = {
            **{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
            "FSA_PLATFORM": site.url, "FSA_SECRET_KEY": keys.secret, "FSA_PUBLISHABLE_KEY": keys.publishable, "PORT": str(port),
        }  # fmt: skip
        running.append(subprocess.Popen([program, path], cwd=SDK / "examples", env=environment))
        _wait_for(port, running[-1])
        return address

    yield opened
    for process in running:
        process.terminate()
        process.wait(START_S)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def _wait_for(port: int, process: subprocess.Popen[Any]) -> None:
    until = time.monotonic() + START_S
    while time.monotonic() < until:
        assert process.poll() is None, "the shop ended as it started"
        with socket.socket() as asked:
            if asked.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("the shop did not start")


@contextmanager
def visiting(window: Window, *origins: str) -> Iterator[None]:
    """A shop is another host, and meant."""
    yield
    window.faults[:] = [
        fault for fault in window.faults if not any(fault.startswith(f"request to another host: {o}") for o in origins)
    ]
