"""The page of error codes knows every code there is, and every error's doc_url leads to it."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from common.errors import PlatformError
from portal.error_codes import OTHER_CODES, error_codes, named_errors
from portal.error_fixes import FIXES

ROOT = Path(__file__).resolve().parents[2]
ROOMS = [path.parent for path in ROOT.glob("*/__init__.py")]
# The card network link and the sale tell the same two things: one to the code that asked, one to the shopper.
TOLD_TWICE = {"network_timeout", "network_unavailable"}
AS_WRITTEN = (r'\b[45]\d\d,\s*"(\w+)"[,)]', r'"code": "(\w+)"', r'"parse_error": "(\w+)"')


def sources() -> Iterator[ast.Module]:
    for room in ROOMS:
        for path in room.rglob("*.py"):
            if not {"tests", "migrations"} & set(path.parts):
                yield ast.parse(path.read_text("utf-8"))


def codes_written_in_classes() -> set[str]:
    """The value of every `code = "…"` in a class body."""
    return {
        line.value.value
        for module in sources()
        for cls in ast.walk(module)
        if isinstance(cls, ast.ClassDef)
        for line in cls.body
        if isinstance(line, ast.Assign) and isinstance(line.value, ast.Constant) and getattr(line.targets[0], "id", "") == "code"
    }


def codes_written_elsewhere() -> set[str]:
    """The codes in the handlers that answer without a PlatformError."""
    files = ["common/api/errors.py", "common/api/body_limit.py", "portal/views/errors.py"]
    text = "\n".join((ROOT / name).read_text("utf-8") for name in files)
    return {code for pattern in AS_WRITTEN for code in re.findall(pattern, text)}


@pytest.fixture
def html(client: Client) -> str:
    response = client.get("/v1/docs/errors/")
    assert response.status_code == 200
    return response.content.decode()


def anchors(html: str) -> set[str]:
    return set(re.findall(r'<tr id="(\w+)"', html))


def test_every_code_that_a_class_carries_has_an_anchor(html):
    carried = codes_written_in_classes()

    assert len(carried) > 30
    assert carried - anchors(html) == set()


def test_every_code_that_a_handler_writes_has_an_anchor(html):
    written = codes_written_elsewhere()

    assert {"parameter_invalid", "json_invalid", "body_too_large", "page_expired", "internal_error"} <= written
    assert written - anchors(html) == set()


def test_no_two_errors_share_a_code_but_by_inheritance():
    counts = Counter(error.code for error in named_errors())
    counts.update(code for code, *_ in OTHER_CODES)

    assert {code for code, count in counts.items() if count > 1} == TOLD_TWICE


def test_every_error_says_what_it_means_and_every_code_what_to_do():
    assert [error.__name__ for error in named_errors() if error.__doc__ == PlatformError.__doc__] == []
    assert set(FIXES) == {known.code for known in error_codes()}
    for known in error_codes():
        assert known.meaning.endswith("."), known.code
        assert known.fix.endswith("."), known.code


def test_a_code_that_is_told_twice_stands_once_with_both_statuses():
    [silent] = [known for known in error_codes() if known.code == "network_timeout"]

    assert silent.http_statuses == (402, 504)
    assert silent.type == "card_error"
    assert silent.meaning.startswith("The card network did not answer in time.")


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/v1/checkout/sessions/cs_nothing", "/v1/nowhere"])
def test_the_doc_url_of_an_error_leads_to_its_place_on_the_page(acme_api, client, path):
    error = acme_api.get(path).json()["error"]

    page, _, anchor = error["doc_url"].removeprefix(settings.BASE_URL).partition("#")

    assert error["code"] == "not_found"
    assert anchor in anchors(client.get(page).content.decode())


def test_the_page_needs_no_sign_in_and_escapes_what_it_shows(html):
    assert "<code>Retry-After</code>" in html
    assert "`" not in html
