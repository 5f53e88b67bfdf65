"""A merchant's developer reaches every guide from the running platform."""

from __future__ import annotations

import re

import pytest

GUIDES = {"getting-started": "Getting started", "catalogue": "Your catalogue", "webhooks": "Webhooks"}


@pytest.mark.parametrize(("name", "title"), GUIDES.items())
def test_a_guide_is_the_document_as_a_page(client, name, title):
    html = client.get(f"/v1/docs/{name}/").content.decode()

    assert f"<h1>{title}</h1>" in html
    assert "<table>" in html
    assert "<pre>" in html
    assert ".md" not in "".join(re.findall(r'href="([^"]+)"', html))


def test_every_link_of_the_developers_pages_leads_to_a_page(client):
    pages = {"/v1/docs/", *(f"/v1/docs/{name}/" for name in GUIDES)}
    links = {link for page in pages for link in re.findall(r'<a href="(/[^"#]*)', client.get(page).content.decode())}

    assert links >= {"/v1/docs/", "/v1/docs/getting-started/", "/v1/docs/webhooks/", "/v1/docs/errors/", "/test-cards/"}
    for link in links - {"/"}:
        assert client.get(link).status_code == 200, link


def test_a_link_to_a_part_of_a_guide_leads_to_its_heading(client):
    pages = {f"/v1/docs/{name}/": client.get(f"/v1/docs/{name}/").content.decode() for name in GUIDES}
    links = {link for html in pages.values() for link in re.findall(r'<a href="(/v1/docs/[^"]+#[^"]+)"', html)}

    assert links >= {"/v1/docs/catalogue/#changes", "/v1/docs/webhooks/#when-your-server-does-not-answer"}
    for link in links:
        page, _, anchor = link.partition("#")
        assert page not in pages or f'id="{anchor}"' in pages[page], link


def test_production_links_to_no_test_cards(client, settings):
    settings.IS_SANDBOX = False

    assert "/test-cards/" not in re.findall(r'href="([^"]+)"', client.get("/v1/docs/").content.decode())


@pytest.mark.parametrize("name", ["operations", "..%2fREADME", "nothing"])
def test_other_documents_are_not_served(client, name):
    assert client.get(f"/v1/docs/{name}/").status_code == 404
