"""Cards that shoppers let a store keep: consent, the token in place of the number, later sales, updates, the end."""

from __future__ import annotations

import pytest
from django.db import connection
from django.utils import timezone

from checkout import errors
from checkout.models import CardToken, SavedCard, Tender
from checkout.network.tokens import SandboxTokenService, card_number_of, token_service
from checkout.network.types import Card
from checkout.services.advices import send_due_advices
from checkout.services.pay import pay_session
from checkout.services.saved_cards import (
    CHECK_EVERY,
    GIVE_UP_AFTER,
    Consent,
    delete_saved_card,
    finish_saved_cards,
    refresh_saved_cards,
)
from checkout.services.tokens import erase_card_numbers
from checkout.services.wallet import CardOffer
from checkout.tests.conftest import FSA, HSA_REPLACED, MASTERCARD_CLOSED, VISA, VISA_DECLINED, line
from checkout.tests.test_pay import assert_nothing_is_held
from merchants.models import Event
from shoppers.models import Shopper
from shoppers.services import shopper_for_email

pytestmark = pytest.mark.django_db
AGREED = Consent("2026-11", "checkout")


@pytest.fixture
def ann(acme) -> Shopper:
    return shopper_for_email(merchant=acme, email="ann@example.com")


@pytest.fixture
def save(acme, ann, open_session, token):
    """A card that paid once with the shopper's consent, and is saved."""

    def saved(number, consent=AGREED):
        session = open_session(acme, [line()], shopper=ann, letters_of=ann)
        pay_session(session=session, cards=[CardOffer(param="cards[0]", token=token(acme, number), save=consent)])
        send_due_advices()
        finish_saved_cards()
        return SavedCard.objects.latest("pk")

    return saved


def by_saved(card, param="cards[0]"):
    return [CardOffer(param=param, saved_card=card.public_id)]


def of_ann(open_session, acme, ann, lines=None):
    return open_session(acme, lines or [line()], shopper=ann, letters_of=ann)


def test_a_card_is_saved_as_a_token_and_its_number_goes(acme, save):
    card = save(VISA)

    assert (card.status, card.last4, card.network, card.account_kind) == ("active", "0007", "visa", "credit")
    assert (card.consent_version, card.consent_covers) == ("2026-11", "checkout")
    assert CardToken.objects.get().card_number is None
    assert VISA not in card.token_reference
    assert Event.objects.filter(type="payment_method.saved").get().data["payment_method"] == card.public_id
    with connection.cursor() as cursor:
        cursor.execute("SELECT token_reference FROM checkout_savedcard")
        assert card.token_reference not in cursor.fetchone()[0]  # sealed in the row


def test_a_saved_card_pays_without_being_typed(acme, ann, open_session, save):
    card = save(FSA)

    session = pay_session(session=of_ann(open_session, acme, ann), cards=by_saved(card))

    tender = Tender.objects.latest("pk")
    assert session.status == "complete"
    assert (tender.kind, tender.approved_cents, tender.last4, tender.card_token.saved_card) == ("benefit", 1000, "0005", card)
    card.refresh_from_db()
    assert card.last_used_at is not None


def test_a_saved_card_pays_beside_a_typed_one(acme, ann, open_session, save, token):
    card = save(FSA)
    session = open_session(acme, shopper=ann, letters_of=ann)

    pay_session(session=session, cards=[*by_saved(card), CardOffer(param="cards[1]", token=token(acme, VISA))])

    assert list(Tender.objects.filter(payment__session=session).values_list("approved_cents", flat=True)) == [3000, 1200]


def test_no_card_is_saved_that_did_not_pay(acme, ann, open_session, token, card_network):
    session = of_ann(open_session, acme, ann)
    offer = CardOffer(param="cards[0]", token=token(acme, VISA_DECLINED), save=AGREED)

    with pytest.raises(errors.OtherCardDeclined):
        pay_session(session=session, cards=[offer])
    finish_saved_cards()

    assert not SavedCard.objects.exists()
    assert_nothing_is_held(session, card_network)


