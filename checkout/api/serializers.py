"""What the sessions' doors answer."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from checkout.declines.causes import Cause
from checkout.declines.table import Retry
from eligibility.api.serializers import DecisionResponse


class CardResponse(serializers.Serializer[Any]):
    network = serializers.CharField()
    last4 = serializers.CharField()
    account_kind = serializers.CharField()


class CardTokenResponse(serializers.Serializer[Any]):
    id = serializers.CharField()
    card = CardResponse()
    expires_at = serializers.DateTimeField()


class LineItemResponse(serializers.Serializer[Any]):
    position = serializers.IntegerField(help_text="Its place in the order, from 0: captures and refunds name it by this.")
    product = serializers.CharField(allow_null=True)
    title = serializers.CharField()
    brand = serializers.CharField()
    sku = serializers.CharField()
    gtin = serializers.CharField()
    quantity = serializers.IntegerField()
    unit_price_cents = serializers.IntegerField()
    subtotal_cents = serializers.IntegerField()
    discount_cents = serializers.IntegerField()
    tax_cents = serializers.IntegerField()
    shipping_cents = serializers.IntegerField()
    total_cents = serializers.IntegerField()
    decision = DecisionResponse()


class DeclineResponse(serializers.Serializer[Any]):
    code = serializers.CharField(help_text="The network's own response code.")
    cause = serializers.ChoiceField([cause.value for cause in Cause])
    meaning = serializers.CharField(help_text="For you.")
    advice = serializers.CharField(help_text="For you: what would make it rarer.")
    shopper_message = serializers.CharField(help_text="For the shopper.")
    retry = serializers.ChoiceField([retry.value for retry in Retry], help_text="May the same card be tried again?")
    is_hard = serializers.BooleanField(help_text="No repeat of this card can succeed.")


class TenderLineResponse(serializers.Serializer[Any]):
    position = serializers.IntegerField(help_text="The line of the session, counted from 0.")
    amount_cents = serializers.IntegerField()


class TenderResponse(serializers.Serializer[Any]):
    id = serializers.CharField(help_text="`td_…`; captures and refunds name it.")
    kind = serializers.ChoiceField(["benefit", "ordinary"])
    status = serializers.CharField()
    network = serializers.CharField()
    last4 = serializers.CharField()
    account_kind = serializers.CharField()
    requested_cents = serializers.IntegerField()
    approved_cents = serializers.IntegerField()
    captured_cents = serializers.IntegerField()
    held_cents = serializers.IntegerField(help_text="Approved, and neither captured nor let go.")
    refunded_cents = serializers.IntegerField(help_text="Given back, or on its way back.")
    disputed_cents = serializers.IntegerField(help_text="Taken back by the card's bank, unless the dispute was won.")
    auth_code = serializers.CharField()
    response_code = serializers.CharField()
    is_substantiated = serializers.BooleanField()
    healthcare = serializers.DictField(child=serializers.IntegerField())
    decline = DeclineResponse(allow_null=True)
    is_liability_shifted = serializers.BooleanField(help_text="After 3-D Secure the issuer answers for fraud, not you.")
    lines = TenderLineResponse(many=True, help_text="Which cent of which line this card carries, to the cent.")


class CodeCountResponse(serializers.Serializer[Any]):
    code = serializers.CharField(help_text="The network's response code; empty where no issuer answered.")
    count = serializers.IntegerField()


class CauseResponse(serializers.Serializer[Any]):
    cause = serializers.ChoiceField([cause.value for cause in Cause])
    title = serializers.CharField()
    advice = serializers.CharField()
    count = serializers.IntegerField()
    amount_cents = serializers.IntegerField()
    share = serializers.FloatField(help_text="Of all attempts to pay, 0 to 1.")
    codes = CodeCountResponse(many=True)


class DeclineStatistics(serializers.Serializer[Any]):
    from_day = serializers.DateField()
    to_day = serializers.DateField()
    attempts_count = serializers.IntegerField(help_text="Payments that were captured or failed in these days.")
    declines_count = serializers.IntegerField()
    declines_amount_cents = serializers.IntegerField()
    declines_share = serializers.FloatField(help_text="Of all attempts to pay, 0 to 1.")
    data = CauseResponse(many=True)  # type: ignore[assignment]  # the name is the API’s


class PaymentResponse(serializers.Serializer[Any]):
    id = serializers.CharField()
    session = serializers.CharField()
    status = serializers.CharField()
    amount_cents = serializers.IntegerField()
    amount_captured_cents = serializers.IntegerField()
    amount_refunded_cents = serializers.IntegerField()
    amount_disputed_cents = serializers.IntegerField(help_text="Taken back by banks in disputes that are open or lost.")
    is_partly_captured = serializers.BooleanField(
        help_text="Some of it was captured and some not: held still while the session is `authorised`, let go of afterwards."
    )
    currency = serializers.CharField()
    failure_code = serializers.CharField(allow_null=True)
    failure_message = serializers.CharField(allow_null=True)
    tenders = TenderResponse(many=True)
    receipt_url = serializers.CharField(allow_null=True)
    created_at = serializers.DateTimeField()


class PaymentPage(serializers.Serializer[Any]):
    data = PaymentResponse(many=True)  # type: ignore[assignment]  # the name is the API’s
    next_cursor = serializers.CharField(allow_null=True)


class NextActionResponse(serializers.Serializer[Any]):
    type = serializers.ChoiceField(["redirect_to_url"])
    url = serializers.CharField(
        help_text="Where the card’s bank asks its holder. Afterwards confirm again, with the same cards and a new key."
    )
    expires_at = serializers.DateTimeField()


class LetterHoldResponse(serializers.Serializer[Any]):
    id = serializers.CharField()
    status = serializers.ChoiceField(["awaiting_letter", "approved", "refused", "late", "released"])
    if_refused = serializers.ChoiceField(["card", "drop"])
    line_items = serializers.ListField(child=serializers.IntegerField(), help_text="Positions of the lines that wait.")
    held_cents = serializers.IntegerField(help_text="What the benefit card held for them at first.")
    letters = serializers.ListField(child=serializers.CharField(), help_text="The letters that came, `lmn_…`.")
    charged_to_other_card_cents = serializers.IntegerField()
    dropped_line_items = serializers.ListField(child=serializers.IntegerField())
    dropped_cents = serializers.IntegerField()
    deadline_at = serializers.DateTimeField(help_text="Until when the letter must have come.")
    settled_at = serializers.DateTimeField(allow_null=True)


class SessionResponse(serializers.Serializer[Any]):
    id = serializers.CharField()
    shopper = serializers.CharField(allow_null=True, help_text="Who buys, `shp_…`, once that is known.")
    url = serializers.CharField(allow_null=True, help_text="Its hosted page; null for a till’s sale, which has none.")
    status = serializers.ChoiceField(["open", "requires_action", "processing", "authorised", "complete", "expired", "cancelled"])
    next_action = NextActionResponse(allow_null=True, help_text="With `requires_action`: what the shopper must do first.")
    capture_method = serializers.CharField()
    currency = serializers.CharField()
    amount_subtotal_cents = serializers.IntegerField()
    amount_discount_cents = serializers.IntegerField()
    amount_tax_cents = serializers.IntegerField()
    amount_shipping_cents = serializers.IntegerField()
    amount_total_cents = serializers.IntegerField()
    amount_eligible_cents = serializers.IntegerField()
    line_items = LineItemResponse(many=True)
    payment = PaymentResponse(allow_null=True)
    letter_hold = LetterHoldResponse(allow_null=True, help_text="Where the order waits for a letter, or waited.")
    payment_link = serializers.CharField(allow_null=True, help_text="From which payment link it was opened, `pl_…`, if from one.")
    client_reference_id = serializers.CharField()
    metadata = serializers.DictField(child=serializers.CharField())
    success_url = serializers.CharField()
    cancel_url = serializers.CharField()
    expires_at = serializers.DateTimeField()
    created_at = serializers.DateTimeField()


class ConsentResponse(serializers.Serializer[Any]):
    version = serializers.CharField()
    covers = serializers.ChoiceField(["checkout", "subscriptions"])
    consented_at = serializers.DateTimeField()


class SavedCardResponse(serializers.Serializer[Any]):
    id = serializers.CharField()
    status = serializers.ChoiceField(["active", "unusable"])
    card = CardResponse()
    exp_month = serializers.IntegerField()
    exp_year = serializers.IntegerField()
    consent = ConsentResponse()
    replaced_at = serializers.DateTimeField(
        allow_null=True, help_text="When its bank put another number or date in its place, or closed it."
    )
    last_used_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()


class SavedCardPage(serializers.Serializer[Any]):
    data = SavedCardResponse(many=True)  # type: ignore[assignment]  # the name is the API’s
    next_cursor = serializers.CharField(allow_null=True)
