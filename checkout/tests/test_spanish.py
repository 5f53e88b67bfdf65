"""Whoever pays may do so in Spanish: the pages, their scripts and every refusal."""

from __future__ import annotations

import ast
import gettext as gnu
import json
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.utils.translation import override
from django.utils.translation.template import templatize

from checkout.models import Payment
from checkout.pages.page_tokens import HEADER, page_token
from checkout.pages.refusal_words import in_shoppers_words, texts
from checkout.pages.script_words import SCRIPT_WORDS
from checkout.payment_links.services import create_link, switch_link
from checkout.tests.conftest import FSA_DECLINED, VISA, line
from common.errors import PlatformError

FOLDER = Path(settings.BASE_DIR) / "locale" / "es" / "LC_MESSAGES"
SPANISH = {"Accept-Language": "es-US,es;q=0.9,en;q=0.8"}
SAID = re.compile(r"\b(?:n?gettext|_)\(u?((?:'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"))", re.DOTALL)
BRACES = re.compile(r"\{\w+\}|%\(\w+\)s")
# Where a refusal that a shopper may see is written. What only a merchant's program can do wrong is not on this list.
REFUSING = (
    "services/asking.py", "services/attempt.py", "services/authenticate.py", "services/pay.py", "services/repeats.py",
    "services/saved_cards.py", "services/tokens.py", "services/wallet.py", "services/letter_offer.py", "services/verify_fallback.py",
)  # fmt: skip


def catalogue() -> gnu.GNUTranslations:
    with (FOLDER / "django.mo").open("rb") as file:
        return gnu.GNUTranslations(file)


def written() -> dict[str, str]:
    """Text -> its Spanish, as the catalogue's source has it; of plurals, the singular."""
    found, name, entry = {}, "", {}
    for row in [*(FOLDER / "django.po").read_text("utf-8").splitlines(), ""]:
        if match := re.match(r'(msgid|msgid_plural|msgstr|msgstr\[\d\]) (".*")$', row):
            name = match[1]
            entry[name] = ast.literal_eval(match[2])
        elif row.startswith('"'):
            entry[name] += ast.literal_eval(row)
        elif not row and entry:
            found[entry["msgid"]] = entry.get("msgstr") or entry["msgstr[0]"]
            entry = {}
    return found


