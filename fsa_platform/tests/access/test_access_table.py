"""The table over all addresses: each role gets what its row says, and no address stands outside."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from fsa_platform.tests.access.callers import KEYS, PEOPLE, browser_of, server_with
from fsa_platform.tests.access.outcomes import (
    ADMIN_SIGN_IN,
    SET_UP_FACTOR,
    SHOPPER_SIGN_IN,
    SIGN_IN,
    TO_ADMIN,
    TO_CUSTODY,
    Outcome,
)
from fsa_platform.tests.access.samples import Samples, make_samples
from fsa_platform.tests.access.table import TABLE, Row

pytestmark = pytest.mark.django_db


@pytest.fixture
def samples(acme) -> Iterator[Samples]:
    """Acme's rows. The refusals that follow are what is tested: writing each into the log would take most of the time."""
    logging.disable(logging.ERROR)
    yield make_samples(acme)
    logging.disable(logging.NOTSET)


def addresses(patterns: list[URLPattern | URLResolver], prefix: str = "") -> Iterator[str]:
    for pattern in patterns:
        address = prefix + re.sub(r"app_label>[^)]*", "app_label>…", str(pattern.pattern))
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns, address)
        else:
            yield address


def outcome(response: Any) -> Outcome:
    """The status, or where a redirect leads if it leads to a door."""
    if response.status_code != 302:
        return int(response.status_code)
    doors = {
        reverse("account_login"): SIGN_IN, reverse("admin:login"): ADMIN_SIGN_IN, reverse("admin:index"): TO_ADMIN,
        reverse("mfa_index"): SET_UP_FACTOR, reverse("custody:keys"): TO_CUSTODY, reverse("me:sign_in"): SHOPPER_SIGN_IN,
    }  # fmt: skip
    return doors.get(urlsplit(response["Location"]).path, 302)


def call(client: Any, row: Row, samples: Samples, *, missing: bool = False) -> Any:
    """One call, undone afterwards, so that the next caller finds the same rows and this one is still signed in."""
    cookies, kind = client.cookies.copy(), {"content_type": "application/json"} if row.is_json else {}
    with transaction.atomic():
        response = getattr(client, row.method)(samples.path(row.address, missing=missing) + row.query, row.body, **kind)
        transaction.set_rollback(True)
    client.cookies = cookies
    return response


def differences(rows: list[Row], role: str, client: Any, samples: Samples) -> str:
    """What this caller gets where the table says otherwise."""
    found: list[str] = []
    for row in samples.reachable(rows):
        got = outcome(call(client, row, samples))
        if got != row.who[role]:
            found.append(f"{row}: {role} gets {got}, the table says {row.who[role]}")
    return "\n".join(found)


def test_every_address_stands_in_the_table():
    known = {row.address for row in TABLE}

    assert sorted(set(addresses(get_resolver().url_patterns)) - known) == []


def test_every_row_is_an_address_and_says_something_of_everybody():
    assert sorted({row.address for row in TABLE} - set(addresses(get_resolver().url_patterns))) == []
    for row in TABLE:
        assert set(row.who) == set(KEYS if "secret" in row.who else PEOPLE), row


FEW = {"anonymous", "owner", "support", "superuser", "no_role"}


@pytest.mark.parametrize("role", PEOPLE)
def test_each_person_gets_what_the_table_says(role, acme, globex, samples):
    browser = browser_of(role, acme, globex)

    rows = [row for row in TABLE if role in row.who and (role in FEW or not row.is_thin)]
    assert differences(rows, role, browser, samples) == ""


@pytest.mark.parametrize("kind", KEYS)
def test_each_key_gets_what_the_table_says(kind, acme, globex, samples):
    server = server_with(kind, acme, globex, samples.session)

    assert differences([row for row in TABLE if kind in row.who], kind, server, samples) == ""


NAMED = [row for row in TABLE if "<" in row.address and (row.who.get("other_owner") == 404 or row.who.get("other_secret") == 404)]


def test_another_merchants_id_and_one_that_is_nobodys_are_answered_alike(acme, globex, samples):
    browser = browser_of("other_owner", acme, globex)
    server = server_with("other_secret", acme, globex, samples.session)

    for row in NAMED:
        other = browser if "other_owner" in row.who else server
        theirs, nobodys = (call(other, row, samples, missing=missing) for missing in (False, True))

        assert (theirs.status_code, nobodys.status_code) == (404, 404), row
        assert text(theirs) == text(nobodys), row
        assert set(theirs.headers) == set(nobodys.headers), row


def text(response: Any) -> str:
    """What was answered, without what is new in each answer."""
    return re.sub(r"req_\w+|csrfmiddlewaretoken[^>]*|nonce=.[^ >]*", "", response.content.decode())


WRITING = {"post", "put", "patch", "delete"}
LISTED = {row.address: {other.method for other in TABLE if other.address == row.address} for row in TABLE}


@pytest.mark.parametrize(("role", "is_admin"), [("owner", False), ("superuser", True)])
def test_to_look_changes_nothing_and_neither_does_a_method_that_is_not_in_the_table(role, is_admin, acme, globex, samples):
    browser = browser_of(role, acme, globex)
    changed = []

    rows = [Row(address, method, {}) for address, listed in LISTED.items() for method in {"get", *WRITING} - (listed & WRITING)]
    reached = [row for row in rows if not row.address.startswith("v1/") and row.address.startswith("admin/") is is_admin]
    for row in samples.reachable(reached):
        with CaptureQueriesContext(connection) as asked:
            call(browser, row, samples)
        changed += [f"{row}: {query['sql'][:80]}" for query in asked if is_write(query["sql"])]

    assert [line for line in changed if not line.startswith(HARMLESS)] == []


# Signing out, and asking for a letter that everybody may ask for: what these pages are there for.
HARMLESS = ("POST /accounts/", "POST /admin/")
# Who signed in from where, who was shown what, and which rules a process serves, is written down whatever the method.
PLUMBING = re.compile(
    r'(INSERT INTO|UPDATE|DELETE FROM) "(django_session|common_cache|axes_\w+|people_signin|rules_rulesetserving|vault_audit\w+)"'
)


def is_write(sql: str) -> bool:
    return sql.startswith(("INSERT", "UPDATE", "DELETE")) and not PLUMBING.match(sql)


def test_the_api_asks_for_the_key_before_it_tells_which_methods_there_are(acme, globex, samples):
    nobody, secret = (server_with(kind, acme, globex, samples.session) for kind in ("no_key", "secret"))

    for address in {row.address for row in TABLE if row.who.get("secret", 401) != 401}:  # devices have tokens of their own
        for method in {"get", "post", "put", "patch", "delete"} - LISTED[address]:
            row = Row(address, method, {})
            assert (call(nobody, row, samples).status_code, call(secret, row, samples).status_code) == (401, 405), row
