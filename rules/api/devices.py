"""Devices that take a customer's pushes, and the merchant's own push service."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from common.api.idempotency import idempotent, kept_without
from common.api.pages import page_response
from common.api.schema import PAGE_PARAMETERS
from common.api.views import ApiView
from merchants.api.authentication import SecretKey, merchant_of
from rules.api import rendering, serializers
from rules.api.authentication import KeyOrCustomerToken, named_customer
from rules.models import PushDevice
from rules.push.devices import register_device, remove_device
from rules.push.service import remove_service, service_for, set_service

CUSTOMERS = ["customers"]


class CustomerDevices(ApiView):
    authentication_classes = [KeyOrCustomerToken]
    resource = "customers"

    @extend_schema(
        summary="List a customer's devices", tags=CUSTOMERS, responses=serializers.DevicePage, operation_id="customers_devices",
        parameters=PAGE_PARAMETERS,
    )  # fmt: skip
    def get(self, request: Request, public_id: str) -> Response:
        """Those that take pushes, newest first. Their tokens are not told."""
        found = PushDevice.objects.select_related("customer").filter(customer=named_customer(request, public_id), removed_at=None)
        return Response(page_response(request, found, rendering.render_device))

    @extend_schema(
        summary="Register a device for pushes", tags=CUSTOMERS, request=serializers.DeviceRequest,
        responses={200: serializers.DeviceResponse, 201: serializers.DeviceResponse}, operation_id="customers_devices_create",
    )  # fmt: skip
    @idempotent
    def post(self, request: Request, public_id: str) -> Response:
        """From now on urgent hints are pushed to it: at most one a day, never at night. 200 instead of 201: it was registered before.

        A device belongs to one customer: registering it for another one takes it from the first.
        """
        customer = named_customer(request, public_id)
        asked = serializers.DeviceRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        device, is_new = register_device(customer=customer, **dict(asked.validated_data))
        return Response(rendering.render_device(device), status=201 if is_new else 200)


class CustomerDevice(ApiView):
    authentication_classes = [KeyOrCustomerToken]
    resource = "customers"

    @extend_schema(
        summary="Remove a device", tags=CUSTOMERS, request=None, responses={204: None}, operation_id="customers_devices_delete"
    )
    def delete(self, request: Request, public_id: str, device: str) -> Response:
        """No more pushes to it. Safe to repeat."""
        remove_device(customer=named_customer(request, public_id), public_id=device)
        return Response(status=204)


class PushServiceView(ApiView):
    authentication_classes = [SecretKey]
    resource = "push_service"

    @extend_schema(
        summary="Get your push service", tags=["push service"], responses=serializers.PushServiceResponse,
        operation_id="push_service_get",
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        """Where pushes for your shoppers' devices go. `url` is null while there is none: then they are kept for looking at, and go nowhere."""
        return Response(rendering.render_service(service_for(merchant_of(request))))

    @extend_schema(
        summary="Set your push service", tags=["push service"], request=serializers.PushServiceRequest,
        responses={201: serializers.PushServiceSecretResponse}, operation_id="push_service_set",
    )  # fmt: skip
    @idempotent
    def post(self, request: Request) -> Response:
        """Each push becomes one HTTPS call to this address, signed like a webhook with the `secret` that is told this once."""
        asked = serializers.PushServiceRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        service, secret = set_service(merchant=merchant_of(request), url=asked.validated_data["url"])
        return kept_without(Response({**rendering.render_service(service), "secret": secret}, status=201), "secret")

    @extend_schema(
        summary="Remove your push service", tags=["push service"], request=None, responses={204: None},
        operation_id="push_service_delete",
    )  # fmt: skip
    def delete(self, request: Request) -> Response:
        """Nothing is sent any more. Safe to repeat."""
        remove_service(merchant=merchant_of(request))
        return Response(status=204)
