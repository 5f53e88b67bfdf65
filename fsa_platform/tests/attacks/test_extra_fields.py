"""Mass assignment: what a caller writes beside the known fields is never taken, whatever it is called."""

from __future__ import annotations

import pytest
from django.db import models

from checkout.models import CheckoutSession
from eligibility.models import Product
from merchants.models import ApiKey, Member

pytestmark = pytest.mark.django_db
URLS = {"success_url": "https://shop.example/thanks", "cancel_url": "https://shop.example/cart"}


def everything_settable(model: type[models.Model]) -> dict[str, object]:
    """A value for every column of a model, as somebody would send who has read the source."""
    values: dict[str, object] = {}
    for field in model._meta.concrete_fields:
        match field:
            case models.BooleanField():
                values[field.name] = True
            case models.IntegerField() | models.AutoField() | models.ForeignKey():
                values[field.name] = values[field.attname] = 1
            case models.DateTimeField():
                values[field.name] = "2020-01-01T00:00:00Z"
            case _:
                values[field.name] = "mine"
    return values


def sent_one_by_one(send, known, extra):
    """The answers to the same call with each of the extra fields in turn."""
    return [send(known | {name: value}) for name, value in extra.items() if name not in known]


def assert_all_refused(answers):
    assert answers
    assert {answer.status_code for answer in answers} == {400}, [answer.content for answer in answers]


def test_a_product_takes_only_what_its_request_names(acme_api, globex):
    wanted = everything_settable(Product) | {"merchant": globex.public_id, "merchant_id": globex.pk}
    known = {"sku": "IBU", "title": "Ibuprofen", "brand": "", "gtin": "", "description": "", "category": "", "price_cents": 500}

    assert_all_refused(sent_one_by_one(lambda body: acme_api.post("/v1/products", body), known, wanted))
    assert not Product.objects.exists()


def test_a_change_of_a_product_cannot_move_it(acme, acme_api, globex):
    product = Product.objects.create(merchant=acme, sku="IBU", title="Ibuprofen")
    extra = {"merchant": globex.pk, "merchant_id": globex.pk, "sku": "X", "id": "y"}

    answers = sent_one_by_one(lambda body: acme_api.patch(f"/v1/products/{product.public_id}", body), {"title": "Mine"}, extra)

    product.refresh_from_db()
    assert_all_refused(answers)
    assert (product.merchant, product.sku, product.title) == (acme, "IBU", "Ibuprofen")


def test_a_session_takes_neither_state_nor_amounts_nor_merchant(acme_api, globex, listed_gtin):
    item = {"title": "Ibuprofen", "gtin": listed_gtin, "unit_price_cents": 899}
    known = {"line_items": [item], **URLS}
    extra = everything_settable(CheckoutSession) | {"status": "complete", "merchant": globex.pk}
    for named in ("metadata", "capture_method", "client_reference_id", "shopper"):
        extra.pop(named, None)

    answers = sent_one_by_one(lambda body: acme_api.post("/v1/checkout/sessions", body), known, extra)
    decided = {"status": "eligible", "total_cents": 1, "evidence": "human"}
    answers += sent_one_by_one(lambda line: acme_api.post("/v1/checkout/sessions", known | {"line_items": [line]}), item, decided)

    assert_all_refused(answers)
    assert not CheckoutSession.objects.exists()


def test_the_form_of_a_key_cannot_choose_its_merchant_text_or_time(acme, globex, acme_owner, signed_in):
    fields = everything_settable(ApiKey) | {"name": "Till", "kind": "secret", "merchant": globex.pk, "digest": "0" * 64}
    for named in ("scopes", "allowed_networks", "allowed_origins"):
        fields.pop(named, None)

    signed_in(acme_owner).post("/keys/create/", fields)

    for key in ApiKey.objects.all():
        assert (key.merchant, key.digest != "0" * 64, key.created_at.year > 2020, key.revoked_at) == (acme, True, True, None)


@pytest.mark.parametrize("address", ["/switch/", "/notices/preferences/", "/notices/read/", "/accounts/password/change/"])
def test_no_form_of_a_member_makes_staff_or_another_role(acme_viewer, signed_in, address):
    raised = {
        "is_staff": "on",
        "is_superuser": "on",
        "groups": "1",
        "role": "owner",
        "merchant": "1",
        "user": "1",
        "is_active": "on",
    }

    signed_in(acme_viewer).post(address, raised)

    acme_viewer.refresh_from_db()
    assert (acme_viewer.is_staff, acme_viewer.is_superuser, acme_viewer.groups.count()) == (False, False, 0)
    assert Member.objects.get(user=acme_viewer).role == "viewer"
