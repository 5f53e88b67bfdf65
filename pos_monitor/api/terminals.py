"""A merchant's terminals and stores: listed, registered, changed, enrolled."""

from __future__ import annotations

from typing import Any, Final

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from common import witness
from common.api.idempotency import idempotent
from common.api.pages import page_response
from common.api.requests import refuse_fields
from common.api.schema import PAGE_PARAMETERS
from common.api.views import ApiView
from merchants.api.authentication import SecretKey, merchant_of
from merchants.models import Merchant
from pos_monitor.api.estate_serializers import (
    CodeResponse,
    StateRequest,
    StoreChange,
    StorePage,
    StoreRequest,
    StoreResponse,
    TerminalChange,
    TerminalPage,
    TerminalRequest,
    TerminalResponse,
    TerminalTokenResponse,
    render_store,
    render_terminal,
)
from pos_monitor.estate.enrolment import create_code
from pos_monitor.estate.errors import TerminalRetired
from pos_monitor.estate.lifecycle import move
from pos_monitor.estate.selectors import matching, named_store, store_for, terminal_for, terminals_of
from pos_monitor.estate.services import change_store, change_terminal, create_store, register_terminal
from pos_monitor.estate.tokens import OVERLAP, revoke, rotate
from pos_monitor.models import Store, Terminal

TAG = ["terminals"]
FILTER_NAMES: Final = ("state", "kind", "model", "firmware", "app", "store", "region", "group", "operator", "serial", "tag")
FILTERS: Final = [
    OpenApiParameter("q", str, description="Searches id, serial number, label, and name and town of the store."),
    *(OpenApiParameter(name, str, description="Only these; part several by commas.") for name in FILTER_NAMES),
]


