"""Catalogues fetched from a real server on loopback: when, how, what becomes of them, and what is refused."""

from __future__ import annotations

import base64
import gzip
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from django.db.models import F
from django.utils import timezone
from freezegun import freeze_time

from common.tests.receiver import Received, Receiver, Reply, receiving
from eligibility.catalogue import tasks
from eligibility.catalogue.feeds import fetching, pulling
from eligibility.catalogue.feeds.schedule import next_time
from eligibility.catalogue.feeds.services import ASKED_EVERY
from eligibility.catalogue.jobs import run as job_run
from eligibility.catalogue.jobs.services import cancel_job
from eligibility.models import CatalogueFeed, CatalogueFeedRun, CatalogueJob, Product
from notices.models import Notice
from vault.audit.models import AuditEntry

pytestmark = pytest.mark.django_db
FEEDS = "/v1/products/feeds"
MOUSE = "Logitech M185 Wireless Mouse"


class Shop:
    """A merchant's server: answers with `file`, knows its etag, and asks for a password where it has one."""

    def __init__(self) -> None:
        self.file, self.etag, self.status, self.password = b"", "", 200, ""
        self.headers: dict[str, str] = {}
        self.server: Receiver

    def __call__(self, asked: Received) -> Reply:
        if self.password and asked.headers.get("authorization") != self.password:
            return Reply(status=401)
        if self.etag and asked.headers.get("if-none-match") == self.etag:
            return Reply(status=304, body=b"")
        headers = self.headers | ({"ETag": self.etag} if self.etag else {})
        return Reply(status=self.status, body=self.file, headers=headers)

    def sells(self, *skus: str, title: str = MOUSE) -> None:
        self.file = ("sku,title\n" + "".join(f"{sku},{title}\n" for sku in skus)).encode()


@pytest.fixture
def shop(settings) -> Iterator[Shop]:
    settings.IS_SANDBOX, settings.OUTGOING_MAY_REACH = True, ["127.0.0.1/32"]
    shop = Shop()
    with receiving(shop) as shop.server:
        shop.sells("A", "B")
        yield shop


@pytest.fixture(autouse=True)
def _by_hand(monkeypatch):
    """Workers run when the test says so."""
    for task in (tasks.run_catalogue_job, tasks.pull_feed):
        monkeypatch.setattr(task, "delay", lambda pk: None)


def make(api, shop, **fields):
    made = api.post(FEEDS, {"name": "Shop", "url": f"{shop.server.url}/goods.csv", **fields})
    assert made.status_code == 201, made.json()
    return CatalogueFeed.objects.get(public_id=made.json()["id"])


def work():
    """What beat and the workers make of it until nothing is left to do."""
    tasks.tend_feeds()
    for run in CatalogueFeedRun.objects.filter(state__in=["queued", "running"]):
        pulling.pull(run.pk)
    for job in CatalogueJob.objects.filter(state__in=["queued", "running"]):
        while job_run.carry_on(job.pk):
            pass
    tasks.tend_feeds()


def a_minute_later():
    """What was asked for by hand may be asked for again."""
    CatalogueFeedRun.objects.update(created_at=F("created_at") - ASKED_EVERY, started_at=F("started_at") - ASKED_EVERY)


def pull(api, feed):
    """The feed fetched now, to its end; the run as the API tells it."""
    a_minute_later()
    asked = api.post(f"{FEEDS}/{feed.public_id}/pull")
    assert asked.status_code == 202, asked.json()
    work()
    return api.get(f"{FEEDS}/{feed.public_id}").json()["last_run"]


def on_sale():
    return set(Product.objects.filter(is_active=True).values_list("sku", flat=True))


def test_a_feed_is_fetched_soon_and_becomes_products(acme_api, shop):
    feed = make(acme_api, shop)

    work()

    told = acme_api.get(f"{FEEDS}/{feed.public_id}").json()
    run = told["last_run"]
    assert (run["outcome"], run["rows_total"], run["rows_done"], run["rows_failed"], run["cause"]) == (
        "taken",
        2,
        2,
        0,
        "schedule",
    )
    assert on_sale() == {"A", "B"}
    assert set(Product.objects.values_list("feed", flat=True)) == {feed.pk}
    assert datetime.fromisoformat(told["next_at"]) > timezone.now()
    assert shop.server.received[0].headers["user-agent"] == "FSA-Platform-Feeds/1"
    assert len(acme_api.get(f"{FEEDS}/{feed.public_id}/runs").json()["data"]) == 1
    work()
    assert CatalogueFeedRun.objects.count() == 1


