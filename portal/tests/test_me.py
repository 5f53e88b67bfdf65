"""Shoppers: signing in by a letter, what they reach, and keeping what they bought as guests."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from fido2.utils import websafe_encode

from common.scopes import across_merchants
from conftest import make_merchant
from people.tests.test_second_factor import GUARDED
from portal.tests.admin_samples import make_sale
from shoppers.models import Shopper, ShopperAccount, ShopperSession, SignInLink
from shoppers.tasks import forget_old_sign_ins
from vault import merchant_keys
from vault.audit.models import AuditEntry

pytestmark = pytest.mark.django_db
ADDRESS = "jo@example.com"


@pytest.fixture
def ask(received):
    """Ask for a link in this browser and return its address."""

    def ask(client, email=ADDRESS, receipt=""):
        answer = client.post(reverse("me:sign_in"), {"email": email, "receipt": receipt})
        assert answer.status_code == 200
        return re.search(r"/me/open/[^/]+/", received[-1].body)[0]

    return ask


@pytest.fixture
def shopper(ask):
    """A browser signed in with an address; `receipt` is kept on the way."""

    def sign_in(email=ADDRESS, receipt=""):
        client = Client()
        client.post(ask(client, email, receipt))
        assert "fsa_shopper" in client.cookies
        return client

    return sign_in


def receipt_of(sale):
    with across_merchants("a test"):
        return sale.payments.get().receipt.public_id


def bought(client):
    return [row["order"] for row in client.get(reverse("me:home")).context["purchases"]]


@pytest.mark.parametrize("field", ["receipt", "letter"])
@pytest.mark.parametrize("written", ["lmn_\x00", "\x00", "rcp_1\n", "rcp_É", "../lmn_1", "r_" + "1" * 39, "\ud800_1"])
def test_an_id_that_none_looks_like_keeps_nobody_from_signing_in(client, field, written):
    answer = client.post(reverse("me:sign_in"), {"email": ADDRESS, field: written.encode("utf-8", "surrogatepass")})

    assert answer.status_code == 200
    assert SignInLink.objects.get().receipt_id == ""


def test_a_letter_signs_in_once(ask, received):
    client = Client()
    path = ask(client)
    assert client.get(path).status_code == 200
    assert client.post(path)["Location"] == "/me/"

    assert client.get("/me/").status_code == 200
    assert Client().get(path).status_code == 410
    assert Client().post(path).status_code == 410
    assert ShopperSession.objects.count() == 1
    assert received[0].alternatives


@pytest.mark.parametrize("lookalike", ["\u017fam@example.com", "\u212aim@example.com"])
def test_a_letter_that_only_looks_alike_asks_for_no_link(received, lookalike):
    answer = Client().post(reverse("me:sign_in"), {"email": lookalike})

    assert answer.status_code == 400
    assert not SignInLink.objects.exists()
    assert not received


def test_looking_at_the_link_as_mail_programs_do_uses_nothing_up(ask):
    path = ask(Client())
    for _ in range(3):
        Client().get(path)
        Client().head(path)

    assert SignInLink.objects.get().used_at is None
    assert not ShopperSession.objects.exists()


def test_another_browser_is_warned_and_the_same_one_is_not(ask):
    client = Client()
    path = ask(client)

    assert b"asked for in another browser" not in client.get(path).content
    assert b"asked for in another browser" in Client().get(path).content


def test_a_link_is_over_after_a_quarter_of_an_hour_and_a_guessed_one_at_once(ask):
    path = ask(Client())
    SignInLink.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    assert Client().post(path).status_code == 410
    assert Client().post("/me/open/guessed/").status_code == 410
    assert not ShopperAccount.objects.exists()


def test_the_link_of_a_form_from_another_site_does_nothing(ask):
    path = ask(Client())
    strict = Client(enforce_csrf_checks=True)

    assert strict.post(path).status_code == 403
    assert SignInLink.objects.get().used_at is None


def test_known_and_unknown_addresses_are_answered_alike(shopper, ask):
    shopper()
    pages = [Client().post(reverse("me:sign_in"), {"email": email}) for email in (ADDRESS, "no@example.com")]

    texts = [page.content.decode().replace(ADDRESS, "").replace("no@example.com", "") for page in pages]
    assert texts[0] == texts[1]


def test_six_links_in_a_quarter_of_an_hour_are_too_many_for_known_and_unknown_alike(ask, received):
    for email in (ADDRESS, "no@example.com"):
        for _ in range(5):
            ask(Client(), email)
        assert Client().post(reverse("me:sign_in"), {"email": email.upper()}).status_code == 429

    assert len(received) == 10


@pytest.mark.parametrize("email", ["", "no address", "a@b", "x\x00@example.com y"])
def test_what_is_no_address_gets_no_letter(received, email):
    assert Client().post(reverse("me:sign_in"), {"email": email}).status_code == 400
    assert not received
    assert not SignInLink.objects.exists()


def test_nothing_clear_lies_in_the_tables(shopper, ask):
    shopper()
    token = ask(Client()).split("/")[-2]
    with connection.cursor() as cursor:
        rows = []
        for table in ("shoppers_shopperaccount", "shoppers_signinlink", "shoppers_shoppersession", "django_session"):
            cursor.execute(f"SELECT to_jsonb(t)::text FROM {table} t")
            rows += cursor.fetchall()

    assert ADDRESS not in str(rows)
    assert token not in str(rows)


OPEN_TO_ALL = ("/accounts/", "/apply/")  # whoever wants to sell may read what it takes


def test_a_shopper_reaches_no_page_of_the_portal_or_the_admin(shopper):
    client = shopper()
    client.cookies["sessionid"] = client.cookies["fsa_shopper"].value  # and the cookie is of no use there

    seen = {address: client.get(address).status_code for address in GUARDED if not address.startswith(OPEN_TO_ALL)}

    assert len(seen) > 80
    assert {address: status for address, status in seen.items() if status == 200} == {}


def test_merchants_and_staff_reach_no_shoppers_page_without_a_letter(signed_in, acme_owner):
    assert signed_in(acme_owner).get("/me/")["Location"] == "/me/sign-in/"


def test_the_cookie_is_for_these_pages_alone(shopper):
    cookie = shopper().cookies["fsa_shopper"]

    assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == ("/me/", True, "Lax")


def test_each_sign_in_has_a_new_cookie_and_the_old_one_ends(shopper, ask):
    client = shopper()
    old = client.cookies["fsa_shopper"].value
    client.post(ask(client))

    thief = Client()
    thief.cookies["fsa_shopper"] = old
    assert client.cookies["fsa_shopper"].value != old
    assert thief.get("/me/").status_code == 302
    assert client.get("/me/").status_code == 200


@pytest.mark.parametrize("field", ["seen_at", "started_at"])
def test_an_old_session_is_over(shopper, field):
    client = shopper()
    ShopperSession.objects.update(**{field: timezone.now() - timedelta(hours=13)})

    assert client.get("/me/").status_code == 302


def test_sessions_are_listed_and_ended_but_nobody_elses(shopper):
    here, there, stranger = shopper(), shopper(), shopper("no@example.com")
    strangers = ShopperSession.objects.get(account__email_index=ShopperAccount.objects.order_by("-pk")[0].email_index)

    here.post(reverse("me:end"), {"session": strangers.public_id})
    assert stranger.get("/me/").status_code == 200
    here.post(reverse("me:end"))
    assert [client.get("/me/").status_code for client in (here, there, stranger)] == [200, 302, 200]
    here.post(reverse("me:sign_out"))
    assert here.get("/me/").status_code == 302


def test_a_receipt_offers_to_be_kept_and_is_with_all_of_that_merchants_sales(acme, globex, shopper, client):
    with across_merchants("a test"):
        first = make_sale(acme, order="A-1", number=1, email=ADDRESS)
        make_sale(acme, order="A-2", number=2, email=ADDRESS.upper())
        make_sale(acme, order="A-3", number=3, email="no@example.com")
        make_sale(globex, order="B-1", number=4, email=ADDRESS)
    receipt = receipt_of(first)
    assert f"/me/sign-in/?receipt={receipt}" in client.get(f"/receipts/{receipt}/").content.decode()

    jo = shopper(receipt=receipt)

    assert sorted(bought(jo)) == ["A-1", "A-2"]
    with across_merchants("a test"):
        make_sale(acme, order="A-4", number=5, email=ADDRESS)
    assert sorted(bought(jo)) == ["A-1", "A-2", "A-4"]
    assert "shopper.claimed" in set(AuditEntry.objects.values_list("action", flat=True))


def test_while_a_merchants_key_is_locked_its_name_is_all_that_is_told(acme, globex, shopper):
    with across_merchants("a test"):
        first, other = (
            make_sale(acme, order="A-1", number=1, email=ADDRESS),
            make_sale(globex, order="B-1", number=2, email=ADDRESS),
        )
    jo = shopper(receipt=receipt_of(first))
    jo.get(reverse("me:sign_in"), {"receipt": receipt_of(other)})

    merchant_keys.lock_key(merchant_id=acme.pk)

    page = jo.get(reverse("me:home")).content.decode()
    assert ("A-1" in page, receipt_of(first) in page, "Acme" in page) == (False, False, True)
    assert ("B-1" in page, receipt_of(other) in page) == (True, True)


def test_somebody_elses_address_claims_nothing(acme, shopper):
    with across_merchants("a test"):
        sale = make_sale(acme, order="A-1", email=ADDRESS)

    eve = shopper("eve@example.com", receipt_of(sale))

    assert "nothing was added" in eve.get("/me/").content.decode()
    assert bought(eve) == []
    with across_merchants("a test"):
        assert Shopper.objects.get().account is None


def test_a_receipt_without_address_and_one_that_is_not_claim_nothing(acme, shopper):
    with across_merchants("a test"):
        sale = make_sale(acme, order="A-1")
        type(sale).objects.update(shopper=None)

    for receipt in (receipt_of(sale), "rcp_nowhere"):
        client = shopper(receipt=receipt)
        assert "nothing was added" in client.get("/me/").content.decode()
        assert bought(client) == []


def test_who_is_signed_in_already_keeps_a_receipt_at_once_and_twice_changes_nothing(acme, shopper):
    with across_merchants("a test"):
        sale = make_sale(acme, order="A-1", email=ADDRESS)
    client = shopper()

    for words in ("now kept here", "kept here already"):
        assert words in client.get(f"/me/sign-in/?receipt={receipt_of(sale)}", follow=True).content.decode()
    assert bought(client) == ["A-1"]


def test_a_merchant_sees_nothing_of_accounts(acme, shopper):
    initech = make_merchant("Initech")
    with across_merchants("a test"):
        shopper(receipt=receipt_of(make_sale(acme, order="A-1", email=ADDRESS)))
        assert not Shopper.objects.filter(merchant=initech).exists()


@pytest.mark.parametrize(
    "answer", ["", "null", "[]", "{}", '{"response": {"userHandle": "c2FjXzE"}}', '{"id": "x", "type": "public-key"}']
)
def test_a_passkey_that_makes_no_sense_signs_nobody_in(answer):
    client = Client()
    client.get(reverse("me:passkey_sign_in"))

    assert client.post(reverse("me:passkey_sign_in"), {"credential": answer})["Location"] == "/me/sign-in/"
    assert not ShopperSession.objects.exists()


def test_an_answer_to_no_question_signs_nobody_in():
    told = websafe_encode(json.dumps({"type": "webauthn.get", "challenge": "AAAA", "origin": settings.BASE_URL}).encode())
    answer = {
        "id": "AAAA", "rawId": "AAAA", "type": "public-key",
        "response": {"clientDataJSON": told, "authenticatorData": websafe_encode(bytes(37)), "signature": "AAAA", "userHandle": "c2FjXzE"},
    }  # fmt: skip

    back = Client().post(reverse("me:passkey_sign_in"), {"credential": json.dumps(answer)})

    assert back["Location"] == "/me/sign-in/"
    assert not ShopperSession.objects.exists()


def test_a_passkey_that_makes_no_sense_is_not_added(shopper):
    client = shopper()
    client.get(reverse("me:passkey_add"))

    client.post(reverse("me:passkey_add"), {"credential": "{}", "name": "Mine"})

    assert ShopperAccount.objects.get().passkeys.count() == 0


def test_links_and_sessions_that_ended_a_day_ago_are_forgotten(shopper, ask):
    client = shopper()
    ask(Client())
    long_ago = timezone.now() - timedelta(days=2)
    SignInLink.objects.filter(used_at=None).update(expires_at=long_ago)
    ShopperSession.objects.create(account=ShopperAccount.objects.get(), digest="old", device="Old", seen_at=long_ago)

    assert [forget_old_sign_ins() for _ in range(2)] == [2, 0]
    assert client.get("/me/").status_code == 200


def test_a_passkeys_answer_nested_too_deeply_is_refused_like_any_other():
    answer = Client().post(reverse("me:passkey_sign_in"), {"credential": '{"a":' * 3500})

    assert answer["Location"] == reverse("me:sign_in")
    assert not ShopperSession.objects.exists()
