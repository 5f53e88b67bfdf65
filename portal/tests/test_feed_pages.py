"""Pages about feeds of products: added, changed, fetched, paused, approved, deleted by people of a merchant."""

from __future__ import annotations

import pytest

from common.tests.receiver import Reply, receiving
from conftest import make_member
from eligibility.catalogue import tasks
from eligibility.models import CatalogueFeed, CatalogueFeedRun, Product
from eligibility.tests.test_feeds import a_minute_later, work

pytestmark = pytest.mark.django_db
FEEDS = "/products/feeds/"


@pytest.fixture(autouse=True)
def _by_hand(monkeypatch, settings):
    settings.IS_SANDBOX, settings.OUTGOING_MAY_REACH = True, ["127.0.0.1/32"]
    for task in (tasks.run_catalogue_job, tasks.pull_feed):
        monkeypatch.setattr(task, "delay", lambda pk: None)


@pytest.fixture
def browser(acme_owner, signed_in):
    return signed_in(acme_owner)


@pytest.fixture
def shop():
    goods = {"skus": list("ABCDEFGHIJ")}

    def answer(asked):
        return Reply(body=("sku,title\n" + "".join(f"{sku},Mouse\n" for sku in goods["skus"])).encode())

    with receiving(answer) as server:
        goods["url"] = f"{server.url}/goods.csv"
        yield goods


def form(shop, **fields):
    usual = {"name": "Web shop", "url": shop["url"], "every_hours": "6", "at_hour": "3", "format": "", "auth_kind": "none"}
    return usual | fields


def made(browser, shop, **fields):
    answer = browser.post(f"{FEEDS}new/", form(shop, **fields))
    assert answer.status_code == 302, answer.content.decode()
    return CatalogueFeed.objects.get(), answer["Location"]


def text(browser, page):
    answer = browser.get(page)
    assert answer.status_code == 200
    return answer.content.decode()


def test_an_empty_list_teaches(browser):
    assert "No feed yet" in text(browser, FEEDS)


def test_a_feed_is_added_followed_and_shows_its_pulls(browser, shop):
    _feed, page = made(browser, shop)
    assert "Not fetched yet" in text(browser, page)
    tasks.tend_feeds()
    assert f'data-follow="{page}status/"' in text(browser, page)
    assert browser.get(f"{page}status/").json()["is_open"] is True

    work()

    shown = text(browser, page)
    assert "10 added" in shown
    assert "every 6 hours, from 3 AM" in shown
    assert browser.get(f"{page}status/").json()["is_open"] is False
    assert "Web shop" in text(browser, FEEDS)


def test_a_feed_is_changed_and_its_secret_stays_unless_it_is_typed(browser, shop):
    feed, page = made(browser, shop, auth_kind="basic", auth_name="ann", auth_secret="s3cret")
    assert "s3cret" not in text(browser, f"{page}change/")

    changed = browser.post(
        f"{page}change/", form(shop, name="Other", auth_kind="basic", auth_name="bob", columns="title = Product text")
    )

    feed.refresh_from_db()
    assert (changed.status_code, feed.name, feed.auth_name, feed.auth_secret) == (302, "Other", "bob", "s3cret")
    assert feed.columns == {"title": "Product text"}