def test_what_did_not_change_is_left_alone(acme_api, shop):
    shop.etag = '"v1"'
    feed = make(acme_api, shop)
    work()

    by_etag = pull(acme_api, feed)
    shop.etag = ""
    by_digest = pull(acme_api, feed)

    assert [run["outcome"] for run in (by_etag, by_digest)] == ["unchanged", "unchanged"]
    assert [run["http_status"] for run in (by_etag, by_digest)] == [304, 200]
    assert CatalogueJob.objects.count() == 1


def test_a_changed_column_has_the_same_file_read_anew(acme_api, shop):
    shop.file = b"sku,title,other\nA,Nothing,Socks\n"
    feed = make(acme_api, shop)
    work()

    acme_api.patch(f"{FEEDS}/{feed.public_id}", {"columns": {"title": "other"}})
    run = pull(acme_api, feed)

    assert (run["outcome"], Product.objects.get(sku="A").title) == ("taken", "Socks")


def test_a_packed_xml_feed_behind_a_password_and_a_redirect_is_read(acme_api, shop):
    xml = '<rss xmlns:g="http://base.google.com/ns/1.0"><channel><item><g:id>A</g:id><title>Socks</title></item></channel></rss>'
    shop.file, shop.password = gzip.compress(xml.encode(), mtime=0), "Basic " + base64.b64encode(b"ann:s3cret").decode()
    auth = {"kind": "basic", "name": "ann", "secret": "s3cret"}
    with receiving(lambda asked: Reply(status=302, headers={"Location": f"{shop.server.url}/real"})) as front:
        elsewhere = make(acme_api, shop, url=front.url, auth=auth)
        work()
        feed = make(acme_api, shop, auth=auth)
        work()

        assert "authorization" in front.received[0].headers

    assert "authorization" not in shop.server.received[0].headers  # another server is told no password
    assert acme_api.get(f"{FEEDS}/{elsewhere.public_id}").json()["last_run"]["http_status"] == 401
    told = acme_api.get(f"{FEEDS}/{feed.public_id}").json()
    assert (told["last_run"]["outcome"], told["auth"]) == ("taken", {"kind": "basic", "name": "ann"})
    assert on_sale() == {"A"}


def test_a_secret_is_sealed_stays_when_it_is_left_out_and_is_erased_with_the_feed(acme_api, shop):
    feed = make(acme_api, shop, auth={"kind": "header", "name": "X-Feed-Key", "secret": "open sesame"})

    changed = acme_api.patch(f"{FEEDS}/{feed.public_id}", {"auth": {"kind": "header", "name": "X-Key"}})
    work()
    gone = acme_api.delete(f"{FEEDS}/{feed.public_id}")

    assert "open sesame" not in str(changed.json())
    assert shop.server.received[0].headers["x-key"] == "open sesame"
    assert gone.json() == {"id": feed.public_id, "is_deleted": True}
    assert acme_api.get(f"{FEEDS}/{feed.public_id}").status_code == 404
    assert CatalogueFeed.objects.get().auth_secret is None
    assert on_sale() == {"A", "B"}


KEY = {"kind": "header", "name": "X-Feed-Key", "secret": "open sesame"}


def test_a_secret_that_is_kept_is_not_told_to_another_server(acme_api, shop):
    feed = make(acme_api, shop, auth=KEY)
    path = f"{FEEDS}/{feed.public_id}"
    with receiving() as other:
        refusals = [
            acme_api.patch(path, change)
            for change in (
                {"url": f"{other.url}/goods.csv"},
                {"url": f"{other.url}/goods.csv", "auth": {"kind": "header", "name": "X-Other"}},
                {"url": "https://goods.example/goods.csv"},
            )
        ]
        work()

        assert other.received == []

    assert [(each.status_code, each.json()["error"]["code"], each.json()["error"]["param"]) for each in refusals] == [
        (400, "catalogue_feed_credentials", "auth.secret")
    ] * 3
    assert "again for it, or remove it" in refusals[0].json()["error"]["message"]
    assert [asked.headers["x-feed-key"] for asked in shop.server.received] == ["open sesame"]