class StoreList(ApiView):
    authentication_classes = [SecretKey]
    resource = "stores"

    @extend_schema(summary="List stores", tags=TAG, responses=StorePage, operation_id="stores_list", parameters=PAGE_PARAMETERS)
    def get(self, request: Request) -> Response:
        """Newest first."""
        return Response(page_response(request, Store.objects.filter(merchant=merchant_of(request)), render_store))

    @extend_schema(
        summary="Add a store", tags=TAG, request=StoreRequest, responses={201: StoreResponse}, operation_id="stores_create"
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Where terminals stand; its opening hours say when silence is no alarm."""
        asked = StoreRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        return Response(render_store(create_store(merchant=merchant_of(request), **asked.validated_data)), status=201)


class StoreDetail(ApiView):
    authentication_classes = [SecretKey]
    resource = "stores"

    @extend_schema(summary="Get a store", tags=TAG, responses=StoreResponse, operation_id="stores_get")
    def get(self, request: Request, public_id: str) -> Response:
        return Response(render_store(store_for(merchant_of(request), public_id)))

    @extend_schema(summary="Change a store", tags=TAG, request=StoreChange, responses=StoreResponse, operation_id="stores_change")
    def patch(self, request: Request, public_id: str) -> Response:
        """What is left out stays."""
        store = store_for(merchant_of(request), public_id)
        asked = StoreChange(data=request.data)
        asked.is_valid(raise_exception=True)
        return Response(render_store(change_store(store=store, **asked.validated_data)))


class TerminalList(ApiView):
    authentication_classes = [SecretKey]
    resource = "terminals"

    @extend_schema(
        summary="List terminals", tags=TAG, responses=TerminalPage, operation_id="terminals_list", parameters=[*PAGE_PARAMETERS, *FILTERS]
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        """Tills and online stores, newest first."""
        asked = {name: said for name in ("q", *FILTER_NAMES) if (said := request.query_params.get(name))}
        return Response(page_response(request, matching(terminals_of(merchant_of(request)), asked), render_terminal))

    @extend_schema(
        summary="Register a terminal", tags=TAG, request=TerminalRequest, responses={201: TerminalResponse},
        operation_id="terminals_create",
    )  # fmt: skip
    @idempotent
    def post(self, request: Request) -> Response:
        """Takes it into stock. With a store it can be enrolled: make an enrolment code and type it into the terminal."""
        asked = TerminalRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        merchant = merchant_of(request)
        return Response(
            render_terminal(register_terminal(merchant=merchant, **_with_store(merchant, asked.validated_data))), status=201
        )


class TerminalDetail(ApiView):
    authentication_classes = [SecretKey]
    resource = "terminals"

    @extend_schema(summary="Get a terminal", tags=TAG, responses=TerminalResponse, operation_id="terminals_get")
    def get(self, request: Request, public_id: str) -> Response:
        terminal = terminal_for(merchant_of(request), public_id)
        witness.saw(terminal)
        return Response(render_terminal(terminal))

    @extend_schema(
        summary="Change a terminal", tags=TAG, request=TerminalChange, responses=TerminalResponse, operation_id="terminals_change"
    )
    def patch(self, request: Request, public_id: str) -> Response:
        """What is left out stays. Its state has an address of its own."""
        merchant = merchant_of(request)
        terminal = terminal_for(merchant, public_id)
        asked = TerminalChange(data=request.data)
        asked.is_valid(raise_exception=True)
        return Response(render_terminal(change_terminal(terminal=terminal, **_with_store(merchant, asked.validated_data))))


class TerminalState(ApiView):
    authentication_classes = [SecretKey]
    resource = "terminals"

    @extend_schema(
        summary="Change a terminal’s state",
        tags=TAG,
        request=StateRequest,
        responses=TerminalResponse,
        operation_id="terminals_move",
    )
    @idempotent
    def post(self, request: Request, public_id: str) -> Response:
        """Stock → active → repair → active or retired. Into stock and when it is retired its tokens end. Safe to repeat."""
        merchant = merchant_of(request)
        terminal = terminal_for(merchant, public_id)
        asked = StateRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        said = asked.validated_data
        store = named_store(merchant, said["store"]) if "store" in said else None
        moved = move(terminal=terminal, to=said["state"], store=store, reason=said["reason"])
        return Response(render_terminal(moved))


class TerminalCode(ApiView):
    authentication_classes = [SecretKey]
    resource = "terminals"

    @extend_schema(
        summary="Make an enrolment code", tags=TAG, request=None, responses={201: CodeResponse}, operation_id="terminals_enrolment_code"
    )  # fmt: skip
    def post(self, request: Request, public_id: str) -> Response:
        """For this terminal, once, within a day. A new code ends the one before; tokens end when it is used."""
        refuse_fields(request)
        terminal = terminal_for(merchant_of(request), public_id)
        code, text = create_code(terminal=terminal)
        return Response({"code": text, "terminal": terminal.public_id, "expires_at": code.expires_at}, status=201)


class TerminalRotate(ApiView):
    authentication_classes = [SecretKey]
    resource = "terminals"

    @extend_schema(
        summary="Rotate a terminal’s token", tags=TAG, request=None, responses={201: TerminalTokenResponse}, operation_id="terminals_rotate_token"
    )  # fmt: skip
    def post(self, request: Request, public_id: str) -> Response:
        """A new token; the one before goes on working for an hour. A terminal can also do this itself."""
        refuse_fields(request)
        return Response(rotated(terminal_for(merchant_of(request), public_id)), status=201)


class TerminalRevoke(ApiView):
    authentication_classes = [SecretKey]
    resource = "terminals"

    @extend_schema(
        summary="Revoke a terminal’s tokens",
        tags=TAG,
        request=None,
        responses=TerminalResponse,
        operation_id="terminals_revoke_token",
    )
    def post(self, request: Request, public_id: str) -> Response:
        """Within two seconds it is let in no more, until it is enrolled anew. Safe to repeat."""
        refuse_fields(request)
        terminal = terminal_for(merchant_of(request), public_id)
        revoke(terminal=terminal)
        return Response(render_terminal(terminal))


def rotated(terminal: Terminal) -> dict[str, Any]:
    """A new token as it is answered. Raises TerminalRetired."""
    if terminal.state == Terminal.State.RETIRED:
        raise TerminalRetired()
    return {"terminal": terminal.public_id, "token": rotate(terminal=terminal), "old_tokens_end_at": timezone.now() + OVERLAP}


def _with_store(merchant: Merchant, fields: dict[str, Any]) -> dict[str, Any]:
    """The store that the request names by its id."""
    if fields.get("store"):
        return {**fields, "store": named_store(merchant, fields["store"])}
    return {**fields, "store": None} if "store" in fields else fields
