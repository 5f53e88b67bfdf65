from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from common.api.idempotency import idempotent
from common.api.pages import page_response
from common.api.schema import PAGE_PARAMETERS
from common.api.views import ApiView
from eligibility.api.serializers import (
    CheckRequest,
    CheckResponse,
    ProductChange,
    ProductPage,
    ProductRequest,
    ProductResponse,
    item_of,
    render_decision,
)
from eligibility.models import Product
from eligibility.selectors import product_for, products_of
from eligibility.services.decide import decide
from eligibility.services.products import product_item, save_product
from merchants.api.authentication import SecretKey, merchant_of


class EligibilityCheck(ApiView):
    authentication_classes = [SecretKey]
    resource = "eligibility"
    reads_with = frozenset({"post"})

    @extend_schema(
        summary="Judge up to 500 items", tags=["eligibility"], request=CheckRequest, responses=CheckResponse,
        operation_id="eligibility_check",
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """Says for each item, in the order given, whether a benefit card may pay for it, and on what evidence."""
        asked = CheckRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        decisions = decide([item_of(item) for item in asked.validated_data["items"]], merchant_of(request))
        return Response({"data": [render_decision(decision) for decision in decisions]})


class ProductList(ApiView):
    authentication_classes = [SecretKey]
    resource = "products"

    @extend_schema(
        summary="List products", tags=["products"], responses=ProductPage, operation_id="products_list",
        parameters=PAGE_PARAMETERS,
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        return Response(page_response(request, products_of(merchant_of(request)), render_product))

    @extend_schema(
        summary="Add a product",
        tags=["products"],
        request=ProductRequest,
        responses={200: ProductResponse, 201: ProductResponse},
        operation_id="products_create",
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Adds a product, or changes the one with this SKU."""
        asked = ProductRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        product, is_new = save_product(merchant=merchant_of(request), **asked.validated_data)
        decision = decide([product_item(product)], merchant_of(request))[0]
        return Response(render_product(product) | {"decision": render_decision(decision)}, status=201 if is_new else 200)


class ProductDetail(ApiView):
    authentication_classes = [SecretKey]
    resource = "products"

    @extend_schema(
        summary="Get a product and its decision", tags=["products"], responses=ProductResponse, operation_id="products_get"
    )
    def get(self, request: Request, public_id: str) -> Response:
        product = product_for(merchant_of(request), public_id)
        decision = decide([product_item(product)], merchant_of(request))[0]
        return Response(render_product(product) | {"decision": render_decision(decision)})

    @extend_schema(
        summary="Change a product",
        tags=["products"],
        request=ProductChange,
        responses=ProductResponse,
        operation_id="products_change",
    )
    def patch(self, request: Request, public_id: str) -> Response:
        product = product_for(merchant_of(request), public_id)
        asked = ProductChange(data=request.data)
        asked.is_valid(raise_exception=True)
        save_product(merchant=merchant_of(request), sku=product.sku, **asked.validated_data)
        return self.get(request, public_id)


def render_product(product: Product) -> dict[str, Any]:
    return {
        "id": product.public_id, "sku": product.sku, "title": product.title, "brand": product.brand,
        "gtin": product.gtin14, "description": product.description, "price_cents": product.price_cents,
        "is_active": product.is_active, "created_at": product.created_at, "decision": None,
    }  # fmt: skip