def test_a_feed_moves_to_another_server_with_a_secret_given_for_it_or_without_one(acme_api, shop):
    feed = make(acme_api, shop, auth=KEY)
    path = f"{FEEDS}/{feed.public_id}"
    with receiving(shop) as second, receiving(shop) as third:
        same = acme_api.patch(path, {"url": f"{shop.server.url}/other.csv"})
        given = acme_api.patch(path, {"url": second.url, "auth": KEY | {"secret": "another"}})
        pull(acme_api, feed)
        without = acme_api.patch(path, {"url": third.url, "auth": {"kind": "none"}})
        pull(acme_api, feed)

        assert [each.status_code for each in (same, given, without)] == [200] * 3
        assert second.received[0].headers["x-feed-key"] == "another"
        assert "x-feed-key" not in third.received[0].headers


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"url": "http://10.0.0.1/x"}, "address_forbidden"),
        ({"url": "ftp://shop.example/x"}, "address_forbidden"), ({"every_hours": 5}, "parameter_invalid"),
        ({"at_hour": 24}, "parameter_invalid"), ({"columns": {"colour": "x"}}, "upload_columns_unknown"),
        ({"auth": {"kind": "basic", "name": "", "secret": "x"}}, "catalogue_feed_credentials"),
        ({"auth": {"kind": "header", "name": "Host", "secret": "x"}}, "catalogue_feed_credentials"),
        ({"auth": {"kind": "header", "name": "X-A", "secret": "a\r\nb: c"}}, "catalogue_feed_credentials"),
        ({"auth": {"kind": "header", "name": "X-A"}}, "catalogue_feed_credentials"), ({"state": "paused"}, "parameter_unknown"),
    ],
)  # fmt: skip
def test_a_feed_that_cannot_be_is_refused(acme_api, shop, fields, code):
    refused = acme_api.post(FEEDS, {"name": "Shop", "url": f"{shop.server.url}/x", **fields})

    assert (refused.status_code, refused.json()["error"]["code"]) == (400, code), refused.json()
    assert not CatalogueFeed.objects.exists()


def test_no_more_than_ten(acme_api, shop):
    for _ in range(10):
        make(acme_api, shop)

    refused = acme_api.post(FEEDS, {"name": "Shop", "url": shop.server.url})

    assert refused.json()["error"]["code"] == "catalogue_feed_limit"


def test_a_private_address_is_not_called_even_by_a_redirect(acme_api, shop, settings):
    feed = make(acme_api, shop)
    shop.status, shop.headers = 302, {"Location": "http://10.0.0.1/latest"}

    run = pull(acme_api, feed)

    assert (run["outcome"], "private" in run["message"]) == ("failed", True)


@pytest.mark.parametrize(
    ("status", "file", "words"),
    [
        (404, b"", "no file at this address"), (500, b"", "500"), (200, b"<html>Sign in</html>", "web page"), (200, b"", "empty"),
        (200, b"a,b\n1,2\n", "No column"), (200, b"sku,title\n,\n,\n" + b",x\n", "None of its"), (200, b"PK\x03\x04", "workbook"),
    ],
    ids=["gone", "broken", "page", "empty", "columns", "unusable", "workbook"],
)  # fmt: skip
def test_what_is_no_catalogue_fails_and_changes_nothing(acme_api, shop, status, file, words):
    feed = make(acme_api, shop, switches_off_missing=True)
    work()
    shop.status, shop.file = status, file

    run = pull(acme_api, feed)

    assert run["outcome"] == "failed"
    assert words in run["message"]
    assert on_sale() == {"A", "B"}