def needed() -> set[str]:
    """Every text of a shopper's pages, their scripts and refusals."""
    root = Path(settings.BASE_DIR)
    templates = [*(root / "templates" / "checkout").glob("*.html"), *(root / "templates" / "components").glob("*.html")]
    of_pages = {
        ast.literal_eval(said) for file in [*templates, root / "templates" / "base.html"] for said in SAID.findall(templatize(file.read_text("utf-8"), origin=str(file)))
    }  # fmt: skip
    calls = [
        node for file in ("card_words.py", "pages/words.py") for node in ast.walk(ast.parse((root / "checkout" / file).read_text("utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in {"gettext", "gettext_noop"} and isinstance(node.args[0], ast.Constant)
    ]  # fmt: skip
    return {*of_pages, *SCRIPT_WORDS, *texts(), *(call.args[0].value for call in calls)}


def refusals() -> list[str]:
    """Message and advice of every refusal that these services raise, what varies written as {}."""
    found = []
    for name in REFUSING:
        for call in ast.walk(ast.parse((Path(settings.BASE_DIR) / "checkout" / name).read_text("utf-8"))):
            called = ast.unparse(call.func) if isinstance(call, ast.Call) else ""
            if called == "refused" or (re.match(r"(errors\.)?[A-Z]\w+$", called) and called.split(".")[-1] in CODES):
                values = [*call.args, *(word.value for word in call.keywords if word.arg == "advice")]
                found += [text for value in values if (text := _template(value))]
    return found


def _template(value: ast.expr) -> str:
    if isinstance(value, ast.Constant):
        return str(value.value)
    if isinstance(value, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in value.values)
    return ""


def _subclasses(kind: type) -> set[str]:
    return {kind.__name__} | {name for child in kind.__subclasses__() for name in _subclasses(child)}


CODES = _subclasses(PlatformError)


def test_the_catalogue_is_what_its_source_says_and_has_every_text():
    spanish, source = catalogue(), written()

    assert needed() - set(source) == set()
    assert set(source) - needed() == {""}
    assert [text for text, said in source.items() if not said] == []
    assert {
        text: said for text, said in source.items() if text and said not in (spanish.gettext(text), spanish.ngettext(text, "", 1))
    } == {}


def test_what_varies_in_a_text_varies_in_its_spanish():
    strange = {
        text: said for text, said in written().items() if text and not set(BRACES.findall(said)) <= set(BRACES.findall(text))
    }

    assert strange == {}


def test_every_refusal_of_a_payment_is_among_the_texts():
    known = {BRACES.sub("{}", text) for text in texts()}
    loose = {text for text in refusals() if text not in known}

    assert loose == {"{} {}; {} need another card."}  # “The benefit card pays …” and “… cards pay …”, which are there


@pytest.mark.parametrize(
    ("english", "spanish"),
    [
        ("Your benefit card was declined: the bank gave no reason. Nothing was charged.",
         "Su tarjeta de beneficios fue rechazada: el banco no dio ningún motivo. No se cobró nada."),
        ("Your benefit card ending 0005 was declined: the card has expired. Nothing was charged.",
         "Su tarjeta de beneficios terminada en 0005 fue rechazada: la tarjeta ha caducado. No se cobró nada."),
        ("Your benefit card can pay $30.00 of $1,049.00; $19.00 need another card. Nothing was charged.",
         "Con su tarjeta de beneficios se pueden pagar $30.00 de $1,049.00; $19.00 necesitan otra tarjeta. No se cobró nada."),
        ("Here an FSA card may pay only for items that a list or a reviewer has confirmed. Your other card pays for this; the receipt is enough to claim it.",
         "Aquí, una tarjeta FSA solo puede pagar artículos que una lista o un revisor hayan confirmado. Esto lo paga su otra tarjeta; el recibo basta para reclamarlo."),
        ("Something that nobody foresaw.", "Something that nobody foresaw."),
    ],
)  # fmt: skip
def test_a_refusal_is_said_in_spanish_with_its_amounts(english, spanish):
    with override("es"):
        assert in_shoppers_words(english) == spanish
    with override("en"):
        assert in_shoppers_words(english) == english


@pytest.mark.django_db
def test_the_page_is_spanish_for_who_reads_spanish(acme, open_session):
    page = Client().get(f"/pay/{open_session(acme).public_id}/", headers=SPANISH).content.decode()

    assert '<html lang="es">' in page
    assert "Su pedido" in page
    assert "Your order" not in page
    assert re.search(r"Pagar \$\d+\.\d\d", page)
    words = re.search(r'id="words" type="application/json">(.*?)</script>', page)
    assert words
    assert json.loads(words[1])["Enter the card number."] == "Escriba el número de la tarjeta."


@pytest.mark.django_db
def test_a_link_is_spanish_for_who_reads_spanish(acme, evidence):
    link = create_link(merchant=acme, lines=[line(cents=123450)], title="Pedido", max_sales=1)

    opened = Client().get(f"/l/{link.public_id}/", headers=SPANISH).content.decode()
    switch_link(link=link, is_active=False)
    closed = Client().get(f"/l/{link.public_id}/", headers=SPANISH).content.decode()

    assert "Continuar al pago" in opened
    assert "$1,234.50" in opened
    assert "Este enlace ya no admite pagos" in closed


@pytest.mark.django_db(transaction=True)
def test_a_refusal_is_spanish_on_the_page_also_when_repeated_and_english_for_the_merchant(acme, open_session, token):
    session = open_session(acme)
    url, page = f"/pay/{session.public_id}/confirm/", {**SPANISH, HEADER: page_token(session.public_id)}
    body = {"benefit_card_token": token(acme, FSA_DECLINED), "card_token": token(acme, VISA)}

    answers = [
        Client().post(url, body, "application/json", headers={**page, "Idempotency-Key": "one"}).json()["error"] for _ in range(2)
    ]
    none = Client().post(url, {}, "application/json", headers={**page, "Idempotency-Key": "two"}).json()["error"]

    assert answers[0] == answers[1] | {"request_id": answers[0]["request_id"]}
    assert answers[0]["message"] == "Su tarjeta de beneficios fue rechazada: el banco no dio ningún motivo. No se cobró nada."
    assert answers[0]["advice"].startswith("Use otra tarjeta de beneficios")
    assert none["message"] == "El pago llegó sin tarjeta."
    assert Payment.objects.get(session=session).failure_message.startswith("Your benefit card was declined")