@pytest.mark.parametrize(
    ("consent", "error"), [(Consent("1999-01", "checkout"), errors.ConsentUnknown), (AGREED, errors.ShopperNeeded)]
)
def test_a_card_is_saved_only_for_a_known_shopper_who_agreed_to_a_text(acme, open_session, token, consent, error):
    session = open_session(acme, [line()])

    with pytest.raises(error):
        pay_session(session=session, cards=[CardOffer(param="cards[0]", token=token(acme, VISA), save=consent)])

    session.refresh_from_db()
    assert (session.status, Tender.objects.count(), SavedCard.objects.count()) == ("open", 0, 0)


@pytest.mark.parametrize("is_named", [False, True])
def test_an_address_that_was_only_typed_keeps_no_card_for_whoever_it_belongs_to(acme, open_session, token, is_named):
    stranger = shopper_for_email(merchant=acme, email="bob@example.com")
    session = open_session(acme, [line()], **({"shopper": stranger} if is_named else {}))
    offer = CardOffer(param="cards[0]", token=token(acme, VISA), save=Consent("2026-11", "subscriptions"))

    with pytest.raises(errors.ShopperNeeded) as refusal:
        pay_session(session=session, email="bob@example.com", cards=[offer])

    session.refresh_from_db()
    assert refusal.value.param == "cards[0]"
    assert (session.status, Tender.objects.count(), SavedCard.objects.count()) == ("open", 0, 0)


def test_an_address_that_was_only_typed_opens_no_card(acme, ann, open_session, save):
    card = save(VISA)
    session = open_session(acme, [line()], shopper=ann)  # the store does not say that she is signed in

    with pytest.raises(errors.SavedCardUnknown):
        pay_session(session=session, cards=by_saved(card))


def test_a_saved_card_is_of_one_shopper_at_one_merchant(acme, globex, ann, open_session, save):
    card = save(VISA)
    bob = shopper_for_email(merchant=acme, email="bob@example.com")
    ann_elsewhere = shopper_for_email(merchant=globex, email="ann@example.com")

    for merchant, shopper in ((acme, bob), (globex, ann_elsewhere)):
        with pytest.raises(errors.SavedCardUnknown):
            pay_session(session=of_ann(open_session, merchant, shopper), cards=by_saved(card))


def test_the_network_refuses_a_token_of_another_merchant(acme, globex, ann, open_session, save):
    card, thief = save(VISA), shopper_for_email(merchant=globex, email="thief@example.com")
    typed = CardToken.objects.create(
        merchant=globex, network="visa", account_kind="credit", last4="0007", exp_month=12, exp_year=2030,
        expires_at=timezone.now(), used_at=timezone.now(),
    )  # fmt: skip
    stolen = SavedCard.objects.create(
        merchant=globex, shopper=thief, typed_as=typed, status="active", network="visa", account_kind="credit", last4="0007", exp_month=12,
        exp_year=2030, token_reference=card.token_reference, consent_version="2026-11", consent_covers="checkout", consented_at=timezone.now(),
    )  # fmt: skip

    with pytest.raises(errors.OtherCardDeclined) as refusal:
        pay_session(session=of_ann(open_session, globex, thief), cards=by_saved(stolen))

    assert refusal.value.details["network_code"] == "14"


def test_consent_to_purchases_is_none_to_renewals(acme, ann, open_session, save):
    one, both = save(VISA), save(FSA, Consent("2026-11", "subscriptions"))
    from checkout.services.saved_cards import open_saved_card

    session = of_ann(open_session, acme, ann)
    with pytest.raises(errors.ConsentMissing):
        open_saved_card(session=session, public_id=one.public_id, param="card", is_off_session=True)
    assert open_saved_card(session=session, public_id=both.public_id, param="card", is_off_session=True)


def test_a_deleted_card_pays_no_more_and_its_token_ends(acme, ann, open_session, save):
    card = save(VISA)

    assert delete_saved_card(card=card) is True
    assert delete_saved_card(card=card) is False
    finish_saved_cards()

    card.refresh_from_db()
    assert (card.status, card.token_reference) == ("deleted", None)
    assert Event.objects.filter(type="payment_method.deleted").count() == 1
    with pytest.raises(errors.SavedCardUnknown):
        pay_session(session=of_ann(open_session, acme, ann), cards=by_saved(card))