def test_a_file_that_is_too_large_is_not_taken(acme_api, shop, settings):
    settings.FEED_MAX_BYTES = 1_000
    shop.sells(*(f"SKU-{n}" for n in range(100)))
    packed = gzip.compress(shop.file, mtime=0)
    feed = make(acme_api, shop)

    plain = pull(acme_api, feed)
    shop.file = packed
    unpacked = pull(acme_api, feed)

    assert [run["outcome"] for run in (plain, unpacked)] == ["failed", "failed"]
    assert "1,000 bytes" in plain["message"]
    assert not Product.objects.exists()


# --- What vanished


def test_what_vanished_stays_unless_the_merchant_chose_otherwise(acme_api, shop):
    shop.sells(*"ABCDEFGHIJ")
    feed = make(acme_api, shop)
    work()
    shop.sells(*"ABCDEFGHI")

    pull(acme_api, feed)

    assert on_sale() == set("ABCDEFGHIJ")


def test_what_vanished_is_switched_off_and_comes_back(acme_api, shop):
    acme_api.post("/v1/products", {"sku": "OWN", "title": MOUSE})
    shop.sells(*"ABCDEFGHIJ")
    feed = make(acme_api, shop, switches_off_missing=True)
    work()
    shop.sells(*"ABCDEFGHI")
    run = pull(acme_api, feed)
    off = on_sale()
    shop.sells(*"ABCDEFGHIJ")
    pull(acme_api, feed)

    assert (run["outcome"], run["vanished_count"], run["message"]) == ("taken", 1, "1 no longer in the feed and switched off.")
    assert off == {*"ABCDEFGHI", "OWN"}
    assert on_sale() == {*"ABCDEFGHIJ", "OWN"}
    assert Product.objects.get(sku="J").vanished_at is None


def test_a_row_that_cannot_be_used_has_not_vanished(acme_api, shop):
    feed = make(acme_api, shop, switches_off_missing=True)
    work()
    shop.file = b"sku,title\nA,\nB,4111 1111 1111 1111\nC,New\n"

    run = pull(acme_api, feed)

    assert (run["outcome"], run["rows_failed"], run["vanished_count"]) == ("taken", 2, 0)
    assert on_sale() == {"A", "B", "C"}


def test_too_many_that_vanished_wait_for_a_person(acme_api, shop, acme_owner):
    shop.sells(*"ABCDEFGHIJ")
    feed = make(acme_api, shop, switches_off_missing=True)
    work()
    shop.sells(*"ABCDEFG", title="Other")
    path = f"{FEEDS}/{feed.public_id}/approve"
    early = acme_api.post(path)

    held = pull(acme_api, feed)
    before = on_sale()
    approved = acme_api.post(path)
    again = acme_api.post(path)

    assert (held["state"], held["outcome"], held["vanished_count"]) == ("held", "held", 3)
    assert before == set("ABCDEFGHIJ")
    assert Product.objects.get(sku="A").title == "Other"  # the rows themselves are taken
    assert Notice.objects.get(user=acme_owner, topic="catalogue_feed.held").context["vanished"] == 3
    assert (approved.json()["outcome"], approved.json()["approved_by"][:8]) == ("taken", "API key ")
    assert on_sale() == set("ABCDEFG")
    assert [refused.json()["error"]["code"] for refused in (early, again)] == ["catalogue_feed_nothing_held"] * 2
    assert AuditEntry.objects.filter(action="catalogue_feed.approved").count() == 1


def test_a_whole_file_after_a_cut_one_takes_its_place(acme_api, shop):
    shop.sells(*"ABCDEFGHIJ")
    feed = make(acme_api, shop, switches_off_missing=True)
    work()
    shop.sells(*"ABC")
    pull(acme_api, feed)
    shop.sells(*"ABCDEFGHIJ", title="New")
    pull(acme_api, feed)

    assert acme_api.post(f"{FEEDS}/{feed.public_id}/approve").status_code == 409
    assert on_sale() == set("ABCDEFGHIJ")
    older = acme_api.get(f"{FEEDS}/{feed.public_id}/runs").json()["data"][1]
    assert (older["state"], older["outcome"], older["vanished_count"]) == ("done", "taken", 7)
    assert older["message"] == "Nothing was switched off: a newer pull took its place."
    assert not CatalogueFeedRun.objects.exclude(vanished=None).filter(state="done", vanished_count=7).exists()


