"""How merchants hear of changes of lists: the feed with one cursor, webhooks that were down, a letter a day."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from django.utils import timezone
from freezegun import freeze_time

from common.tests.receiver import Reply
from eligibility.catalogue.products import Wanted, save_product, save_products
from eligibility.lists.notices import digests
from eligibility.lists.notices.work import tell_now
from eligibility.models import ChangeDigest, ToldChange
from eligibility.tests.list_samples import GTINS, MOUSE, on_list, redecided, replaced
from merchants.models import Member
from notices.models import Letter, Notice, Preference
from notices.services.sending import send_due
from webhooks.models import WebhookDelivery, WebhookEndpoint
from webhooks.services.endpoints import create_endpoint
from webhooks.tests.conftest import VERSION, deliver_once, receiver, verify  # noqa: F401  (fixtures)

pytestmark = pytest.mark.django_db
GTIN, OTHER, THIRD = GTINS[:3]
CHANGES = "/v1/eligibility/changes"
MORNING = datetime(2027, 3, 3, 13, tzinfo=UTC)  # eight in New York


@pytest.fixture
def shelf(acme):
    on_list(GTIN, OTHER)
    save_product(merchant=acme, sku="A", title=MOUSE, gtin=GTIN)
    save_product(merchant=acme, sku="B", title=MOUSE, gtin=OTHER)
    redecided()
    tell_now()


def test_the_feed_has_all_three_in_the_order_of_telling_and_one_cursor_follows_them(shelf, acme_api, globex_api):
    leaves = timezone.now() + timedelta(days=20)
    on_list(at=leaves)
    tell_now()
    first = acme_api.get(CHANGES, {"limit": 1}).json()
    on_list(GTIN, OTHER)
    on_list(GTIN, at=leaves)
    tell_now()
    on_list(OTHER)
    redecided()
    tell_now()
    rest = acme_api.get(CHANGES, {"cursor": first["resume_cursor"]}).json()

    told = [(row["sku"], row["state"]) for row in first["data"] + rest["data"]]
    assert told == [("A", "upcoming"), ("B", "upcoming"), ("A", "withdrawn"), ("A", "changed"), ("B", "withdrawn")]
    assert [row["sku"] for row in acme_api.get(CHANGES, {"state": "withdrawn"}).json()["data"]] == ["A", "B"]
    assert globex_api.get(CHANGES).json()["data"] == []


def test_a_state_that_is_none_is_refused(acme_api):
    refused = acme_api.get(CHANGES, {"state": "perhaps"})

    assert (refused.status_code, refused.json()["error"]["param"]) == (400, "state")


def test_what_was_announced_says_so_in_the_feed_with_the_same_notice(shelf, acme_api):
    leaves = timezone.now() + timedelta(days=20)
    on_list(OTHER, at=leaves)
    tell_now()
    with freeze_time(leaves + timedelta(seconds=1)):
        redecided()

    upcoming, changed = acme_api.get(CHANGES).json()["data"]
    assert (upcoming["announced"], changed["announced"]) == (False, True)
    assert upcoming["notice"] == changed["notice"]
    assert (upcoming["list"], changed["list"], upcoming["changed_at"]) == ("the list", "the list", None)
    assert upcoming["effective_at"] == changed["effective_at"]


def test_a_replaced_code_is_named(shelf, acme_api):
    replaced(GTIN, THIRD, timezone.now() + timedelta(days=20))
    tell_now()

    [told] = acme_api.get(CHANGES).json()["data"]
    assert (told["sku"], told["state"], told["replaced_by"]) == ("A", "upcoming", THIRD)


def test_a_webhook_that_was_down_for_a_day_hears_of_it_once(shelf, acme, receiver, settings):  # noqa: F811
    settings.IS_SANDBOX, settings.OUTGOING_MAY_REACH = True, ["127.0.0.1/32"]
    _, secret = create_endpoint(merchant=acme, url=f"{receiver.url}/hook", api_version=VERSION)
    receiver.answer = lambda request: Reply(status=503)
    on_list(OTHER, at=timezone.now() + timedelta(days=20))
    tell_now()
    for _ in range(4):
        deliver_once()
        WebhookDelivery.objects.filter(state="waiting").update(next_attempt_at=timezone.now() - timedelta(seconds=1))
        WebhookEndpoint.objects.update(throttled_until=None)
    receiver.answer = lambda request: Reply()
    tell_now()
    deliver_once()

    assert WebhookDelivery.objects.get().state == "delivered"
    heard = verify(secret, receiver.received[-1])
    assert (heard["type"], heard["data"]["state"], heard["data"]["sku"]) == ("product.eligibility_changed", "upcoming", "A")
    assert len({json.loads(request.body)["id"] for request in receiver.received}) == 1


# --- Letters


def written(at=MORNING):
    count = digests.write_due(at)
    Letter.objects.filter(state="waiting").update(next_attempt_at=timezone.now() - timedelta(days=3000))
    return count


@pytest.fixture
def told(shelf):
    on_list(OTHER, at=datetime(2027, 12, 1, 5, tzinfo=UTC))
    tell_now()


def test_one_letter_a_day_says_what_changes_when_and_why(told, acme_owner, mailbox):
    assert (written(), written(MORNING + timedelta(hours=5))) == (1, 0)
    send_due()

    (mail,) = mailbox.letters
    text, html = (mail.get_body((kind,)).get_content() for kind in ("plain", "html"))
    assert mail["Subject"].strip() == "1 of Acme’s products changes status, the first on December 1"
    for words in ("1 December 2027", "becomes", "not eligible", "it leaves the list “the list”", MOUSE):
        assert words in " ".join(text.split())
        assert words in " ".join(html.split())
    assert "/products/changes/" in text
    assert "/products/changes/list.csv" in html


def test_nothing_new_is_no_letter(told, acme_owner, mailbox):
    written()

    assert written(MORNING + timedelta(days=1)) == 0
    assert ChangeDigest.objects.count() == 1


def test_before_seven_nobody_is_written_to(told, acme_owner):
    assert written(MORNING - timedelta(hours=2)) == 0
    assert written(MORNING) == 1


def test_what_was_announced_and_withdrawn_between_two_letters_is_no_news(told, acme_owner):
    on_list(GTIN, OTHER)
    tell_now()

    assert ToldChange.objects.count() == 2
    assert written() == 0


def test_what_a_letter_announced_and_was_withdrawn_is_told_by_the_next(told, acme_owner, mailbox):
    written()
    on_list(GTIN, OTHER)
    tell_now()

    assert written(MORNING + timedelta(days=1)) == 1
    send_due()

    assert "Stays eligible" in mailbox.letters[-1].get_body(("plain",)).get_content()
    assert "1 announced change will not come after all" in mailbox.letters[-1].get_body(("plain",)).get_content()


def test_a_letter_of_very_many_shows_fifty_and_says_how_many_more(acme, acme_owner, mailbox):
    on_list(*GTINS[:55])
    save_products(
        merchant=acme,
        wanted=[Wanted(f"S{n}", {"title": MOUSE, "gtin": code}) for n, code in enumerate(GTINS[:55])],
        cause="saved",
    )
    on_list(at=timezone.now() + timedelta(days=20))
    tell_now()
    written()
    send_due()

    text = mailbox.letters[0].get_body(("plain",)).get_content()
    assert text.count("because it leaves") == 50
    assert "and 5 more" in text


def test_a_letter_can_be_left_by_its_own_link(told, acme_owner, mailbox, client):
    written()
    send_due()
    address = urlsplit(mailbox.letters[0]["List-Unsubscribe"].strip(" <>")).path

    client.post(address)

    assert Preference.objects.get(user=acme_owner, topic="eligibility.changes").email == "off"


def test_who_left_the_merchant_reads_no_products(told, acme_owner, mailbox):
    written()
    Member.objects.filter(user=acme_owner).delete()
    send_due()

    assert MOUSE not in mailbox.letters[0].get_body(("plain",)).get_content()


def test_a_letter_that_could_not_be_told_is_written_whole_the_next_time(told, acme_owner, monkeypatch):
    real = digests.notify

    def dies(**kwargs):
        real(**kwargs)
        raise SystemExit

    monkeypatch.setattr(digests, "notify", dies)
    with pytest.raises(SystemExit):
        written()
    assert not Notice.objects.filter(topic="eligibility.changes").exists()

    monkeypatch.setattr(digests, "notify", real)
    assert written() == 1
