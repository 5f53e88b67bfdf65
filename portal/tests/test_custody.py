"""The bank's console: who sees it, two people, and what a revoked merchant's callers meet."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from conftest import api_for, make_member
from people import roles
from people.models import User
from vault.governance.models import CustodyEvent, CustodyRequest
from vault.merchant_keys import key_of, lock_key

pytestmark = pytest.mark.django_db


def banker(name: str) -> User:
    user = User.objects.create_user(username=name, email=f"{name}@bank.example")
    roles.give_role(user=user, role=roles.BANK)
    return user


@pytest.fixture
def anne(signed_in) -> Client:
    return signed_in(banker("anne"))


@pytest.fixture
def bert(signed_in) -> Client:
    return signed_in(banker("bert"))


def ask(client: Client, merchant, verb: str, reason: str = "court order"):
    return client.post(reverse("custody:ask", args=[merchant.public_id, verb]), {"reason": reason})


def decide(client: Client, answer: str = "approve", **more):
    request = CustodyRequest.objects.latest("pk")
    return client.post(reverse("custody:decide", args=[request.public_id]), {"answer": answer, **more}, follow=True)


def test_the_console_shows_each_key_and_nothing_of_the_merchant(anne, acme, globex):
    page = anne.get(reverse("custody:keys")).content.decode()

    for merchant in (acme, globex):
        assert merchant.name in page
        assert merchant.public_id in page
        assert merchant.legal_name not in page
        assert merchant.address not in page


def test_one_key_says_how_it_stands_at_the_bank_and_how_much_is_sealed(anne, acme, token):
    token(acme, "9999410000000005")

    page = anne.get(reverse("custody:key", args=[acme.public_id])).content.decode()

    assert "At the bank now" in page
    assert "checkout.CardToken.card_number" in page
    assert key_of(acme.pk).reference in page


def pages(merchant, request) -> list[tuple[str, str]]:
    return [
        ("get", reverse("custody:keys")), ("get", reverse("custody:key", args=[merchant.public_id])),
        ("get", reverse("custody:ask", args=[merchant.public_id, "revoke"])), ("post", reverse("custody:ask", args=[merchant.public_id, "revoke"])),
        ("get", reverse("custody:request", args=[request.public_id])), ("post", reverse("custody:decide", args=[request.public_id])),
        ("post", reverse("custody:repeat", args=[request.public_id])),
    ]  # fmt: skip


@pytest.mark.parametrize("role", [*(role for role in roles.ROLES if role != roles.BANK), "superuser", "owner", ""])
def test_nobody_but_the_bank_opens_any_of_it(anne, acme, signed_in, role):
    ask(anne, acme, "revoke")
    request = CustodyRequest.objects.get()
    if role == "owner":
        user = make_member(acme, "owner")
    else:
        user = User.objects.create_user(
            username="other", email="other@x.example", password="correct horse battery", is_superuser=role == "superuser"
        )
        if role in roles.ROLES:
            roles.give_role(user=user, role=role)
    client = signed_in(user)

    answers = [
        getattr(client, method)(url, {"answer": "approve", "reason": "x"}).status_code for method, url in pages(acme, request)
    ]

    assert answers == [403] * 7
    assert CustodyRequest.objects.get().status == "pending"
    assert key_of(acme.pk).state == "enabled"


def test_a_stranger_is_sent_to_sign_in(acme, client):
    for method, url in pages(acme, CustodyRequest(public_id="cust_x"))[:3]:
        assert getattr(client, method)(url)["Location"].startswith(reverse("account_login"))


def test_the_bank_has_no_page_of_the_admin_or_a_merchant(anne, acme):
    assert anne.get("/", follow=True).redirect_chain[-1][0] == reverse("custody:keys")
    assert anne.get(reverse("portal:sales"), follow=True).redirect_chain[-1][0] == reverse("custody:keys")
    for url in ("/admin/merchants/merchant/", "/admin/vault/custodyevent/", "/admin/"):
        answer = anne.get(url)
        assert answer.status_code in {302, 403, 404}, url
        assert acme.name not in answer.content.decode()


def test_a_reason_is_asked_for(anne, acme):
    answer = ask(anne, acme, "revoke", reason="  ")

    assert answer.status_code == 400
    assert "Write down why" in answer.content.decode()
    assert not CustodyRequest.objects.exists()


def test_whoever_asked_is_not_offered_to_approve_and_may_not(anne, acme):
    ask(anne, acme, "revoke")
    request = CustodyRequest.objects.get()

    page = anne.get(reverse("custody:request", args=[request.public_id])).content.decode()
    answer = decide(anne)

    assert "Approve and carry out" not in page
    assert answer.status_code == 409
    assert "another person of the bank" in answer.content.decode()
    assert key_of(acme.pk).state == "enabled"


def test_a_refusal_needs_a_reason_and_changes_nothing(anne, bert, acme):
    ask(anne, acme, "revoke")

    assert decide(bert, "refuse", reason="").status_code == 409
    assert decide(bert, "refuse", reason="no order").status_code == 200

    assert CustodyRequest.objects.get().status == "refused"
    assert key_of(acme.pk).state == "enabled"


def test_a_failure_at_the_bank_is_shown_and_tried_again(anne, bert, acme, custodian_server):
    ask(anne, acme, "revoke")
    custodian_server.is_down = True

    page = decide(bert).content.decode()

    assert "Approved, but not carried out" in page
    assert "does not answer" in page
    custodian_server.is_down = False
    request = CustodyRequest.objects.get()
    assert "The key is locked." in anne.post(reverse("custody:repeat", args=[request.public_id]), follow=True).content.decode()
    assert key_of(acme.pk).state == "disabled"


def test_a_silent_bank_leaves_the_page_with_what_was_seen_last(anne, acme, custodian_server):
    custodian_server.is_down = True

    page = anne.get(reverse("custody:key", args=[acme.public_id])).content.decode()

    assert "does not say how this key stands now" in page


def test_a_lock_at_the_bank_itself_is_told_of(anne, acme):
    from vault.custody.keeper import custodian

    custodian().disable(reference=key_of(acme.pk).reference)

    anne.get(reverse("custody:key", args=[acme.public_id]))

    assert "Locked at the bank itself" in anne.get(reverse("custody:keys")).content.decode()


def test_a_lock_made_here_is_not_taken_for_one_at_the_bank(anne, bert, acme):
    ask(anne, acme, "revoke")
    decide(bert)

    assert "at the bank itself" not in anne.get(reverse("custody:keys")).content.decode()


@pytest.mark.parametrize(
    ("query", "shown"), [("q=acm", {"Acme"}), ("state=disabled", {"Globex"}), ("q=nobody", set()), ("", {"Acme", "Globex"})]
)
def test_keys_are_found_by_name_and_state(anne, acme, globex, query, shown):
    lock_key(merchant_id=globex.pk)

    page = anne.get(f"{reverse('custody:keys')}?{query}").content.decode()

    assert {name for name in ("Acme", "Globex") if f">{name}</a>" in page} == shown


@pytest.mark.parametrize("url", ["/custody/mer_nobody/", "/custody/requests/cust_nobody/", "/custody/mer_nobody/revoke/"])
def test_what_does_not_exist_is_not_found(anne, url):
    assert anne.get(url).status_code == 404


def test_there_is_no_other_verb(anne, acme):
    assert anne.get(f"/custody/{acme.public_id}/delete/").status_code == 404


def test_a_revoked_merchant_is_refused_everywhere_and_a_restored_one_is_back(anne, bert, acme, globex, token):
    api, other = api_for(acme), api_for(globex)
    token(acme, "9999410000000005")
    before = api.get("/v1/products")
    assert before.status_code == 200

    ask(anne, acme, "revoke")
    assert "The key is locked." in decide(bert).content.decode()

    refused = api.get("/v1/products")
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "merchant_key_revoked")
    assert other.get("/v1/products").status_code == 200

    ask(bert, acme, "restore")
    decide(anne)

    assert api.get("/v1/products").json() == before.json()
    kinds = list(CustodyEvent.objects.order_by("pk").values_list("kind", flat=True))
    assert kinds == [
        "revoke.requested",
        "revoke.approved",
        "revoke.done",
        "restore.requested",
        "restore.approved",
        "restore.done",
    ]


def test_the_history_names_the_banks_people_by_username(anne, bert, acme):
    for username in ("anne", "bert"):
        person = User.objects.get(username=username)
        person.first_name, person.last_name = "Marguerite", "Yourcenar"
        person.save()

    ask(anne, acme, "revoke")
    decide(bert)

    asked = CustodyRequest.objects.get()
    assert (asked.status, asked.requester, asked.decider) == ("done", "anne", "bert")
    assert {event.person for event in CustodyEvent.objects.all()} <= {"", "anne", "bert"}