def hold(api, shop, feed):
    """Seven of the feed's ten products vanish, and wait for a person."""
    shop.sells(*"ABC")
    held = pull(api, feed)
    assert held["state"] == "held"


def begin(api, feed):
    """A pull that was fetched and whose file waits to be taken."""
    a_minute_later()
    api.post(f"{FEEDS}/{feed.public_id}/pull")
    pulling.pull(CatalogueFeedRun.objects.get(state="queued").pk)
    return CatalogueFeedRun.objects.get(state="taking")


@pytest.mark.parametrize("ending", ["deleted", "switched"])
def test_what_waited_is_settled_when_the_feed_goes_or_leaves_what_vanished(acme_api, shop, ending):
    shop.sells(*"ABCDEFGHIJ")
    feed = make(acme_api, shop, switches_off_missing=True)
    work()
    hold(acme_api, shop, feed)
    path = f"{FEEDS}/{feed.public_id}"

    ended = acme_api.delete(path) if ending == "deleted" else acme_api.patch(path, {"switches_off_missing": False})

    run = CatalogueFeedRun.objects.get(vanished_count=7)
    assert (ended.status_code, run.state, run.outcome, run.vanished) == (200, "done", "taken", None)
    assert run.words.startswith("Nothing was switched off: the feed ")
    assert acme_api.post(f"{path}/approve").status_code == (404 if ending == "deleted" else 409)
    assert on_sale() == set("ABCDEFGHIJ")


@pytest.mark.parametrize("left", ["ABC", "ABCDEFGHI"], ids=["too many", "one"])
@pytest.mark.parametrize("ending", ["deleted", "switched"])
def test_nothing_is_switched_off_where_that_was_called_off_while_the_file_was_taken(acme_api, shop, acme_owner, ending, left):
    shop.sells(*"ABCDEFGHIJ")
    feed = make(acme_api, shop, switches_off_missing=True)
    work()
    shop.sells(*left, title="Other")
    run, path = begin(acme_api, feed), f"{FEEDS}/{feed.public_id}"
    acme_api.delete(path) if ending == "deleted" else acme_api.patch(path, {"switches_off_missing": False})

    work()

    run.refresh_from_db()
    assert (run.state, run.outcome, run.vanished, run.vanished_count) == ("done", "taken", None, 10 - len(left))
    assert run.words == f"{10 - len(left)} no longer in the feed, and left as they are."
    assert on_sale() == set("ABCDEFGHIJ")
    assert Product.objects.get(sku="A").title == "Other"  # its rows are taken
    assert not Notice.objects.filter(user=acme_owner, topic="catalogue_feed.held").exists()


def test_what_an_older_pull_holds_is_not_approved_while_a_newer_one_is_under_way(acme_api, shop):
    shop.sells(*"ABCDEFGHIJ")
    feed = make(acme_api, shop, switches_off_missing=True)
    work()
    hold(acme_api, shop, feed)
    shop.sells(*"ABCDEFGHIJ", title="New")
    begin(acme_api, feed)

    refused = acme_api.post(f"{FEEDS}/{feed.public_id}/approve")

    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "catalogue_feed_pulling")
    assert on_sale() == set("ABCDEFGHIJ")
    work()
    assert acme_api.post(f"{FEEDS}/{feed.public_id}/approve").json()["error"]["code"] == "catalogue_feed_nothing_held"
    assert on_sale() == set("ABCDEFGHIJ")


def test_one_feed_does_not_switch_off_what_another_names(acme_api, shop):
    shop.sells(*"ABCDEFGHIJ")
    first = make(acme_api, shop, switches_off_missing=True)
    work()
    shop.sells("J", "K")
    make(acme_api, shop)
    work()
    shop.sells(*"ABCDEFGHI")

    pull(acme_api, first)

    assert on_sale() == set("ABCDEFGHIJK")


# --- Again, beside itself, after a death