def test_a_secret_that_is_kept_does_not_go_to_another_server(browser, shop):
    feed, page = made(browser, shop, auth_kind="basic", auth_name="ann", auth_secret="s3cret")
    assert "on another server give it again" in text(browser, f"{page}change/")
    with receiving() as other:
        moved = form(shop, url=f"{other.url}/x", auth_kind="basic", auth_name="ann")

        refused = browser.post(f"{page}change/", moved)
        feed.refresh_from_db()
        kept = feed.url
        given = browser.post(f"{page}change/", moved | {"auth_secret": "new one"})

        assert (refused.status_code, kept) == (400, shop["url"])
        assert "The new address is on another server" in refused.content.decode()
        feed.refresh_from_db()
        assert (given.status_code, feed.url, feed.auth_secret) == (302, f"{other.url}/x", "new one")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"url": "http://10.0.0.1/x"}, "private, reserved or local"), ({"url": ""}, "required"), ({"columns": "colour = x"}, "colour"),
        ({"auth_kind": "basic", "auth_name": ""}, "user name"), ({"every_hours": "5"}, "valid choice"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_said_beside_the_field(browser, shop, fields, words):
    refused = browser.post(f"{FEEDS}new/", form(shop, **fields))

    assert refused.status_code == 400
    assert words in refused.content.decode()
    assert not CatalogueFeed.objects.exists()


def test_it_is_fetched_now_paused_by_name_and_resumed(browser, shop, acme_owner):
    _feed, page = made(browser, shop)

    pulled = browser.post(f"{page}do/pull/", follow=True).content.decode()
    again = browser.post(f"{page}do/pull/", follow=True).content.decode()
    work()
    too_soon = browser.post(f"{page}do/pull/", follow=True).content.decode()
    paused = browser.post(f"{page}do/pause/", follow=True).content.decode()
    resumed = browser.post(f"{page}do/resume/", follow=True).content.decode()

    assert "It is fetched now." in pulled
    assert "It is being fetched already." in again
    assert "ask again in" in too_soon
    assert f"{acme_owner.username} paused it" in paused
    assert "from its next hour" in resumed
    assert CatalogueFeedRun.objects.filter(cause="asked").count() == 1


def test_what_is_held_is_approved_on_its_page(browser, shop, acme_owner):
    _feed, page = made(browser, shop, switches_off_missing="on")
    work()
    shop["skus"] = list("ABC")
    browser.post(f"{page}do/pull/")
    work()
    assert "7 products are no longer in the feed" in text(browser, page)

    done = browser.post(f"{page}do/approve/", follow=True).content.decode()
    again = browser.post(f"{page}do/approve/", follow=True).content.decode()

    assert f"approved by {acme_owner.username}" in done
    assert "No pull of this feed waits" in again
    assert Product.objects.filter(is_active=True).count() == 3


def test_what_is_held_is_asked_until_a_newer_file_settles_it(browser, shop):
    _feed, page = made(browser, shop, switches_off_missing="on")
    work()
    shop["skus"] = list("ABC")
    browser.post(f"{page}do/pull/")
    work()
    a_minute_later()
    browser.post(f"{page}do/pull/")
    early = browser.post(f"{page}do/approve/", follow=True).content.decode()
    work()  # the same file: it still waits
    waits, listed = text(browser, page), text(browser, FEEDS)
    a_minute_later()
    shop["skus"] = list("ABCDEFGHIJ")
    browser.post(f"{page}do/pull/")
    work()

    settled = text(browser, page)
    assert "A newer pull of this feed is under way" in early
    assert ("7 products are no longer in the feed" in waits, waits.count("Waits for you")) == (True, 2)
    assert "Waits for you" in listed
    assert "Waits for you" not in settled
    assert "Nothing was switched off: a newer pull took its place." in settled
    assert "do/approve/" not in settled
    assert Product.objects.filter(is_active=True).count() == 10


def test_a_feed_is_deleted_by_a_typed_word(browser, shop):
    _feed, page = made(browser, shop)

    browser.post(f"{page}do/delete/", {"typed": "no"})
    assert CatalogueFeed.objects.get().deleted_at is None
    browser.post(f"{page}do/delete/", {"typed": "delete"})

    assert CatalogueFeed.objects.get().deleted_at is not None
    assert browser.get(page).status_code == 404


def test_who_may_only_look_changes_nothing(browser, shop, acme, signed_in):
    _feed, page = made(browser, shop)
    viewer = signed_in(make_member(acme, "viewer"))

    assert "Fetch now" not in text(viewer, page)
    assert [viewer.post(f"{page}do/pull/").status_code, viewer.get(f"{FEEDS}new/").status_code] == [403, 403]
