"""Pages about files of items and single products: what people of a merchant send, see, stop and take back."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from conftest import make_member
from eligibility.catalogue import tasks
from eligibility.catalogue.jobs import run
from eligibility.catalogue.products import save_product
from eligibility.models import CatalogueJob, Product
from merchants.models import Merchant
from people.models import User

pytestmark = pytest.mark.django_db
FILES, SEND = "/products/files/", "/products/files/send/"
MOUSE = "Logitech M185 Wireless Mouse"


@pytest.fixture(autouse=True)
def _by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks.run_catalogue_job, "delay", lambda job_id: None)


@pytest.fixture
def browser(acme_owner: User, signed_in: Callable[[User], Client]) -> Client:
    return signed_in(acme_owner)


def send(browser: Client, content: str, kind: str = "check", **fields: str):
    file = SimpleUploadedFile("goods.csv", content.encode(), content_type="text/csv")
    return browser.post(SEND, {"file": file, "kind": kind, **fields})


def sent(browser: Client, content: str, **fields: str) -> tuple[CatalogueJob, str]:
    answer = send(browser, content, **fields)
    assert answer.status_code == 302
    return CatalogueJob.objects.latest("pk"), answer["Location"]


def test_a_file_is_sent_followed_and_its_results_are_shown(browser):
    job, page = sent(browser, f'title\n{MOUSE}\nQzv 7\n""\n')
    waiting = browser.get(page).content.decode()
    assert f'data-follow="{page}status/"' in waiting
    assert "Waiting for its turn" in waiting

    run.carry_on(job.pk)

    done = browser.get(page).content.decode()
    assert "data-follow" not in done
    assert done.index(MOUSE) < done.index("Qzv 7")
    assert "Electronics" in done
    assert browser.get(f"{page}status/").json()["percent"] == 100
    assert browser.get(f"{page}results.csv").getvalue().decode("utf-8-sig").splitlines()[1].startswith(f'"{MOUSE}"')
    assert "goods.csv" in browser.get(FILES).content.decode()


def test_rows_are_filtered_by_what_came_out(browser):
    job, page = sent(browser, f"title\n{MOUSE}\nQzv 7\n")
    run.carry_on(job.pk)

    unknown = browser.get(f"{page}?status=unknown").content.decode()
    assert "Qzv 7" in unknown
    assert MOUSE not in unknown
    assert "No row came out this way" in browser.get(f"{page}?status=rx").content.decode()


def test_a_thousand_rows_come_in_pages(browser):
    job, page = sent(browser, "title\n" + f"{MOUSE}\n" * 1000)
    run.carry_on(job.pk)

    first = browser.get(page)
    assert len(first.context["rows"]) == 50
    second = browser.get(page + first.context["next_url"])
    assert [row["number"] for row in second.context["rows"]] == list(range(51, 101))


def test_an_import_becomes_products_with_their_history(browser, acme):
    job, page = sent(browser, f"sku,title\nA,{MOUSE}\n", kind="import")
    run.carry_on(job.pk)

    product = Product.objects.get(merchant=acme)
    assert f"/products/{product.public_id}/" in browser.get(page).content.decode()
    shown = browser.get(f"/products/{product.public_id}/").content.decode()
    assert "it came in a file" in shown
    assert "Electronics and computers are bought for everyday life" in shown


def test_a_trial_run_changes_nothing(browser):
    job, _ = sent(browser, f"sku,title\nA,{MOUSE}\n", kind="import", dry_run="on")
    run.carry_on(job.pk)

    assert not Product.objects.exists()


@pytest.mark.parametrize(
    ("content", "kind", "words"),
    [
        ("", "check", "empty"),
        ("a,b\n1,2\n", "check", "No column is named"),
        ("title\nx\n", "import", "sku"),
        ("title\nx\n", "burn", "Choose a file"),
    ],
)
def test_a_file_that_cannot_be_taken_is_refused_beside_the_form(browser, content, kind, words):
    refused = send(browser, content, kind=kind)

    assert refused.status_code == 400
    assert words in refused.content.decode()
    assert not CatalogueJob.objects.exists()


def test_a_file_is_cancelled_once(browser):
    job, page = sent(browser, f"title\n{MOUSE}\n")

    browser.post(f"{page}cancel/")
    again = browser.post(f"{page}cancel/", follow=True)

    job.refresh_from_db()
    assert job.state == "cancelled"
    assert "can no longer be cancelled" in again.content.decode()
    assert not run.carry_on(job.pk)


def test_who_may_only_look_sends_and_stops_nothing(browser, acme, acme_viewer, signed_in):
    job, page = sent(browser, f"title\n{MOUSE}\n")
    viewer = signed_in(acme_viewer)

    assert 'type="file"' not in viewer.get(FILES).content.decode()
    assert viewer.get(page).status_code == 200
    assert (send(viewer, "title\nx\n").status_code, viewer.post(f"{page}cancel/").status_code) == (403, 403)
    job.refresh_from_db()
    assert (job.state, CatalogueJob.objects.count()) == ("queued", 1)


def test_another_merchants_file_and_product_are_a_404(browser, acme, globex_owner, signed_in):
    _, page = sent(browser, f"title\n{MOUSE}\n")
    product = save_product(merchant=acme, sku="A", title=MOUSE).product
    other = signed_in(globex_owner)

    answers = [
        other.get(page),
        other.get(f"{page}status/"),
        other.get(f"{page}results.csv"),
        other.post(f"{page}cancel/"),
        other.get(f"/products/{product.public_id}/"),
    ]

    assert [answer.status_code for answer in answers] == [404] * 5


def test_results_of_a_file_under_way_are_refused_in_words(browser):
    _, page = sent(browser, f"title\n{MOUSE}\n")

    assert "its result file is there when it has ended" in browser.get(f"{page}results.csv", follow=True).content.decode()


def test_products_are_filtered_by_their_verdict(browser, acme: Merchant):
    save_product(merchant=acme, sku="A", title=MOUSE)
    save_product(merchant=acme, sku="B", title="Qzv 7")

    shown = browser.get("/products/", {"status": "unknown"}).content.decode()
    assert "Qzv 7" in shown
    assert MOUSE not in shown


def test_an_empty_list_teaches(browser):
    assert "No file yet" in browser.get(FILES).content.decode()


def test_a_developer_may_send(acme, signed_in):
    assert send(signed_in(make_member(acme, "developer")), "title\nx\n").status_code == 302
