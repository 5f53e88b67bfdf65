"""Whoever steals the database and Redis has nothing: no person, no card, no key, no secret of a webhook or second factor."""

from __future__ import annotations

import base64
import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest
import redis
from allauth.mfa.totp.internal.auth import TOTP
from django.db import connection
from django.test import Client
from django.urls import reverse

from checkout.tests.conftest import FSA, FSA_DECLINED, VISA
from eligibility.letters import services
from eligibility.letters.signing import issue_letter
from eligibility.models import Letter
from eligibility.tests.letter_samples import MASSAGE, a_clinician
from merchants.keys.services import create_api_key
from merchants.models import ApiKey
from people.tests.factors import code_of

pytestmark = pytest.mark.django_db

SHOPPER = "wilhelmina.quackenbush@postbox.example"
PASSWORD = "correct horse battery"
TOTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
URLS = {"success_url": "https://shop.example/thanks", "cancel_url": "https://shop.example/cart"}


def everything_in_the_database() -> Iterator[tuple[str, str]]:
    """Every row of every table as PostgreSQL would write it into a dump."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT row::text FROM "{table}" AS row')
            for (text,) in cursor.fetchall():
                yield table, text


def everything_in_redis(url: str) -> Iterator[tuple[str, str]]:
    """Every key with its value, in the form in which Redis keeps it on disk."""
    client = redis.from_url(url)
    for name in client.scan_iter("*"):
        yield "redis", f"{name!r} {client.dump(name)!r}"


def readings(text: str) -> Iterator[str]:
    """The text, and what stands in it in Base64 or in hexadecimal digits: an encoding is no seal."""
    yield text
    for run in re.findall(r"[A-Za-z0-9+/_-]{16,}={0,2}", text):
        for start in range(4):
            piece = run[start:].replace("-", "+").replace("_", "/").rstrip("=")
            yield base64.b64decode(piece[: len(piece) // 4 * 4]).decode(errors="replace")
    for run in re.findall(r"(?:[0-9a-f]{2}){8,}", text):
        yield bytes.fromhex(run).decode(errors="replace")


def found(secrets: dict[str, str], places: list[tuple[str, str]]) -> set[tuple[str, str]]:
    """Which secret stands in which table."""
    return {
        (name, place)
        for place, text in places
        for reading in readings(text)
        for name, secret in secrets.items()
        if secret.casefold() in reading.casefold()
    }


def sign_in(client: Client, login: str, password: str = PASSWORD) -> None:
    client.post(reverse("account_login"), {"login": login, "password": password})
    client.post(reverse("mfa_authenticate"), {"code": code_of(TOTP_SECRET)})


def a_busy_day(acme: Any, acme_owner: Any, acme_api: Any, listed_gtin: str) -> dict[str, str]:
    """Sales paid and refused, people signing in well and badly, keys, webhooks and letters; returns what must stay secret."""
    TOTP.activate(acme_owner, TOTP_SECRET)
    acme_owner.first_name, acme_owner.last_name = "Bartholomew", "Featherstonehaugh"
    acme_owner.save()
    _, key = create_api_key(merchant=acme, kind=ApiKey.Kind.SECRET, name="Shop")

    items = [{"title": "Ibuprofen", "gtin": listed_gtin, "unit_price_cents": 899}, {"title": "Crisps", "unit_price_cents": 300}]
    for number, expected in ((FSA, 200), (FSA_DECLINED, 402)):
        session = acme_api.post("/v1/checkout/sessions", {"line_items": items, **URLS}).json()["id"]
        cards = {
            name: acme_api.post(
                "/v1/card_tokens", {"number": pan, "exp_month": 12, "exp_year": 2030, "cvc": "123"}, HTTP_IDEMPOTENCY_KEY=f"{name}-{session}"
            ).json()["id"]
            for name, pan in (("benefit_card_token", number), ("card_token", VISA))
        }  # fmt: skip
        answer = acme_api.post(
            f"/v1/checkout/sessions/{session}/confirm", {**cards, "email": SHOPPER}, HTTP_IDEMPOTENCY_KEY=session
        )
        assert answer.status_code == expected, answer.json()

    hook = acme_api.post(
        "/v1/webhook_endpoints", {"url": "https://hooks.shop.example/fsa"}, HTTP_IDEMPOTENCY_KEY="hook"
    ).json()  # fmt: skip
    a_letter(acme, acme_api)
    browser = Client()
    sign_in(browser, acme_owner.email, "wrong password")
    sign_in(browser, acme_owner.email)
    assert browser.get(reverse("portal:home")).status_code == 200
    assert browser.get(reverse("portal:sales"), {"q": SHOPPER}).status_code == 200
    return {
        "shopper's address": SHOPPER, "owner's address": acme_owner.email, "owner's first name": "Bartholomew",
        "owner's last name": "Featherstonehaugh", "benefit card": FSA, "refused card": FSA_DECLINED, "other card": VISA,
        **{f"letter's {name}": words for name, words in LETTER.items()},
        "API key": key, "webhook secret": hook["secret"], "second factor": TOTP_SECRET, "password": PASSWORD,
    }  # fmt: skip


LETTER = {
    "patient": "Ermintrude Ravenscroft", "shopper's words": "aching dreadfully since Whitsun", "condition": "Fibromyalgia of the shoulders",
    "code": "M79.7", "rationale": "loosens the trigger points", "clinician": "Cornelius Abernathy", "question": "tried heat before",
    "uploaded letter": "Peregrine Thistlewood",
}  # fmt: skip


def a_letter(acme: Any, api: Any) -> None:
    """Two letters of medical necessity, one written and signed, one handed in."""
    doctor = a_clinician("dr_stolen", name=LETTER["clinician"])
    document = b"%PDF-1.7 (" + LETTER["uploaded letter"].encode() + b")\n%%EOF\n"
    asked = {"email": SHOPPER, "patient_name": LETTER["patient"], "condition": LETTER["shopper's words"], "categories": [MASSAGE]}
    for more in ({}, {"document": base64.b64encode(document).decode()}):
        answer = api.post("/v1/letters", {**asked, **more}, HTTP_IDEMPOTENCY_KEY=f"letter-{bool(more)}")
        assert answer.status_code == 201, answer.json()
    letter = services.claim_letter(letter=Letter.objects.get(source="request"), by=doctor)
    letter = services.ask_shopper(letter=letter, by=doctor, question=f"Have you {LETTER['question']}?")
    letter = services.answer_question(letter=letter, answer="Yes")
    rationale = (
        f"The massage gun treats the fibromyalgia: used daily it {LETTER['rationale']} and relieves the pain of the muscles."
    )
    services.save_draft(
        letter=letter,
        by=doctor,
        items=[],
        categories=[MASSAGE],
        condition=LETTER["condition"],
        icd10=LETTER["code"],
        rationale=rationale,
    )
    assert issue_letter(letter=letter, by=doctor, factor="totp").status == "issued"


def test_a_dump_of_the_database_and_of_redis_tells_nothing(acme, acme_owner, acme_api, listed_gtin, settings):
    secrets = a_busy_day(acme, acme_owner, acme_api, listed_gtin)

    places = [*everything_in_the_database(), *everything_in_redis(settings.REDIS_URL)]

    assert len(places) > 100
    assert found({"merchant's name": acme.name}, places), "the search itself must find what is not sealed"
    assert found(secrets, places) == set()


def test_logs_tell_nothing_either(acme, acme_owner, acme_api, listed_gtin, caplog):
    with caplog.at_level(logging.DEBUG):
        secrets = a_busy_day(acme, acme_owner, acme_api, listed_gtin)

    written = [(record.name, logging.Formatter().format(record)) for record in caplog.records]

    assert found(secrets, written) == set()