def test_a_feed_has_one_pull_at_a_time(acme_api, shop):
    feed = make(acme_api, shop)

    first, second = (acme_api.post(f"{FEEDS}/{feed.public_id}/pull").json()["id"] for _ in range(2))

    assert first == second
    assert CatalogueFeedRun.objects.count() == 1


def test_a_feed_is_asked_for_by_hand_once_a_minute(acme_api, shop):
    feed = make(acme_api, shop)
    work()
    path = f"{FEEDS}/{feed.public_id}/pull"
    with freeze_time("2026-03-02 10:00:00") as clock:
        first = acme_api.post(path)
        clock.move_to("2026-03-02 10:00:20")
        work()  # it begins now, and ends
        clock.move_to("2026-03-02 10:01:19")
        early = acme_api.post(path)
        clock.move_to("2026-03-02 10:01:20")
        late = acme_api.post(path)

    assert [each.status_code for each in (first, early, late)] == [202, 429, 202]
    refused = early.json()["error"]
    assert (refused["code"], refused["ask_again_at"]) == ("catalogue_feed_too_soon", "2026-03-02T10:01:20+00:00")
    assert "ask again in 1 s, from 10:01:20 UTC" in refused["message"]
    assert early.headers["Retry-After"] == "1"
    assert first.json()["id"] != late.json()["id"]
    assert CatalogueFeedRun.objects.filter(cause="asked").count() == 2


def test_redirects_and_the_file_have_one_deadline_together(acme_api, shop, monkeypatch):
    now = [0.0]
    monkeypatch.setattr(fetching, "time", SimpleNamespace(monotonic=lambda: now[0]))

    def slow(asked):
        now[0] += 100.0
        return Reply(status=302, headers={"Location": f"/{now[0]:g}"})

    with receiving(slow) as front:
        feed = make(acme_api, shop, url=front.url)
        run = pull(acme_api, feed)

        assert len(front.received) == 3  # a fourth hop would be allowed, but not begun after 240 s

    assert (run["outcome"], run["message"]) == ("failed", "The whole file did not come within 240 s.")
    assert timedelta(seconds=fetching.TIMEOUT_S) < pulling.LEASE


def test_a_server_that_never_ends_its_answer_is_left_at_the_deadline(acme_api, shop, monkeypatch):
    monkeypatch.setattr(fetching, "TIMEOUT_S", 0.3)
    ended = threading.Event()

    def silent(asked):
        ended.wait(30)
        return Reply()

    with receiving(silent) as server:
        run = pull(acme_api, make(acme_api, shop, url=server.url))
        ended.set()

    assert (run["outcome"], run["message"]) == ("failed", "The whole file did not come within 0.3 s.")


def test_a_pull_that_somebody_holds_is_left_to_them_and_taken_up_after_their_death(acme_api, shop, monkeypatch):
    feed = make(acme_api, shop)
    acme_api.post(f"{FEEDS}/{feed.public_id}/pull")
    run = CatalogueFeedRun.objects.get()
    worker = pulling.take(pulling.Runs, run.pk, lease=pulling.LEASE)

    pulling.pull(run.pk)
    assert (worker is not None, shop.server.received) == (True, [])

    with freeze_time(timezone.now() + pulling.LEASE + timedelta(seconds=1)):
        work()
        assert CatalogueFeedRun.objects.get(pk=run.pk).outcome == "taken"


def test_a_worker_that_lost_its_lease_while_fetching_queues_nothing(acme_api, shop, monkeypatch):
    feed = make(acme_api, shop)
    acme_api.post(f"{FEEDS}/{feed.public_id}/pull")
    run = CatalogueFeedRun.objects.get()
    real = pulling.fetch

    def overtaken(asked):
        CatalogueFeedRun.objects.filter(pk=run.pk).update(worker="another")
        return real(asked)

    monkeypatch.setattr(pulling, "fetch", overtaken)
    pulling.pull(run.pk)

    run.refresh_from_db()
    assert (run.state, CatalogueJob.objects.count()) == ("running", 0)


