"""Products with what they are judged to be, what they were, and what changed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils.dateparse import parse_datetime
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from common.api.idempotency import idempotent
from common.api.pages import feed_response, page_response
from common.api.schema import PAGE_PARAMETERS
from common.api.views import ApiView
from eligibility.api.serializers import render_decision
from eligibility.catalogue.api.serializers import (
    CHANGE_STATES,
    STATUSES,
    ChangePage,
    ProductChange,
    ProductDecisionPage,
    ProductPage,
    ProductRequest,
    ProductResponse,
    render_change,
    render_history,
    render_product,
)
from eligibility.catalogue.errors import MomentInvalid, StatusUnknown
from eligibility.catalogue.products import save_product
from eligibility.catalogue.selectors import changes_of, current_of, decisions_of, with_decisions, with_status
from eligibility.models import Product
from eligibility.selectors import product_for, products_of
from eligibility.services.decide import decide
from eligibility.services.products import product_item
from merchants.api.authentication import SecretKey, merchant_of
from merchants.models import Merchant

FILTERS = [
    OpenApiParameter("status", {"type": "string", "enum": STATUSES}, description="Only products that are judged to be this."),
    OpenApiParameter("sku", str, description="Only the product with this SKU."),
]
SINCE = OpenApiParameter(
    "since", {"type": "string", "format": "date-time"}, description="Only changes from this moment on; `cursor` is surer."
)
STATE = OpenApiParameter("state", {"type": "string", "enum": CHANGE_STATES}, description="Only what was told in this state.")


class ProductList(ApiView):
    authentication_classes = [SecretKey]
    resource = "products"

    @extend_schema(
        summary="List products", tags=["products"], responses=ProductPage, operation_id="products_list",
        parameters=[*PAGE_PARAMETERS, *FILTERS],
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        """Newest first, each with the decision in force."""
        return Response(
            page_response(request, _filtered(request, with_decisions(products_of(merchant_of(request)))), render_product)
        )

    @extend_schema(
        summary="Add a product",
        tags=["products"],
        request=ProductRequest,
        responses={200: ProductResponse, 201: ProductResponse},
        operation_id="products_create",
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Adds a product, or changes the one with this SKU. It is judged at once."""
        asked = ProductRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        saved = save_product(merchant=merchant_of(request), **asked.validated_data)
        return Response(_rendered(merchant_of(request), saved.product.public_id), status=201 if saved.action == "added" else 200)


class ProductDetail(ApiView):
    authentication_classes = [SecretKey]
    resource = "products"

    @extend_schema(
        summary="Get a product and its decision", tags=["products"], responses=ProductResponse, operation_id="products_get"
    )
    def get(self, request: Request, public_id: str) -> Response:
        return Response(_rendered(merchant_of(request), public_id))

    @extend_schema(
        summary="Change a product",
        tags=["products"],
        request=ProductChange,
        responses=ProductResponse,
        operation_id="products_change",
    )
    def patch(self, request: Request, public_id: str) -> Response:
        """What is left out stays. The product is judged again if what it is called or coded has changed."""
        product = product_for(merchant_of(request), public_id)
        asked = ProductChange(data=request.data)
        asked.is_valid(raise_exception=True)
        save_product(merchant=merchant_of(request), sku=product.sku, **asked.validated_data)
        return self.get(request, public_id)


class ProductDecisions(ApiView):
    authentication_classes = [SecretKey]
    resource = "products"

    @extend_schema(
        summary="List the decisions about a product", tags=["products"], responses=ProductDecisionPage,
        operation_id="products_decisions", parameters=PAGE_PARAMETERS,
    )  # fmt: skip
    def get(self, request: Request, public_id: str) -> Response:
        """Every judgement that differed from the one before, newest first, with what it rested on. Entries are never changed."""
        product = product_for(merchant_of(request), public_id)
        return Response(page_response(request, decisions_of(product), render_history))


class EligibilityChanges(ApiView):
    authentication_classes = [SecretKey]
    resource = "eligibility"

    @extend_schema(
        summary="Follow changes of status", tags=["eligibility"], responses=ChangePage, operation_id="eligibility_changes",
        parameters=[*PAGE_PARAMETERS, SINCE, STATE],
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        """Your products whose status became another, or is going to, in the order in which you were told. Keep `resume_cursor` and give
        it as `cursor` next time: nothing is missed."""
        since, state = _moment(request.query_params.get("since", "")), request.query_params.get("state", "")
        if state and state not in CHANGE_STATES:
            raise StatusUnknown(f"A state is one of {', '.join(CHANGE_STATES)}.", param="state")
        return Response(feed_response(request, changes_of(merchant_of(request), since, state), render_change))


def _filtered(request: Request, products: QuerySet[Product]) -> QuerySet[Product]:
    if status := request.query_params.get("status", ""):
        if status not in STATUSES:
            raise StatusUnknown(f"A status is one of {', '.join(STATUSES)}.", param="status")
        products = with_status(products, status)
    sku = request.query_params.get("sku", "")
    return products.filter(sku=sku) if sku else products


def _moment(written: str) -> datetime | None:
    if not written:
        return None
    try:
        moment = parse_datetime(written.replace(" ", "+"))  # an unescaped “+” of the zone
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None or not 1970 <= moment.year <= 9998:
        raise MomentInvalid(param="since")
    return moment


def _rendered(merchant: Merchant, public_id: str) -> dict[str, Any]:
    product = get_object_or_404(with_decisions(products_of(merchant)), public_id=public_id)
    if current_of(product) is None:  # kept before decisions were: the next run over the catalogue judges it for good
        decision = decide([product_item(product)], merchant)[0]
        return render_product(product) | {"decision": {**render_decision(decision), "checked_at": decision.decided_at}}
    return render_product(product)
