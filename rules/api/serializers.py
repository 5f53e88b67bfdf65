"""Bodies of the calls about customers and Snoops."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from common.api.fields import CleanChar, WebAddress, WholeNumber
from common.api.requests import RequestBody
from rules.feed.tokens import LONGEST_S
from rules.models import Customer, PushDevice, SnoopFeedback

CHANNELS = SnoopFeedback.Channel.values
CATEGORIES = ["insight", "saving", "offer", "reward", "tip", "guidance"]
KINDS = [Customer.Kind.SHOPPER.value, Customer.Kind.MERCHANT.value]  # a person's customer is never told to a merchant
DONE = SnoopFeedback.Kind.values
CLIENT_ID = r"^[0-9A-Za-z._:-]+$"


class CustomerResponse(serializers.Serializer[Any]):
    id = serializers.CharField()
    kind = serializers.ChoiceField(KINDS)
    shopper = serializers.CharField(allow_null=True, help_text="`shp_…`; null for your own business.")
    created_at = serializers.DateTimeField()


class CustomerDetailResponse(CustomerResponse):
    fields_as_of = serializers.DateField(
        allow_null=True, help_text="The day for which windows such as 30 days were counted; null: nothing is known yet."
    )
    fields = serializers.DictField(help_text="What rules know: field -> value. What is not known is left out.")  # type: ignore[assignment]  # the name is the API’s


class CustomerPage(serializers.Serializer[Any]):
    data = CustomerResponse(many=True)  # type: ignore[assignment]  # the name is the API’s
    next_cursor = serializers.CharField(allow_null=True)


class ActionResponse(serializers.Serializer[Any]):
    label = serializers.CharField()  # type: ignore[assignment]  # the name is the API’s
    url = serializers.CharField()


class SnoopResponse(serializers.Serializer[Any]):
    """One hint. Its texts are plain: escape them where you show them in HTML."""

    rule = serializers.CharField(help_text="`rule_…`: by this, or by its slug, feedback names it.")
    slug = serializers.CharField()
    title = serializers.CharField()
    body = serializers.CharField(allow_blank=True)
    category = serializers.ChoiceField(CATEGORIES)
    priority = serializers.IntegerField(min_value=1, max_value=5, help_text="1 comes first.")
    score = serializers.IntegerField(min_value=0, max_value=1000)
    action = ActionResponse(allow_null=True)
    why = serializers.ListField(child=serializers.CharField(), help_text="Why it is shown, in sentences.")
    position = serializers.IntegerField(min_value=0, help_text="Its place in the feed: send it back with feedback.")
    seen = serializers.BooleanField(help_text="Was it reported as seen before?")
    judged_at = serializers.DateTimeField()
    version = serializers.IntegerField(help_text="Of the rules that it was judged by.")


class SnoopPage(serializers.Serializer[Any]):
    data = SnoopResponse(many=True)  # type: ignore[assignment]  # the name is the API’s
    next_cursor = serializers.CharField(allow_null=True)


class FeedbackRequest(RequestBody):
    kind = serializers.ChoiceField(DONE, help_text="`restored` takes a dismissal back.")
    client_id = serializers.RegexField(
        CLIENT_ID, max_length=64, help_text="Made by you, such as a UUID: the same one twice counts once."
    )
    channel = serializers.ChoiceField(CHANNELS, required=False, default=SnoopFeedback.Channel.FEED.value)
    position = WholeNumber(required=False, min_value=0, max_value=1000)


class FeedbackResponse(serializers.Serializer[Any]):
    id = serializers.CharField()
    customer = serializers.CharField()
    rule = serializers.CharField()
    kind = serializers.ChoiceField(DONE)
    channel = serializers.ChoiceField(CHANNELS)
    at = serializers.DateTimeField()


class TokenRequest(RequestBody):
    expires_in_s = WholeNumber(required=False, default=900, min_value=60, max_value=LONGEST_S, help_text="At most an hour.")


class TokenResponse(serializers.Serializer[Any]):
    token = serializers.CharField(
        allow_null=True, help_text="`ct_…`, shown this once: null in a repeat with the same Idempotency-Key."
    )
    customer = serializers.CharField()
    expires_at = serializers.DateTimeField()


class DeviceRequest(RequestBody):
    platform = serializers.ChoiceField(PushDevice.Platform.values)
    token = CleanChar(max_length=1000, help_text="What your push service knows the device by.")


class DeviceResponse(serializers.Serializer[Any]):
    id = serializers.CharField()
    customer = serializers.CharField()
    platform = serializers.ChoiceField(PushDevice.Platform.values)
    registered_at = serializers.DateTimeField()


class EvaluateRequest(RequestBody):
    rule = CleanChar(max_length=80, help_text="The rule's id or slug.")
    customer = CleanChar(max_length=40, help_text="`cus_…`")
    store = serializers.BooleanField(
        required=False, default=True, help_text="Keep the result as the current one of this rule and customer."
    )


class ReasonResponse(serializers.Serializer[Any]):
    condition = serializers.CharField(help_text="What the rule asks, in words.")
    holds = serializers.BooleanField()


class EvaluateResponse(serializers.Serializer[Any]):
    rule = serializers.CharField()
    slug = serializers.CharField()
    customer = serializers.CharField()
    qualifies = serializers.BooleanField()
    score = serializers.IntegerField(min_value=0, max_value=1000)
    reasons = ReasonResponse(many=True, help_text="Each condition at the top of the rule.")
    missing = serializers.ListField(
        child=serializers.CharField(), help_text="Fields the rule asks for that nobody knows: conditions on them do not hold."
    )
    version = serializers.IntegerField(help_text="Of the rules.")
    evaluated_at = serializers.DateTimeField(help_text="When the customer's fields were read.")
    stored = serializers.BooleanField(help_text="Is it the current result of this rule and customer now?")


class DevicePage(serializers.Serializer[Any]):
    data = DeviceResponse(many=True)  # type: ignore[assignment]  # the name is the API’s
    next_cursor = serializers.CharField(allow_null=True)


class PushServiceRequest(RequestBody):
    url = WebAddress(max_length=500, help_text="A public https:// address of yours.")


class PushServiceResponse(serializers.Serializer[Any]):
    url = serializers.CharField(allow_null=True)
    changed_at = serializers.DateTimeField(allow_null=True)


class PushServiceSecretResponse(PushServiceResponse):
    secret = serializers.CharField(
        allow_null=True, help_text="`whsec_…`, shown this once: null in a repeat with the same Idempotency-Key."
    )
