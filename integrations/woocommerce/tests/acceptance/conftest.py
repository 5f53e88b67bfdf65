"""A real shop, named by FSA_WP_ROOT, and the running platform, named by FSA_DEMO (its .run/demo.json). Without a shop these tests are skipped."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import socket
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

HERE = Path(__file__).resolve().parent
HSA, VISA = "9999411000000003", "9999490000000007"
PRODUCTS = {
    "ibu": {"name": "Advil Ibuprofen Tablets 200 mg, 100 count", "price": "12.99"},
    "chips": {"name": "Potato chips, sea salt, 8 oz", "price": "3.99"},
}
ADDRESS = {
    "first_name": "Sam",
    "last_name": "Field",
    "address_1": "1 Main St",
    "city": "Fresno",
    "state": "CA",
    "postcode": "93650",
    "country": "US",
}
WAIT_S = 60


class Shop:
    """The shop on a port of its own, by PHP's own server."""

    def __init__(self, root: Path, url: str, api_base: str) -> None:
        self.root, self.url, self.environment = (
            root,
            url,
            {**os.environ, "FSA_SHOP_URL": url, "FSA_API_BASE": api_base, "PHP_CLI_SERVER_WORKERS": "10"},
        )
        self.made: dict[str, Any] = {}

    def inside(self, deed: str, **given: Any) -> Any:
        command = [
            "php",
            "-d",
            f"auto_prepend_file={HERE / 'prepend.php'}",
            str(HERE / "inside.php"),
            str(self.root),
            deed,
            json.dumps(given),
        ]
        run = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False, timeout=120)
        assert run.returncode == 0, run.stdout[-2000:] + run.stderr[-2000:]
        return json.loads(run.stdout.splitlines()[-1])

    def order(self, number: int) -> dict[str, Any]:
        return dict(self.inside("order", id=number))

    def order_when(self, number: int, is_ready: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The order as soon as it is so; as it is in the end if it never is."""
        until = time.monotonic() + WAIT_S
        while not is_ready(order := self.order(number)) and time.monotonic() < until:
            time.sleep(0.5)
        return order

    def buy(self, gateway: str = "fsa_payments", **quantities: int) -> httpx.Response:
        """A shopper's cart and checkout through the Store API."""
        store = httpx.Client(base_url=f"{self.url}/wp-json/wc/store/v1", timeout=60)
        headers = {"Nonce": store.get("/cart").headers["nonce"]}
        for name, quantity in (quantities or {"ibu": 2, "chips": 1}).items():
            added = store.post("/cart/add-item", json={"id": self.made["products"][name], "quantity": quantity}, headers=headers)
            assert added.status_code == 201, added.text
        body = {
            "billing_address": {**ADDRESS, "email": "sam@shop.example"},
            "shipping_address": ADDRESS,
            "payment_method": gateway,
        }
        return store.post("/checkout", json=body, headers=headers)

    def post_event(self, event: dict[str, Any], **how: Any) -> httpx.Response:
        """A message as the platform signs it; `how`: secret, at, body."""
        body = json.dumps(event)
        at, secret = str(how.get("at", int(time.time()))), how.get("secret", self.made["settings"]["webhook_secret"])
        key = base64.b64decode(secret.removeprefix("whsec_"))
        signature = "v1," + base64.b64encode(hmac.digest(key, f"{event['id']}.{at}.{body}".encode(), hashlib.sha256)).decode()
        headers = {
            "webhook-id": event["id"],
            "webhook-timestamp": at,
            "webhook-signature": signature,
            "content-type": "application/json",
        }
        return httpx.post(f"{self.url}/wc-api/fsa_payments/", content=how.get("body", body), headers=headers, timeout=60)


class Platform:
    def __init__(self, demo: dict[str, Any]) -> None:
        self.base, self.secret_key, self.publishable_key = demo["base_url"], demo["secret_key"], demo["publishable_key"]

    def call(self, method: str, path: str, body: Any = None, *, key: str = "") -> Any:
        headers = {"Authorization": f"Bearer {key or self.secret_key}"} | (
            {"Idempotency-Key": uuid.uuid4().hex} if method == "POST" else {}
        )
        return httpx.request(method, f"{self.base}/v1/{path}", json=body, headers=headers, timeout=60).json()

    def pay(self, session: str) -> dict[str, Any]:
        tokens = {}
        for name, number in (("benefit_card_token", HSA), ("card_token", VISA)):
            card = {"number": number, "exp_month": 12, "exp_year": 2030, "cvc": "123"}
            tokens[name] = self.call("POST", "card_tokens", card, key=self.publishable_key)["id"]
        return dict(self.call("POST", f"checkout/sessions/{session}/confirm", tokens))


@pytest.fixture(scope="session")
def root() -> Path:
    named = os.environ.get("FSA_WP_ROOT")
    if not named:
        pytest.skip("NOT RUN: FSA_WP_ROOT names no shop with the real WooCommerce (integrations/woocommerce/README.md)")
    assert (Path(named) / "wp-load.php").is_file(), f"There is no WordPress in {named}"
    return Path(named)


@pytest.fixture(scope="session")
def platform(root: Path) -> Platform:
    demo = Path(os.environ.get("FSA_DEMO", HERE.parents[3] / ".run" / "demo.json"))
    return Platform(json.loads(demo.read_text()))


@contextmanager
def served(root: Path, api_base: str) -> Iterator[Shop]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    shop = Shop(root, f"http://127.0.0.1:{port}", api_base)
    command = [
        "php",
        "-d",
        f"auto_prepend_file={HERE / 'prepend.php'}",
        "-d",
        "memory_limit=512M",
        "-S",
        f"127.0.0.1:{port}",
        "-t",
        str(root),
    ]
    server = subprocess.Popen(
        command, env=shop.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        httpx.Client(transport=httpx.HTTPTransport(retries=10)).get(f"{shop.url}/wp-json/", timeout=60)
        yield shop
    finally:
        os.killpg(server.pid, 15)  # the server and the workers that it forked
        server.wait(timeout=30)


@pytest.fixture(scope="session")
def shop(root: Path, platform: Platform) -> Iterator[Shop]:
    """Connected by the plugin itself; given back as it was."""
    with served(root, platform.base) as opened:
        opened.made = opened.inside("prepare", secret_key=platform.secret_key, products=PRODUCTS)
        assert "The webhook was made" in opened.made["told"], opened.made["told"]
        yield opened
        opened.inside("restore", **opened.made)


@pytest.fixture
def paid(shop: Shop, platform: Platform) -> dict[str, Any]:
    """An order that was paid through the Store API and whose webhook came."""
    number = shop.buy().json()["order_id"]
    assert platform.pay(shop.order(number)["session"])["status"] == "complete"
    return shop.order_when(number, lambda order: order["status"] == "processing")
