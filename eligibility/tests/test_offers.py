"""Files as Google Merchant and WooCommerce export them: XML, prices of sales, stock, pictures, variations."""

from __future__ import annotations

import pytest

from eligibility.catalogue import tasks
from eligibility.models import CatalogueJob, Product
from eligibility.tests.test_jobs import IMPORT, JOBS, MOUSE, results, rows, send, work

pytestmark = pytest.mark.django_db
GOOGLE_HEAD = '<?xml version="1.0"?>\n<rss xmlns:g="http://base.google.com/ns/1.0" version="2.0"><channel><title>My shop</title>'
WOO = (
    'ID,Type,SKU,"GTIN, UPC, EAN, or ISBN",Name,Published,"Short description",Description,"In stock?","Regular price","Sale price",'
    '"Date sale price starts","Date sale price ends",Categories,Images,Parent,Brands\n'
)


@pytest.fixture(autouse=True)
def _by_hand(monkeypatch):
    monkeypatch.setattr(tasks.run_catalogue_job, "delay", lambda job_id: None)


def google(*items):
    return GOOGLE_HEAD + "".join(f"<item>{item}</item>" for item in items) + "</channel></rss>"


def take(api, content, **options):
    sent = send(api, content, path=IMPORT, **options)
    assert sent.status_code == 202, sent.json()
    return work(sent)


def test_a_google_feed_becomes_products(acme_api, listed_gtin):
    content = google(
        f"<g:id>A</g:id><g:title>Pills &amp; more</g:title><title>Not this</title><g:gtin>{listed_gtin}</g:gtin>"
        "<g:price>12.99 USD</g:price><g:sale_price>9.99 USD</g:sale_price><link>https://shop.example/a</link>"
        "<g:image_link>https://img.example/a.jpg</g:image_link><g:availability>in_stock</g:availability>"
        "<g:shipping><g:price>5 USD</g:price></g:shipping>",
        f"<g:id>B</g:id><title>{MOUSE}</title><g:price>20 USD</g:price><g:sale_price>5 USD</g:sale_price>"
        "<g:sale_price_effective_date>2011-03-01T13:00-0800/2011-03-11T15:30-0800</g:sale_price_effective_date>"
        "<g:image_link>http://img.example/b.jpg</g:image_link><g:availability>out of stock</g:availability>",
        "<g:id>C</g:id><title>Euro thing</title><g:price>20 EUR</g:price>",
    )

    job = take(acme_api, content, kind="application/xml")

    assert (job.source_format, job.rows_done, job.rows_failed) == ("xml", 3, 1)
    a = acme_api.get("/v1/products", {"sku": "A"}).json()["data"][0]
    assert {name: a[name] for name in ("title", "price_cents", "image_url", "product_url", "availability")} == {
        "title": "Pills & more", "price_cents": 999, "image_url": "https://img.example/a.jpg", "product_url": "https://shop.example/a",
        "availability": "in_stock",
    }  # fmt: skip
    assert a["decision"]["evidence"] == "list"
    b = Product.objects.get(sku="B")
    assert (b.price_cents, b.image_url, b.availability) == (2000, "", "out_of_stock")
    assert "another currency" in rows(acme_api, job)[2]["result"]["error"]["message"]
    assert results(acme_api, job)[0]["title"] == "Pills & more"


def test_atom_and_a_tab_separated_feed_are_read_too(acme_api):
    atom = (
        '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:g="http://base.google.com/ns/1.0"><entry><g:id>A</g:id>'
        f'<title>{MOUSE}</title><link href="https://shop.example/a"/></entry></feed>'
    )
    tabbed = f"id\ttitle\timage link\tavailability\tsale price\nB\t{MOUSE}\thttps://img.example/b.jpg\tpreorder\t3.50 USD\n"

    take(acme_api, atom, kind="application/octet-stream")
    take(acme_api, tabbed)

    assert Product.objects.get(sku="A").product_url == "https://shop.example/a"
    b = Product.objects.get(sku="B")
    assert (b.image_url, b.availability, b.price_cents) == ("https://img.example/b.jpg", "preorder", 350)


