"""Which deed leaves which entries: “one row per read or change”, service by service and door by door."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from checkout import errors
from checkout.models import CardToken, CheckoutSession, Payment, Receipt
from checkout.services.capture import capture_session
from checkout.services.pay import pay_session
from checkout.services.release import expire_session
from checkout.services.tokens import erase_card_numbers
from checkout.tests.conftest import FSA, FSA_DECLINED, VISA
from common.transactions import write_waiting
from eligibility.decision import Item
from eligibility.services.reviews import record_review
from ledger.services import account_of, post_entry
from merchants.keys.services import create_api_key, revoke_api_key
from shoppers.services import shopper_for_email
from vault.audit.models import AuditEntry

pytestmark = pytest.mark.django_db
EMAIL, NAME = "mary.quite.contrary@example.org", "Contrary"
Deed = Callable[[], Any]


@pytest.fixture
def left() -> Callable[[Deed], dict[str, int]]:
    """What entries a deed leaves: action -> how many."""

    def entries(deed: Deed) -> dict[str, int]:
        write_waiting()
        before = AuditEntry.objects.count()
        deed()
        write_waiting()
        return dict(Counter(AuditEntry.objects.order_by("pk").values_list("action", flat=True)[before:]))

    return entries


@pytest.fixture
def paid(acme: Any, open_session: Any, token: Any) -> CheckoutSession:
    session = open_session(acme)
    return pay_session(session=session, benefit_token=token(acme, FSA), card_token=token(acme, VISA), email=EMAIL)


OPENED = {"card_token.read": 2}  # to ask the network with; each card once


def test_each_service_leaves_exactly_its_entries(acme: Any, open_session: Any, token: Any, left: Any):
    made: dict[str, Any] = {}

    def pay(session: CheckoutSession, **more: Any) -> CheckoutSession:
        session = CheckoutSession.objects.get(pk=session.pk)
        return pay_session(session=session, benefit_token=made["fsa"], card_token=made["visa"], **more)

    def declined() -> None:
        with pytest.raises(errors.BenefitCardDeclined):
            pay_session(session=made["session"], benefit_token=made["bad"], card_token=made["visa"])

    steps: list[tuple[Deed, dict[str, int]]] = [
        (lambda: made.update(session=open_session(acme)), {"checkout_session.created": 1}),
        (lambda: made.update(bad=token(acme, FSA_DECLINED)), {"card_token.created": 1}),
        (lambda: made.update(fsa=token(acme, FSA)), {"card_token.created": 1}),
        (lambda: made.update(visa=token(acme, VISA)), {"card_token.created": 1}),
        (declined, {"card_token.used": 2, "payment.started": 1, "payment.failed": 1, **OPENED}),
        (lambda: made.update(visa=token(acme, VISA)), {"card_token.created": 1}),
        (
            lambda: pay(made["session"], email=EMAIL),
            {"shopper.created": 1, "card_token.used": 2, "payment.started": 1, "payment.captured": 1, "entry.posted": 1, **OPENED},
        ),
        (lambda: made.update(held=open_session(acme, capture_method="manual")), {"checkout_session.created": 1}),
        (lambda: made.update(fsa=token(acme, FSA), visa=token(acme, VISA)), {"card_token.created": 2}),
        (lambda: pay(made["held"], email=EMAIL), {"card_token.used": 2, "payment.started": 1, "payment.authorised": 1, **OPENED}),
        (lambda: capture_session(session=made["held"]), {"payment.captured": 1, "entry.posted": 1}),
        (lambda: capture_session(session=made["held"]), {}),
        (lambda: made.update(idle=open_session(acme)), {"checkout_session.created": 1}),
        (lambda: expire_session(session=made["idle"]), {"checkout_session.expired": 1}),
        (lambda: expire_session(session=made["idle"]), {}),
        (lambda: made.update(key=create_api_key(merchant=acme, kind="secret")[0]), {"api_key.created": 1}),
        (lambda: revoke_api_key(key=made["key"]), {"api_key.revoked": 1}),
        (lambda: revoke_api_key(key=made["key"]), {}),
        (lambda: shopper_for_email(merchant=acme, email=EMAIL), {}),
        (lambda: record_review(merchant=acme, item=Item(title="A mug"), category_code="pain-relievers-oral", reviewer=None), {"review.decided": 1}),
    ]  # fmt: skip
    for number, (deed, expected) in enumerate(steps):
        assert left(deed) == expected, f"step {number}"


def test_a_hold_that_is_let_go_is_voided_and_expired(acme: Any, open_session: Any, token: Any, left: Any):
    session = open_session(acme, capture_method="manual")
    pay_session(session=session, benefit_token=token(acme, FSA), card_token=token(acme, VISA))

    assert left(lambda: expire_session(session=session)) == {"payment.voided": 1, "checkout_session.expired": 1}


def test_numbers_erased_in_a_batch_are_one_entry(acme: Any, token: Any, left: Any):
    token(acme, FSA)
    token(acme, VISA)
    CardToken.objects.update(expires_at="2020-01-01T00:00Z")

    assert left(erase_card_numbers) == {"card_token.numbers_erased": 1}
    assert AuditEntry.objects.latest("pk").details == {"count": 2}
    assert left(erase_card_numbers) == {}


def test_an_entry_that_was_posted_before_is_not_posted_again_on_record(acme: Any, left: Any):
    legs = {account_of(kind="merchant_payable", merchant=acme): -100, account_of(kind="network_benefit"): 100}

    def post() -> None:
        post_entry(reference="x", legs=legs, description="x", merchant=acme)

    assert left(post) == {"entry.posted": 1}
    assert left(post) == {}


def test_each_door_leaves_exactly_its_entries(acme_api: Any, client: Any, paid: CheckoutSession, left: Any):
    payment, receipt = Payment.objects.get(), Receipt.objects.get()

    for path, expected in {
        f"/v1/checkout/sessions/{paid.public_id}": {"checkout_session.read": 1},
        f"/v1/payments/{payment.public_id}": {"payment.read": 1},
        "/v1/payments": {"payment.listed": 1},
        "/v1/balance": {"merchant.read": 1},
        "/v1/balance/entries": {"entry.listed": 1},
        "/v1/payments/pay_of_nobody": {},
    }.items():
        assert left(lambda path=path: acme_api.get(path)) == expected, path
    for path, expected in {
        f"/pay/{paid.public_id}/": {"checkout_session.read": 1},
        f"/pay/{paid.public_id}/status/": {},
        f"/receipts/{receipt.public_id}/": {"receipt.read": 1},
        "/test-cards/": {},
    }.items():
        assert left(lambda path=path: client.get(path)) == expected, path


def test_a_member_who_opens_a_sale_reads_it_and_the_shoppers_address(
    signed_in: Any, acme_owner: Any, paid: CheckoutSession, left: Any
):
    client = signed_in(acme_owner)

    assert left(lambda: client.get(f"/sales/{paid.public_id}/")) == {"checkout_session.read": 1, "shopper.read": 1}
    assert left(lambda: client.get("/sales/")) == {"checkout_session.listed": 1, "shopper.read": 1}
    entry = AuditEntry.objects.filter(action="shopper.read").latest("pk")
    assert (entry.actor_kind, entry.actor_id, entry.actor_role) == ("user", acme_owner.public_id, "owner")
    assert (entry.merchant_id, entry.person_id, entry.fields) == (paid.merchant_id, paid.shopper.public_id, ["email"])


def test_each_door_acts_in_a_name(acme_api: Any, client: Any, paid: CheckoutSession):
    receipt = Receipt.objects.get()
    acme_api.get(f"/v1/checkout/sessions/{paid.public_id}", headers={"X-Request-Id": "req_of_the_test"})
    client.get(f"/receipts/{receipt.public_id}/")

    by_key, by_page = AuditEntry.objects.filter(action__endswith=".read").order_by("-pk")[:2][::-1]
    assert (by_key.actor_kind, by_key.actor_id[:4], by_key.actor_role) == ("api_key", "key_", "secret")
    assert (by_key.request_id, by_key.address) == ("req_of_the_test", "127.0.0.1")
    assert (by_page.actor_kind, by_page.actor_id) == ("page", receipt.public_id)


def test_a_task_acts_in_its_own_name(acme: Any, token: Any):
    from checkout.tasks import erase_card_numbers as task

    token(acme, FSA)
    CardToken.objects.update(expires_at="2020-01-01T00:00Z")
    task()

    entry = AuditEntry.objects.latest("pk")
    assert (entry.actor_kind, entry.actor_id) == ("system", "checkout.erase_card_numbers")


def test_the_trail_holds_no_address_number_or_name(acme_api: Any, signed_in: Any, acme_owner: Any, paid: CheckoutSession):
    acme_owner.last_name = NAME
    acme_owner.save()
    client = signed_in(acme_owner)
    client.get("/sales/", {"q": EMAIL})
    client.post("/accounts/login/", {"login": EMAIL, "password": "wrong wrong wrong"})
    acme_api.get("/v1/payments", {"q": EMAIL})

    text = " ".join(str(row) for row in AuditEntry.objects.values_list())
    assert AuditEntry.objects.count() > 10
    for secret in (EMAIL, "mary", NAME, FSA, VISA, FSA[-4:], acme_owner.email, acme_owner.username):
        assert secret not in text, secret
