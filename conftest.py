"""Fixtures that every room's tests share: three people, two merchants, a real card network on loopback."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import redis
from django.db import connection
from django.test import Client, TransactionTestCase, override_settings
from rest_framework.test import APIClient

from checkout.network.host.background import BackgroundHost
from checkout.network.late import late_answers
from checkout.network.meter import meter
from checkout.services.tokens import create_card_token
from common.scopes import across_merchants
from eligibility.lists.by_hand import enter_list
from fsa_platform.tests.emptying import empty_tables
from fsa_platform.tests.template_database import template_name
from merchants.keys.services import create_api_key
from merchants.models import ApiKey, Member, Merchant
from merchants.services import create_merchant
from people.models import User
from people.roles import CURATOR, give_role
from people.tests.factors import give_second_factor
from vault import keyring
from vault.custody.local.server import CustodianServer
from vault.custody.local.store import KeyStore

pytest_plugins = [
    "browser_testing",
    "notices.tests.mail_fixtures",
    "people.tests.post",
    "checkout.tests.subscription_samples",
    "checkout.tests.held",
]

TransactionTestCase._fixture_teardown = empty_tables


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_blocker: Any, django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Test databases begin as copies of a migrated one."""
    with django_db_blocker.unblock():
        connection.settings_dict["TEST"]["TEMPLATE"] = template_name()


@pytest.fixture(scope="session", autouse=True)
def cheap_passwords() -> Iterator[None]:
    """A password is stretched to cost an attacker dear; two thousand tests that make people would pay the same price."""
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield


@pytest.fixture(scope="session")
def card_network() -> Iterator[BackgroundHost]:
    """The sandbox host, in a thread, on a port of its own."""
    with BackgroundHost(slow_s=0.3) as host:
        yield host


@pytest.fixture(scope="session")
def custodian_server() -> Iterator[CustodianServer]:
    """The keeper of merchant keys, in a thread, on a port of its own, as `manage.py sandbox_custodian` runs it."""
    with CustodianServer(store=KeyStore(), platform_token="platform", bank_token="bank") as server:
        yield server


@pytest.fixture(autouse=True)
def _custody(settings: Any, custodian_server: CustodianServer) -> Iterator[None]:
    settings.CUSTODIAN, settings.CUSTODIAN_URL = "local", custodian_server.url
    settings.CUSTODIAN_TOKEN, settings.CUSTODIAN_BANK_TOKEN = "platform", "bank"
    keyring.forget_all()
    yield
    custodian_server.delay_s, custodian_server.is_down = 0.0, False
    custodian_server.store.lock_master(is_locked=False)


@pytest.fixture(autouse=True)
def _all_merchants() -> Iterator[None]:
    """A test looks at everybody's rows. What it calls by a door (a request, a task) starts guarded all the same."""
    with across_merchants("tests look at everything"):
        yield


@pytest.fixture(autouse=True)
def _platform(settings: Any, card_network: BackgroundHost) -> None:
    settings.ACQUIRER_HOST, settings.ACQUIRER_PORT = "127.0.0.1", card_network.port
    settings.ACQUIRER_TIMEOUT_S = 1.0
    meter.say_s = 0
    late_answers.record = None  # its thread would write beside a test's open transaction; who tests it sets it
    settings.API_RATE_PER_S = settings.API_BURST = 1_000_000
    settings.MFA_TOTP_TOLERANCE = 1  # a code may age between its making and its post
    redis.from_url(settings.REDIS_URL).flushdb()


def make_merchant(name: str, **fields: Any) -> Merchant:
    defaults = {
        "legal_name": f"{name} LLC", "address": "118 Elm Street\nMontpelier, VT 05602", "mcc": "5912",
        "card_acceptor_id": name.upper()[:15], "is_iias_certified": True,
    }  # fmt: skip
    return create_merchant(name=name, **{**defaults, **fields})


def make_member(merchant: Merchant, role: str) -> User:
    user = User.objects.create_user(
        username=f"{merchant.name.lower()}_{role}",
        email=f"{role}@{merchant.name.lower()}.example",
        password="correct horse battery",
    )
    Member.objects.create(merchant=merchant, user=user, role=role)
    return user


@pytest.fixture
def acme(db: None) -> Merchant:
    """A certified pharmacy."""
    return make_merchant("Acme")


@pytest.fixture
def globex(db: None) -> Merchant:
    """Another merchant, whose rows nobody of acme may see."""
    return make_merchant("Globex")


@pytest.fixture
def acme_owner(acme: Merchant) -> User:
    return make_member(acme, "owner")


@pytest.fixture
def acme_viewer(acme: Merchant) -> User:
    return make_member(acme, "viewer")


@pytest.fixture
def globex_owner(globex: Merchant) -> User:
    return make_member(globex, "owner")


def api_for(merchant: Merchant, kind: ApiKey.Kind = ApiKey.Kind.SECRET, **limits: Any) -> APIClient:
    """A caller with a key of this merchant. What a view raises comes back as an answer, as it would over the wire."""
    _, key = create_api_key(merchant=merchant, kind=kind, **limits)
    client = APIClient(raise_request_exception=False)
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
    client.default_format = "json"
    return client


@pytest.fixture
def acme_api(acme: Merchant) -> APIClient:
    return api_for(acme)


@pytest.fixture
def globex_api(globex: Merchant) -> APIClient:
    return api_for(globex)


@pytest.fixture
def ann(db: None) -> User:
    """The first of three people who decide what waits for review."""
    return make_reviewer("ann")


@pytest.fixture
def bob(db: None) -> User:
    return make_reviewer("bob")


@pytest.fixture
def cat(db: None) -> User:
    return make_reviewer("cat")


def make_reviewer(name: str) -> User:
    user = User.objects.create_user(username=name, email=f"{name}@platform.example", is_staff=True)
    give_role(user=user, role=CURATOR)
    return user


@pytest.fixture
def listed_gtin(db: None) -> str:
    """A GTIN on the list in force: what carries it is judged without asking the model."""
    gtin = "00300450449108"
    rows = [(gtin, "Ibuprofen", "pain-relievers-oral")]
    enter_list(list_id="test-list", name="the test list", version="2026-11", rows=rows)
    return gtin


@pytest.fixture
def signed_in() -> Callable[[User], Client]:
    def sign_in(user: User) -> Client:
        give_second_factor(user)
        client = Client()
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    return sign_in


@pytest.fixture
def token() -> Callable[..., str]:
    """Make a card token: token(merchant, "9999…")."""

    def make(merchant: Merchant, number: str, cvc: str = "123", exp_year: int = 2030) -> str:
        return create_card_token(merchant=merchant, number=number, exp_month=12, exp_year=exp_year, cvc=cvc)[1]

    return make
