"""Card numbers and keys where a browser, a proxy or a log would keep them: in addresses, and in forms of pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import unquote_plus

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse

from common.api.card_text import CardNumberInText, KeyInAddress, refuse_card_numbers
from common.card_numbers import holds_card_number
from common.errors import PlatformError
from common.secrets_in_text import holds_key

FORMS = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})
IN_ADDRESS = (
    "What looks like a card number stood in the address, where histories and logs keep it: search by its last four digits."
)
IN_FORM = (
    "A field holds what looks like a card number: take it out. Cards are typed into the card frame alone. Nothing was changed."
)


class RefusedText(BadRequest):
    """A request that no view sees; `refusal` says why. Answered by the handler of 400s in the shape of the door."""

    def __init__(self, refusal: PlatformError) -> None:
        super().__init__(refusal.code)
        self.refusal = refusal


class RefusedTextMiddleware:
    """Refuse addresses with a card number or a key in them, and forms of pages with a card number; the API looks itself."""

    sync_capable, async_capable = True, False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        address = request.path + "?" + unquote_plus(request.META.get("QUERY_STRING", ""))
        if holds_key(address):
            raise RefusedText(KeyInAddress())
        if holds_card_number(address):
            raise RefusedText(CardNumberInText(IN_ADDRESS))
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        if request.method == "POST" and request.content_type in FORMS and not request.path.startswith("/v1/"):
            fields = {name: request.POST.getlist(name) for name in request.POST if "password" not in name}
            try:
                refuse_card_numbers({name: values for name, values in fields.items() if not _is_of_goods(name)})
            except CardNumberInText as error:
                raise RefusedText(CardNumberInText(IN_FORM)) from error


def _is_of_goods(name: str) -> bool:
    return name.lower().startswith(("gtin", "sku", "upc", "ean", "barcode"))
