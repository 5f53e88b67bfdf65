"""What browsers are told of every page, and what no template may hold."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings as project
from django.urls import reverse

from checkout.services.pay import pay_session
from checkout.tests.conftest import FSA, VISA, evidence, open_session  # noqa: F401  (fixtures)
from common.ids import CAPABILITY_CHARS
from portal.tests.admin_samples import superuser

TEMPLATES = [path for path in sorted((Path(project.BASE_DIR) / "templates").rglob("*.html")) if "unfold" not in path.parts]
TOPICS = Path(project.BASE_DIR) / "templates" / "notices" / "topics"
CODE = [
    path
    for folder, ending in (("css", "*.css"), ("js", "*.js"))
    for path in sorted((Path(project.BASE_DIR) / "static" / folder).rglob(ending))
    if "vendor" not in path.parts
]
INLINE = {
    "an inline style": re.compile(r"<style\b|\sstyle\s*=", re.I),
    "an event handler": re.compile(r"<[^>]*\son[a-z]+\s*=", re.I),
    "a script address": re.compile(r"(?:href|src|action)\s*=\s*[\"']?\s*(?:javascript|vbscript|data:text/html)", re.I),
    "another host": re.compile(r"<(?:script|link|img|iframe|form|source|video|audio|object|embed)\b[^>]*(?:src|href|action|data)\s*=\s*[\"'](?:https?:)?//", re.I),
}  # fmt: skip
SCRIPT = re.compile(r"<script\b([^>]*)>", re.I)


def name(path: Path) -> str:
    return str(path.relative_to(project.BASE_DIR))


@pytest.mark.parametrize("path", TEMPLATES, ids=name)
def test_no_template_holds_a_script_a_style_a_handler_or_another_host(path):
    text = re.sub(r"\{#.*?#\}", "", path.read_text())

    # Letters carry their styles with each element: mail programs know no stylesheet, and run no script whatever it says.
    # The HTML of a notice's topic is a paragraph of its letter; pages show its text (the next test).
    is_letter = (
        "email" in path.parts
        or path.parent == TOPICS
        or path.name == "mail_base.html"
        or '{% extends "mail_base.html" %}' in text
    )
    allowed = {"an inline style"} if is_letter else set()
    assert {what for what, pattern in INLINE.items() if pattern.search(text)} <= allowed
    assert [tag for tag in SCRIPT.findall(text) if "src=" not in tag and 'type="application/json"' not in tag] == []


def test_the_html_of_a_topic_stands_in_letters_alone():
    rooms = [path.parent for path in Path(project.BASE_DIR).glob("*/__init__.py")]
    sources = [path for room in rooms for path in room.rglob("*.py") if "tests" not in path.parts]

    assert {name(path) for path in sources if "body_html" in path.read_text()} == {"notices/words.py", "notices/letters.py"}
    assert [name(path) for path in TEMPLATES if path.parent != TOPICS and "notices/topics/" in path.read_text()] == []


def test_the_patterns_find_what_they_are_for():
    wrong = {
        "an inline style": '<p style="color: red">', "an event handler": '<a href="/" onclick="go()">',
        "a script address": '<a href="javascript:go()">', "another host": '<script src="https://cdn.example/x.js">',
    }  # fmt: skip

    assert {what for what, text in wrong.items() if INLINE[what].search(text)} == set(INLINE)
    assert SCRIPT.findall("<script>go()</script>") == [""]


@pytest.mark.parametrize("path", CODE, ids=name)
def test_no_stylesheet_or_script_of_ours_calls_another_host(path):
    text = path.read_text()

    assert re.findall(r"""(?:url\(|@import|fetch\(|import\(|from|import)\s*["']?(?:https?:)?//[^"')]+""", text) == []
    assert "eval(" not in text
    assert "document.write" not in text


# --- Headers ---


@pytest.fixture
def addresses(acme, acme_owner, open_session, token) -> dict[str, str]:  # noqa: F811
    still_open = open_session(acme)
    paid = pay_session(session=open_session(acme), benefit_token=token(acme, FSA), card_token=token(acme, VISA))
    return {
        "pay": reverse("checkout:pay", args=[still_open.public_id]), "frame": reverse("checkout:card_frame", args=[still_open.public_id]),
        "receipt": reverse("checkout:receipt", args=[paid.payments.get().receipt.public_id]), "home": "/", "keys": "/keys/", "sign in": "/accounts/login/",
        "admin": "/admin/", "docs": "/v1/docs/", "errors": "/v1/docs/errors/", "test cards": "/test-cards/", "missing": "/nowhere/",
        "api": "/v1/balance", "health": "/healthz",
    }  # fmt: skip


def policy(response) -> dict[str, set[str]]:
    parts = [part.split() for part in response.headers["Content-Security-Policy"].split(";")]
    return {part[0]: set(part[1:]) for part in parts if part}


@pytest.mark.django_db
def test_every_answer_carries_what_browsers_should_know(client, signed_in, acme_owner, addresses):
    staff = superuser()
    for title, address in addresses.items():
        person = signed_in(staff) if title == "admin" else signed_in(acme_owner) if title in {"home", "keys"} else client
        headers = person.get(address).headers

        assert headers["Cache-Control"] == "no-store", title
        assert headers["X-Content-Type-Options"] == "nosniff", title
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin", title
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin", title
        assert "camera=()" in headers["Permissions-Policy"], title
        is_opened_by_address = title in {"pay", "frame", "receipt"}
        assert headers["Referrer-Policy"] == ("no-referrer" if is_opened_by_address else "strict-origin-when-cross-origin"), title


@pytest.mark.django_db
def test_no_page_but_the_admins_may_run_inline_scripts_or_evaluate_text(client, signed_in, acme_owner, addresses):
    for title, address in addresses.items():
        if title in {"api", "health", "admin"}:
            continue
        rules = policy((signed_in(acme_owner) if title in {"home", "keys"} else client).get(address))

        assert rules["default-src"] == {"'none'"}, title
        assert rules["base-uri"] == {"'none'"}, title
        assert rules["script-src"] <= {"'self'"} or not {"'unsafe-inline'", "'unsafe-eval'", "*"} & rules["script-src"], title
        assert title == "docs" or "'unsafe-inline'" not in rules["style-src"], title
        assert rules["frame-ancestors"] == ({project.BASE_URL} if title == "frame" else {"'none'"}), title


@pytest.mark.django_db
def test_a_site_that_the_merchant_named_may_frame_its_own_pages_and_no_others(client, acme, addresses):
    acme.embed_origins = ["https://shop.example"]
    acme.save()

    pay, frame, receipt = (client.get(addresses[title]) for title in ("pay", "frame", "receipt"))

    assert policy(pay)["frame-ancestors"] == {"https://shop.example"}
    assert "X-Frame-Options" not in pay.headers
    assert policy(frame)["frame-ancestors"] == {project.BASE_URL, "https://shop.example"}
    assert (policy(receipt)["frame-ancestors"], receipt.headers["X-Frame-Options"]) == ({"'none'"}, "DENY")


def test_files_are_kept_by_browsers(client):
    assert "no-store" not in client.get("/static/css/tokens.css").headers["Cache-Control"]


@pytest.mark.django_db
def test_an_id_that_opens_a_page_has_130_random_bits_and_keeps_the_order_of_time(acme, open_session):  # noqa: F811
    ids = [open_session(acme).public_id for _ in range(3)]

    assert ids == sorted(ids)
    assert all(len(id) == len("cs_") + 10 + CAPABILITY_CHARS for id in ids)
    assert CAPABILITY_CHARS * 5 >= 128


@pytest.mark.django_db
@pytest.mark.parametrize(
    "forge", [lambda own, other: "", lambda own, other: own[:-1], lambda own, other: other, lambda own, other: "x"]
)
def test_a_payment_without_the_pages_own_token_is_refused(client, acme, open_session, forge):  # noqa: F811
    session, other = open_session(acme), open_session(acme)
    own, others = (
        client.get(reverse("checkout:pay", args=[s.public_id])).context["config"]["csrf_token"] for s in (session, other)
    )

    response = client.post(
        reverse("checkout:confirm", args=[session.public_id]), {"card_token": "tok_x"}, content_type="application/json",
        headers={"X-CSRFToken": forge(own, others)},
    )  # fmt: skip

    assert (response.status_code, response.json()["error"]["code"]) == (403, "page_expired")
    session.refresh_from_db()
    assert session.status == "open"


@pytest.mark.django_db
def test_a_session_takes_no_more_cards_after_too_many_declines(acme, open_session, token, settings):  # noqa: F811
    from checkout.errors import OtherCardDeclined, TooManyDeclines
    from checkout.models import Tender
    from checkout.tests.conftest import VISA_DECLINED

    settings.MAX_DECLINES_A_SESSION = 2
    session = open_session(acme)
    for _ in range(2):
        with pytest.raises(OtherCardDeclined):
            pay_session(session=session, card_token=token(acme, VISA_DECLINED))
        session.refresh_from_db()
    asked = Tender.objects.count()
    good = token(acme, VISA)

    with pytest.raises(TooManyDeclines, match="2 cards were declined"):
        pay_session(session=session, card_token=good)

    session.refresh_from_db()
    assert (session.status, Tender.objects.count()) == ("open", asked)
    assert acme.card_tokens.filter(used_at=None).count() == 1
    assert pay_session(session=open_session(acme), card_token=good).status == "complete"
