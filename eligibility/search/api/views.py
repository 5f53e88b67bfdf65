from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from common.api.views import ApiView
from eligibility.encoder import EncoderMissing
from eligibility.errors import ClassifierUnavailable
from eligibility.search.api.serializers import SearchRequest, SearchResponse, render_found
from eligibility.search.find import find_products
from merchants.api.authentication import AnyKey, merchant_of


class ProductSearchView(ApiView):
    authentication_classes = [AnyKey]
    resource = "products"

    @extend_schema(
        summary="Find products by what a person describes", tags=["products"], parameters=[SearchRequest],
        responses=SearchResponse, operation_id="products_search",
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        """Your products on sale that suit best, eligible ones first where they suit alike. Typing mistakes are forgiven.

        A product is found some seconds after it was added. A publishable key may ask from your own pages.
        """
        asked = SearchRequest(data=request.query_params)
        asked.is_valid(raise_exception=True)
        try:
            found = find_products(merchant_of(request), asked.validated_data["q"], most=asked.validated_data["limit"])
        except EncoderMissing as error:
            raise ClassifierUnavailable() from error
        return Response({"data": [render_found(one) for one in found]})
