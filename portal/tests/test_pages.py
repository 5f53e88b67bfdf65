"""The merchant portal through its addresses: who sees what."""

from __future__ import annotations

import pytest
from django.urls import reverse

from checkout.errors import CardRefused
from checkout.models import CheckoutSession
from checkout.services.pay import pay_session
from checkout.tests.conftest import FSA, FSA_DECLINED, FSA_PARTIAL, VISA, evidence, open_session  # noqa: F401  (fixtures)
from ledger.models import Account
from merchants.models import ApiKey
from portal.sale_rows import ACCOUNT_WORDS

pytestmark = pytest.mark.django_db

PAGES = ["portal:home", "portal:sales", "portal:products", "portal:balance", "portal:keys"]


@pytest.fixture
def sale(acme, open_session, token):  # noqa: F811
    session = open_session(acme, client_reference_id="W-10442")
    return pay_session(session=session, benefit_token=token(acme, FSA), card_token=token(acme, VISA), email="ann@example.com")


@pytest.mark.parametrize("page", PAGES)
def test_a_stranger_is_asked_to_sign_in(client, page):
    answer = client.get(reverse(page))

    assert answer.status_code == 302
    assert answer.url.startswith(reverse("account_login"))


@pytest.mark.parametrize("page", PAGES)
def test_each_page_opens_empty_and_with_a_sale(signed_in, acme_owner, acme_viewer, sale, globex_owner, page):
    for person in (acme_owner, acme_viewer, globex_owner):
        assert signed_in(person).get(reverse(page)).status_code == 200


def test_a_sale_shows_lines_tenders_book_and_events(signed_in, acme_viewer, sale):
    html = signed_in(acme_viewer).get(reverse("portal:sale", args=[sale.public_id])).content.decode()

    for text in (
        "W-10442",
        "ann@example.com",
        "$30.00",
        "$12.00",
        "$42.00",
        "Eligible-product list test-list 2026-11",
        "payment.captured",
    ):
        assert text in html


def test_a_sale_tells_of_every_attempt_and_names_the_card_of_each_message(signed_in, acme, acme_viewer, open_session, token):  # noqa: F811
    session = open_session(acme)
    with pytest.raises(CardRefused):
        pay_session(session=session, benefit_token=token(acme, FSA_DECLINED), card_token=token(acme, VISA))
    session = CheckoutSession.objects.get(pk=session.pk)  # as the next call would find it
    pay_session(session=session, benefit_token=token(acme, FSA), card_token=token(acme, VISA))

    timeline = signed_in(acme_viewer).get(reverse("portal:sale", args=[session.public_id])).context["timeline"]

    titles = [step["title"] for step in timeline]
    assert "FSA card ending 0054: declined" in titles
    assert titles.index("FSA card ending 0054: declined") < titles.index("FSA card ending 0005: charged")
    assert "FSA card ending 0005: completion on its way to the card network" in titles
    assert "Credit card ending 0007: completion on its way to the card network" in titles


@pytest.mark.parametrize(
    ("benefit", "note"),
    [(FSA, ""), (FSA_PARTIAL, "The benefit card paid a part only."), (None, "No benefit card was used.")],
)
def test_an_eligible_line_says_why_it_was_not_on_the_card(signed_in, acme, acme_viewer, open_session, token, benefit, note):  # noqa: F811
    session = open_session(acme)
    pay_session(session=session, benefit_token=token(acme, benefit) if benefit else "", card_token=token(acme, VISA))

    page = signed_in(acme_viewer).get(reverse("portal:sale", args=[session.public_id]))

    assert [row["benefit_note"] for row in page.context["lines"]] == [note, "", ""]
    assert note in page.content.decode()