def test_the_same_card_saved_again_takes_the_place_of_the_first(acme, ann, save):
    first, second = save(VISA), save(VISA)

    first.refresh_from_db()
    assert (first.status, second.status) == ("deleted", "active")


def test_a_replaced_card_goes_on_paying_and_a_closed_one_does_not(acme, ann, open_session, save):
    replaced, closed = save(HSA_REPLACED), save(MASTERCARD_CLOSED)
    SavedCard.objects.update(checked_at=timezone.now() - CHECK_EVERY)

    assert refresh_saved_cards() == 2
    assert refresh_saved_cards() == 0

    replaced.refresh_from_db(), closed.refresh_from_db()
    assert (replaced.status, replaced.last4 != HSA_REPLACED[-4:], replaced.replaced_at is not None) == ("active", True, True)
    assert (closed.status, closed.token_reference) == ("unusable", None)
    assert Event.objects.filter(type="payment_method.updated").count() == 2
    pay_session(session=of_ann(open_session, acme, ann), cards=by_saved(replaced))
    assert Tender.objects.latest("pk").status == "captured"


def test_a_number_waits_for_its_token_but_not_for_ever(acme, ann, open_session, token, monkeypatch):
    from checkout.network.errors import NetworkUnavailable

    def down(*args, **kwargs):
        raise NetworkUnavailable("down")

    monkeypatch.setattr(SandboxTokenService, "provision", down)
    session = of_ann(open_session, acme, ann)
    pay_session(session=session, cards=[CardOffer(param="cards[0]", token=token(acme, VISA), save=AGREED)])
    send_due_advices()
    CardToken.objects.update(expires_at=timezone.now())

    assert (finish_saved_cards(), erase_card_numbers()) == (0, 0)
    SavedCard.objects.update(created_at=timezone.now() - GIVE_UP_AFTER * 2)

    assert (finish_saved_cards(), erase_card_numbers()) == (1, 1)
    assert not SavedCard.objects.exists()


def test_a_token_leads_back_to_its_card_for_its_own_merchant_only():
    service = token_service()
    card = Card(VISA, 12, 2030, None, "visa")
    number = service.token(service.provision(card, acceptor_id="ACME")).number

    assert service.provision(card, acceptor_id="ACME") == service.provision(card, acceptor_id="ACME")
    assert service.provision(card, acceptor_id="ACME") != service.provision(card, acceptor_id="GLOBEX")
    assert card_number_of(number, "ACME") == VISA
    assert card_number_of(number, "GLOBEX") != VISA
    assert VISA not in number


def test_the_api_lists_and_deletes_a_customers_cards_for_their_own_merchant(acme_api, globex_api, ann, save):
    card = save(VISA)
    address = f"/v1/customers/{ann.public_id}/payment_methods"

    [listed] = acme_api.get(address).json()["data"]
    assert (listed["id"], listed["card"]["last4"], listed["consent"]["covers"]) == (card.public_id, "0007", "checkout")
    assert acme_api.get(f"{address}/{card.public_id}").json() == listed
    assert globex_api.get(address).status_code == globex_api.delete(f"{address}/{card.public_id}").status_code == 404
    assert acme_api.delete(f"{address}/{card.public_id}").status_code == 204
    assert acme_api.get(address).json()["data"] == []
    assert acme_api.delete(f"{address}/{card.public_id}").status_code == 404


def test_the_pay_page_offers_saved_cards_to_whom_the_store_says_is_signed_in(acme, ann, open_session, save, client):
    card = save(FSA)
    known, typed = of_ann(open_session, acme, ann), open_session(acme, [line()], shopper=ann)

    assert card.public_id in client.get(f"/pay/{known.public_id}/").content.decode()
    assert card.public_id not in client.get(f"/pay/{typed.public_id}/").content.decode()


def test_the_pay_page_offers_to_keep_cards_only_of_whom_the_store_says_is_signed_in(acme, ann, open_session, client):
    known, typed = of_ann(open_session, acme, ann), open_session(acme, [line()], shopper=ann)

    assert 'id="keep-cards">' in client.get(f"/pay/{known.public_id}/").content.decode()
    assert 'id="keep-cards" hidden>' in client.get(f"/pay/{typed.public_id}/").content.decode()