def test_a_file_whose_work_was_cancelled_is_read_again(acme_api, shop):
    feed = make(acme_api, shop)
    tasks.tend_feeds()
    pulling.pull(CatalogueFeedRun.objects.get().pk)
    cancel_job(job=CatalogueJob.objects.get())
    work()

    again = pull(acme_api, feed)

    first = acme_api.get(f"{FEEDS}/{feed.public_id}/runs").json()["data"][1]
    assert (first["outcome"], first["message"]) == ("failed", "Somebody cancelled the file.")
    assert again["outcome"] == "taken"


def test_a_pull_ends_with_its_file_and_does_not_wait_for_a_tick(acme_api, shop):
    make(acme_api, shop)
    tasks.tend_feeds()
    pulling.pull(CatalogueFeedRun.objects.get().pk)

    tasks.run_catalogue_job(CatalogueJob.objects.get().pk)

    assert CatalogueFeedRun.objects.get().outcome == "taken"


def test_failures_are_tried_more_and_more_seldom_and_told_once_with_their_end(acme_api, shop, acme_owner):
    shop.status = 500
    feed = make(acme_api, shop)
    waits = []
    with freeze_time(timezone.now() + timedelta(minutes=1)) as clock:
        for _ in range(5):
            work()
            feed.refresh_from_db()
            waits.append(round((feed.next_at - timezone.now()) / timedelta(minutes=1)))
            clock.move_to(feed.next_at + timedelta(seconds=1))
        assert waits == [10, 20, 40, 80, 160]
        told = Notice.objects.get(user=acme_owner, topic="catalogue_feed.failing")
        assert (told.count, told.context["failures"]) == (1, 3)
        shop.status = 200
        work()

    feed.refresh_from_db()
    assert (feed.failures_in_a_row, feed.is_told_failing) == (0, False)
    assert Notice.objects.filter(user=acme_owner, topic="catalogue_feed.mended").count() == 1


def test_a_paused_feed_rests_says_by_whom_and_can_be_fetched_once(acme_api, shop):
    feed = make(acme_api, shop)

    paused = acme_api.patch(f"{FEEDS}/{feed.public_id}", {"state": "paused"}).json()
    work()

    assert (paused["state"], paused["next_at"], paused["paused_by"][:8]) == ("paused", None, "API key ")
    assert shop.server.received == []
    assert pull(acme_api, feed)["outcome"] == "taken"
    resumed = acme_api.patch(f"{FEEDS}/{feed.public_id}", {"state": "active"}).json()
    assert (resumed["paused_by"], resumed["next_at"] is None) == (None, False)


def test_another_merchants_feed_is_a_404(acme_api, globex_api, shop):
    feed = make(acme_api, shop)
    path = f"{FEEDS}/{feed.public_id}"

    answers = [
        globex_api.get(path),
        globex_api.patch(path, {"name": "x"}),
        globex_api.delete(path),
        globex_api.post(f"{path}/pull"),
    ]

    assert [answer.status_code for answer in answers] == [404] * 4
    assert globex_api.get(FEEDS).json()["data"] == []


NEW_YORK = ZoneInfo("America/New_York")


@pytest.mark.parametrize(
    ("every", "at", "after", "expected"),
    [
        (24, 3, datetime(2026, 1, 10, 9, tzinfo=UTC), datetime(2026, 1, 11, 8, tzinfo=UTC)),
        (6, 3, datetime(2026, 1, 10, 9, tzinfo=UTC), datetime(2026, 1, 10, 14, tzinfo=UTC)),
        (24, 2, datetime(2026, 3, 7, 12, tzinfo=UTC), datetime(2026, 3, 8, 7, tzinfo=UTC)),  # there is no two o'clock that night
        (24, 1, datetime(2026, 10, 31, 12, tzinfo=UTC), datetime(2026, 11, 1, 5, tzinfo=UTC)),  # there are two of one o'clock
        (1, 0, datetime(2026, 1, 10, 9, 30, tzinfo=UTC), datetime(2026, 1, 10, 10, tzinfo=UTC)),
    ],
    ids=["daily", "six hours", "spring", "autumn", "hourly"],
)
def test_hours_are_the_merchants(every, at, after, expected):
    assert next_time(every_hours=every, at_hour=at, zone=NEW_YORK, after=after, name="") == expected