def test_the_book_is_told_in_the_merchants_words(signed_in, acme_viewer, sale):
    [entry] = signed_in(acme_viewer).get(reverse("portal:sale", args=[sale.public_id])).context["entries"]

    assert [leg["account"] for leg in entry["legs"]] == [
        "Due from the card network, benefit cards",
        "Due from the card network, other cards",
        "Your balance",
    ]
    assert set(ACCOUNT_WORDS) == set(Account.Kind)


def test_another_merchants_sale_is_not_there(signed_in, globex_owner, sale):
    assert signed_in(globex_owner).get(reverse("portal:sale", args=[sale.public_id])).status_code == 404


@pytest.mark.parametrize("words", ["W-10442", "0005"])
def test_a_sale_is_found_by_what_people_read_out_on_the_phone(signed_in, acme_owner, sale, words):
    html = signed_in(acme_owner).get(reverse("portal:sales"), {"q": words}).content.decode()

    assert sale.public_id in html


def test_a_sale_that_does_not_match_is_not_found(signed_in, acme_owner, sale):
    assert sale.public_id not in signed_in(acme_owner).get(reverse("portal:sales"), {"q": "W-99999"}).content.decode()


@pytest.mark.parametrize("query", ["?cursor=abc", "?from=yesterday&to=2026-13-45", "?status=nonsense", "?q=%27;--"])
def test_a_filter_that_makes_no_sense_narrows_nothing_and_breaks_nothing(signed_in, acme_owner, sale, query):
    assert signed_in(acme_owner).get(reverse("portal:sales") + query).status_code == 200


def test_the_balance_after_each_movement_adds_up(signed_in, acme_owner, acme, sale, open_session, token):  # noqa: F811
    pay_session(session=open_session(acme), card_token=token(acme, VISA))

    rows = signed_in(acme_owner).get(reverse("portal:balance")).context["entries"]

    assert [(row["amount_cents"], row["balance_after_cents"]) for row in rows] == [(4200, 8400), (4200, 4200)]


def test_a_new_key_is_shown_once_and_works(signed_in, acme_owner, client):
    page = signed_in(acme_owner).post(reverse("portal:key_create"), {"name": "Till", "kind": "secret"})

    secret = page.context["new_key"]["secret"]
    assert client.get("/v1/balance", headers={"Authorization": f"Bearer {secret}"}).status_code == 200
    assert secret not in signed_in(acme_owner).get(reverse("portal:keys")).content.decode()


def test_a_viewer_may_neither_create_nor_revoke_keys(signed_in, acme_viewer, acme_api):
    viewer, key = signed_in(acme_viewer), ApiKey.objects.get()

    assert viewer.post(reverse("portal:key_create"), {"name": "x", "kind": "secret"}).status_code == 403
    assert viewer.post(reverse("portal:key_revoke", args=[key.public_id]), {"typed": key.last4}).status_code == 403
    assert ApiKey.objects.get().revoked_at is None


def test_revoking_asks_for_the_last_four(signed_in, acme_owner, acme_api):
    owner, key = signed_in(acme_owner), ApiKey.objects.get()

    owner.post(reverse("portal:key_revoke", args=[key.public_id]), {"typed": "nope"})
    assert ApiKey.objects.get().revoked_at is None
    owner.post(reverse("portal:key_revoke", args=[key.public_id]), {"typed": key.last4})

    assert acme_api.get("/v1/balance").status_code == 401


def test_another_merchants_key_cannot_be_revoked(signed_in, globex_owner, acme_api):
    key = ApiKey.objects.get()

    assert (
        signed_in(globex_owner).post(reverse("portal:key_revoke", args=[key.public_id]), {"typed": key.last4}).status_code == 404
    )
    assert ApiKey.objects.get().revoked_at is None


def test_switching_to_a_merchant_that_is_not_mine_changes_nothing(signed_in, acme_owner, acme, globex):
    owner = signed_in(acme_owner)

    owner.post(reverse("portal:switch"), {"merchant": globex.public_id})

    assert owner.get(reverse("portal:home")).context["merchant"] == acme