def test_a_woocommerce_export_becomes_products_and_variations_have_what_their_parent_says(acme_api):
    content = WOO + (
        '1,variable,SOCK,,"Compression socks",1,,"For tired legs",1,,,,,"Health > Compression","https://i.example/1.jpg, https://i.example/2.jpg",,Acme\n'
        '2,variation,SOCK-S,,"Compression socks - S",1,,,1,19.90,14.90,,,,,SOCK,\n'
        '3,"variation, virtual",,,"Compression socks - M",1,,,backorder,19.90,14.90,2011-01-01,2011-01-31,,,id:1,\n'
        "4,simple,PEN,,Pen,-1,,,0,1,,,,Office,,,\n"
    )

    job = take(acme_api, content)

    assert job.rows_failed == 0
    parent, s, m, pen = (Product.objects.get(sku=sku) for sku in ("SOCK", "SOCK-S", "id:3", "PEN"))
    assert [row.is_active for row in (parent, s, m, pen)] == [False, True, True, False]
    assert (s.category, s.brand, s.description, s.image_url) == (
        "Health > Compression", "Acme", "For tired legs", "https://i.example/1.jpg",
    )  # fmt: skip
    assert [row.price_cents for row in (s, m, pen)] == [1490, 1990, 100]
    assert [row.availability for row in (s, m, pen)] == ["in_stock", "backorder", "out_of_stock"]
    assert results(acme_api, job)[1]["Categories"] == ""  # the file comes back as it came


def test_a_trial_run_says_of_each_row_what_would_become_of_it(acme_api):
    take(acme_api, f"sku,title\nA,{MOUSE}\nB,{MOUSE}\n")

    job = take(acme_api, f"sku,title\nA,{MOUSE}\nB,Other\nC,New\n,None\n", query="?dry_run=true")

    assert [row["eligibility_action"] for row in results(acme_api, job)] == ["unchanged", "changed", "added", ""]
    assert job.counts["error"] == 1
    assert Product.objects.count() == 2


BOMB = (
    '<!DOCTYPE r [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><rss><channel><item><id>A</id><title>&b;</title></item></channel></rss>'
)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (BOMB, "entities"),
        ('<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd">]><rss><item><title>&a;</title></item></rss>', "entities"),
        (GOOGLE_HEAD + "<item><g:id>A</g:id>", "broken at line"),
        ("<!doctype html><html><body>Sign in</body></html>", "web page"),
        (GOOGLE_HEAD + "<item><g:id>A</g:id><title>" + "x" * 1_100_000 + "</title></item></channel></rss>", "longer"),
        ('<?xml version="1.0" encoding="nonsense"?><rss><item/></rss>', "encoding"),
        ("<a>" * 200 + "</a>" * 200, "nested"),
    ],
    ids=["bomb", "elsewhere", "cut", "page", "long", "encoding", "deep"],
)
def test_xml_that_is_no_feed_is_refused_in_words(acme_api, content, words):
    refused = send(acme_api, content, kind="application/xml")

    assert refused.json()["error"]["code"] == "upload_unreadable", refused.json()
    assert words in refused.json()["error"]["message"]
    assert not CatalogueJob.objects.exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [("image_url", "http://i.example/a.jpg"), ("product_url", "javascript:alert(1)"), ("availability", "maybe")],
)
def test_the_api_refuses_what_it_cannot_show(acme_api, field, value):
    refused = acme_api.post("/v1/products", {"sku": "A", "title": MOUSE, field: value})

    assert (refused.status_code, refused.json()["error"]["param"]) == (400, field)
    assert not Product.objects.exists()


def test_a_new_picture_asks_for_no_new_decision(acme_api):
    made = acme_api.post("/v1/products", {"sku": "A", "title": MOUSE}).json()

    changed = acme_api.patch(f"/v1/products/{made['id']}", {"image_url": "https://i.example/a.jpg", "availability": "in_stock"})

    assert (changed.status_code, changed.json()["image_url"]) == (200, "https://i.example/a.jpg")
    assert changed.json()["decision"]["decided_at"] == made["decision"]["decided_at"]


def test_a_file_that_is_only_checked_may_be_a_feed(acme_api):
    sent = send(acme_api, google(f"<g:id>A</g:id><title>{MOUSE}</title>"), kind="text/plain")

    assert work(sent).counts == {"not_eligible": 1}
    assert acme_api.get(f"{JOBS}/{sent.json()['id']}").json()["state"] == "done"
