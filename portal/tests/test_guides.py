"""A merchant's developer reaches all of the documentation from the running platform."""

from __future__ import annotations

import json
import re

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from checkout.network.cards import test_cards
from portal.handbook.contents import NAMES, PAGES, SECTIONS
from portal.handbook.written import written

ADDRESSES = [f"/docs/{name}/" for name in sorted(NAMES)]
pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("entry", PAGES, ids=lambda entry: entry.name)
def test_each_page_is_its_document(client, entry):
    html = client.get(entry.address).content.decode()

    assert re.search(r"<h1>[^<]+</h1>", html)
    assert f'href="{entry.address}" aria-current="page"' in html
    assert ".md" not in "".join(re.findall(r'href="([^"]+)"', html))


def test_every_link_leads_to_a_page_and_to_the_part_that_it_names(client):
    pages = {address: client.get(address).content.decode() for address in ["/docs/", "/v1/docs/", *ADDRESSES]}
    links = {link for html in pages.values() for link in re.findall(r'<a [^>]*href="(/[^"]*)', html)}

    assert links >= {"/v1/docs/", "/docs/quick-start/", "/docs/payments/#giving-back", "/test-cards/"}
    for link in links - {"/"}:
        page, _, part = link.partition("#")
        assert client.get(page).status_code == 200, link
        assert not part or page not in pages or f'id="{part}"' in pages[page], link


def test_production_links_to_no_test_cards_and_shows_no_keys(client, settings, tmp_path):
    _demo(settings, tmp_path)
    settings.IS_SANDBOX = False

    assert "/test-cards/" not in re.findall(r'href="([^"]+)"', client.get("/v1/docs/").content.decode())
    assert "sk_test_…" in client.get("/docs/quick-start/").content.decode()


def test_the_demos_keys_stand_in_the_samples_of_ones_own_machine(client, settings, tmp_path):
    _demo(settings, tmp_path)

    html = client.get("/docs/quick-start/").content.decode()

    assert "export SECRET_KEY=sk_test_demo" in html
    assert f"export FSA={settings.BASE_URL}" in html


def test_elsewhere_the_demos_people_alone_are_shown_its_keys(
    client, settings, tmp_path, acme, acme_owner, globex_owner, signed_in
):
    _demo(settings, tmp_path, acme.public_id)
    settings.BASE_URL = "https://sandbox.example"

    shown = [
        "sk_test_demo" in one.get("/docs/quick-start/").content.decode()
        for one in (client, signed_in(globex_owner), signed_in(acme_owner))
    ]

    assert shown == [False, False, True]


def _demo(settings, folder, merchant="mer_1"):
    settings.DATA_DIR, settings.BASE_URL, settings.IS_SANDBOX = folder, "http://127.0.0.1:8123", True
    demo = {"secret_key": "sk_test_demo", "publishable_key": "pk_test_demo", "merchant_id": merchant}
    (folder / "demo.json").write_text(json.dumps(demo))


@pytest.mark.parametrize("name", ["operations", "..%2fREADME", "nothing"])
def test_other_documents_are_not_served(client, name):
    assert client.get(f"/docs/{name}/").status_code == 404
    assert client.get(f"/v1/docs/{name}/").status_code == 404


def test_guides_have_moved_and_errors_stay_where_answers_point(client):
    assert client.get("/v1/docs/webhooks/").headers["Location"] == "/docs/webhooks/"
    assert client.get("/v1/docs/errors/").status_code == 200


def test_every_test_card_is_on_its_page(client):
    html = client.get("/docs/test-cards/").content.decode()

    assert [card.pan for card in test_cards() if f"<code>{card.pan}</code>" not in html] == []


def test_the_search_knows_every_page_and_is_kept(client):
    answer = client.get("/docs/search.json")
    rows = answer.json()

    assert {address.split("#")[0] for _, _, address, _ in rows} == set(ADDRESSES)
    assert any(heading == "Refund one line" and address == "/docs/recipes/#refund-one-line" for _, heading, address, _ in rows)
    assert client.get("/docs/search.json", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304


def test_the_site_is_built_into_a_folder_with_all_that_it_links_to(tmp_path):
    call_command("build_docs", str(tmp_path / "site"), "--platform", "https://api.example")

    home = (tmp_path / "site" / "docs" / "index.html").read_text()
    assert all((tmp_path / "site" / "docs" / name / "index.html").is_file() for name in NAMES)
    assert json.loads((tmp_path / "site" / "docs" / "search.json").read_text())
    assert 'href="https://api.example/v1/docs/"' in home
    assert [section.title for section in SECTIONS if section.title not in home] == []
    files = re.findall(r'(?:src|href)="(/static/[^"]+)"', home)
    assert len(files) >= 5
    assert [file for file in files if not (tmp_path / "site" / file[1:]).is_file()] == []
    assert (tmp_path / "site" / "static" / "js" / "docs" / "tabs.js").is_file()


def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")

    with pytest.raises(CommandError, match="not empty"):
        call_command("build_docs", str(tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_the_file_of_test_cards_is_what_the_codes_table_says():
    """After a change of the table: write `portal.handbook.written.written("test-cards")` into the file."""
    assert (settings.BASE_DIR / "docs" / "test-cards.md").read_text("utf-8") == written("test-cards")
