"""`/v1/customers/{id}/payment_methods`: the cards that a shopper lets the store keep."""

from __future__ import annotations

from collections.abc import Callable

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from checkout.api.rendering import render_saved_card
from checkout.api.serializers import SavedCardPage, SavedCardResponse
from checkout.models import SavedCard
from checkout.selectors import saved_cards_of
from checkout.services.saved_cards import delete_saved_card
from common import witness
from common.api.pages import page_response
from common.api.schema import PAGE_PARAMETERS
from common.api.views import ApiView
from merchants.api.authentication import SecretKey, merchant_of
from merchants.models import Merchant
from shoppers.models import Shopper

TAG = ["payment methods"]


def shopper_of(merchant: Merchant, public_id: str) -> Shopper:
    """The merchant's shopper of this `shp_…`; another's is a 404."""
    return get_object_or_404(Shopper, merchant=merchant, public_id=public_id[:40].replace("\x00", ""))


class ShopperView(ApiView):
    """A door to one shopper's cards. find_shopper: a room above that names shoppers in its own way says how they are found."""

    authentication_classes = [SecretKey]
    resource = "payment_methods"
    find_shopper: Callable[[Merchant, str], Shopper] = staticmethod(shopper_of)


class PaymentMethodList(ShopperView):
    @extend_schema(
        summary="List a customer’s saved cards", tags=TAG, responses=SavedCardPage, operation_id="payment_methods_list",
        parameters=PAGE_PARAMETERS,
    )  # fmt: skip
    def get(self, request: Request, public_id: str) -> Response:
        """The cards that this shopper lets you keep, newest first. `unusable` ones can pay no more: their bank has closed them."""
        shopper = self.find_shopper(merchant_of(request), public_id)
        witness.saw(shopper, "payment_methods")
        return Response(page_response(request, saved_cards_of(shopper), render_saved_card))


class PaymentMethodDetail(ShopperView):
    @extend_schema(summary="Get a saved card", tags=TAG, responses=SavedCardResponse, operation_id="payment_methods_get")
    def get(self, request: Request, public_id: str, card: str) -> Response:
        row = self._card(request, public_id, card)
        witness.saw(row)
        return Response(render_saved_card(row))

    @extend_schema(
        summary="Delete a saved card", tags=TAG, request=None, responses={204: None}, operation_id="payment_methods_delete"
    )
    def delete(self, request: Request, public_id: str, card: str) -> Response:
        """No sale can use it any more, and the network’s token for it ends. What it paid before stays as it is."""
        delete_saved_card(card=self._card(request, public_id, card))
        return Response(status=204)

    def _card(self, request: Request, public_id: str, card: str) -> SavedCard:
        shopper = self.find_shopper(merchant_of(request), public_id)
        return get_object_or_404(saved_cards_of(shopper).select_related("shopper", "merchant"), public_id=card)
