"""Every text of a payment page comes through the catalogue: a language made up of accents leaves none in English."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from django.utils.translation import gettext, override, trans_real

from checkout.models import CheckoutSession
from checkout.pages.script_words import SCRIPT_WORDS
from checkout.tests.conftest import FSA, VISA
from common.templatetags.money import money

pytestmark = pytest.mark.django_db
SCRIPTS = [Path("js/checkout.js"), Path("js/card_frame.js"), Path("js/checkout")]
TEXT = re.compile(r'\bt\(\s*"((?:[^"\\]|\\.)*)"')
# What a page shows that is no text of ours: names of the sale, numbers, and texts frozen with a decision or a consent.
NOT_OURS = re.compile(r"^[\W\d]*$")


class Accents(trans_real.DjangoTranslation):
    """A language in which every text of ours stands in brackets."""

    def __init__(self) -> None:
        super().__init__("en")

    def gettext(self, message: str) -> str:
        return f"⟦{message}⟧"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return f"⟦{msgid1 if n == 1 else msgid2}⟧"


@pytest.fixture
def pseudo(settings, monkeypatch) -> None:
    monkeypatch.setitem(trans_real._translations, "eo", Accents())
    settings.CHECKOUT_LANGUAGES = ["en", "eo"]


def scripts() -> list[Path]:
    root = Path(settings.BASE_DIR) / "static"
    return [file for path in SCRIPTS for file in ([root / path] if path.suffix else sorted((root / path).glob("*.js")))]


def test_every_text_of_a_script_is_in_the_catalogue():
    said = {text for file in scripts() for text in TEXT.findall(file.read_text("utf-8"))}

    assert said == set(SCRIPT_WORDS)


def test_no_sentence_of_a_script_goes_past_the_catalogue():
    """A text in quotes that reads like a sentence, and no comment or selector around it."""
    loose = []
    for file in scripts():
        code = re.sub(r"//.*|/\*[\s\S]*?\*/", "", TEXT.sub("", file.read_text("utf-8")))
        loose += [f"{file.name}: {text}" for text in re.findall(r'["`]([A-Z][a-z’]+ [a-z][^"`]*)["`]', code)]

    assert loose == []


def shown(html: str) -> list[str]:
    """The texts between tags, and those that a reader hears; scripts and data are left out."""
    body = re.sub(r"<(script|style|svg|symbol)\b[\s\S]*?</\1>|<!--[\s\S]*?-->", "", html)
    spoken = re.findall(r'(?:aria-label|placeholder|alt)="([^"]+)"', body)
    return [unescape(text).strip() for text in [*re.split(r"<[^>]+>", body), *spoken] if text.strip()]


def left_in_english(html: str, data: list[str]) -> list[str]:
    loose = []
    for text in shown(html):
        rest = re.sub(r"⟦[^⟦⟧]*⟧", "", re.sub(r"⟦[^⟦⟧]*⟧", "", text))
        for value in sorted(data, key=len, reverse=True):
            rest = rest.replace(value, "")
        if not NOT_OURS.match(rest):
            loose.append(text)
    return loose


def test_a_payment_page_has_no_text_outside_the_catalogue(pseudo, acme, open_session, token):
    from checkout.services.pay import pay_session

    sessions = {name: open_session(acme) for name in ("open", "expired", "cancelled", "processing", "paid")}
    CheckoutSession.objects.filter(pk=sessions["expired"].pk).update(expires_at=timezone.now())
    CheckoutSession.objects.filter(pk=sessions["cancelled"].pk).update(status="cancelled")
    CheckoutSession.objects.filter(pk=sessions["processing"].pk).update(status="processing", processing_since=timezone.now())
    pay_session(session=sessions["paid"], benefit_token=token(acme, FSA), card_token=token(acme, VISA))
    data = [acme.name, "FSA Platform", "FSA", "USD", "UTC", "p.m.", "a.m.", "Visa", "×"]
    for line in sessions["open"].lines.all():
        data += [line.title, line.decision["reason"], line.decision.get("category_name", ""), line.decision.get("citation", "")]
    data += [
        "Save this card for my next purchases at Acme. It is kept as a network token, never as a number, and I can delete it at any time."
    ]
    months = [f"{timezone.now():%b}.", f"{timezone.now():%B}", *["Jan.", "Feb.", "Nov.", "Dec."]]

    for name, session in sessions.items():
        page = Client().get(f"/pay/{session.public_id}/", headers={"Accept-Language": "eo"}).content.decode()
        assert "⟦" in page, name
        assert left_in_english(page, [*filter(None, data), *months]) == [], name
    frame = Client().get(f"/card-frame/{sessions['open'].public_id}/", headers={"Accept-Language": "eo"}).content.decode()
    assert left_in_english(frame, []) == []


def test_the_browsers_best_language_is_taken_and_english_where_none_fits(pseudo, acme, open_session):
    path = f"/pay/{open_session(acme).public_id}/"

    spoken = Client().get(path, headers={"Accept-Language": "de, eo;q=0.8"})
    other = Client().get(path, headers={"Accept-Language": "de"})

    assert "⟦Your order⟧" in spoken.content.decode()
    assert "⟦" not in other.content.decode()
    assert "Accept-Language" in spoken.headers["Vary"]
    with override("en"):
        assert gettext("Your order") == "Your order"


@pytest.mark.parametrize(
    ("language", "amount"), [("en", "$1,234.50"), ("es", "$1,234.50"), ("de", "1.234,50\xa0$"), ("fr", "1\xa0234,50\xa0$")]
)
def test_amounts_are_written_as_the_language_writes_them(language, amount):
    with override(language):
        assert money(123450) == amount
        assert money(-5).startswith("\N{MINUS SIGN}")
