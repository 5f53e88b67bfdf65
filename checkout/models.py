"""What is kept of a sale: session, lines, payments, tenders, receipt, and what the card network must still hear."""

from __future__ import annotations

import pgtrigger
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from checkout.payment_pages.models import PageCheck as PageCheck  # a model of this room, kept beside what writes it
from common.ids import public_id_field
from common.models import append_only
from common.scopes import ScopedManager
from vault.fields import SealedTextField


class CheckoutSession(models.Model):
    """One basket that a merchant asked us to be paid for. Its decisions and amounts are frozen with it."""

    class Status(models.TextChoices):
        OPEN = "open"
        PROCESSING = "processing"
        AUTHORISED = "authorised"
        COMPLETE = "complete"
        EXPIRED = "expired"
        CANCELLED = "cancelled"

    class CaptureMethod(models.TextChoices):
        AUTOMATIC = "automatic"
        MANUAL = "manual"

    public_id = public_id_field("cs", opens_a_page=True)
    merchant = models.ForeignKey("merchants.Merchant", on_delete=models.PROTECT, related_name="sessions")
    shopper = models.ForeignKey("shoppers.Shopper", null=True, blank=True, on_delete=models.SET_NULL, related_name="sessions")
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.OPEN)
    capture_method = models.CharField(max_length=10, choices=CaptureMethod.choices, default=CaptureMethod.AUTOMATIC)
    channel = models.CharField(max_length=10, default="online")
    currency = models.CharField(max_length=3, default="USD")
    amount_subtotal_cents = models.BigIntegerField()
    amount_discount_cents = models.BigIntegerField(default=0)
    amount_tax_cents = models.BigIntegerField(default=0)
    amount_shipping_cents = models.BigIntegerField(default=0)
    amount_total_cents = models.BigIntegerField()
    amount_eligible_cents = models.BigIntegerField()
    success_url = models.URLField(max_length=2000)
    cancel_url = models.URLField(max_length=2000)
    client_reference_id = models.CharField("order number", max_length=200, blank=True, db_index=True)
    metadata = models.JSONField(default=dict, blank=True, encoder=DjangoJSONEncoder)
    processing_since = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField()
    completed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager(merchant="merchant")

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["merchant", "-id"], name="session_merchant_newest"),
            # The sweepers look only at what is unfinished.
            models.Index(fields=["processing_since"], name="session_processing", condition=Q(status="processing")),
            models.Index(fields=["expires_at"], name="session_may_expire", condition=Q(status__in=["open", "authorised"])),
        ]
        constraints = [
            models.CheckConstraint(
                name="session_amounts_add_up",
                condition=Q(
                    amount_total_cents=F("amount_subtotal_cents")
                    - F("amount_discount_cents")
                    + F("amount_tax_cents")
                    + F("amount_shipping_cents")
                ),
            ),
            models.CheckConstraint(
                name="session_eligible_within_total",
                condition=Q(amount_eligible_cents__gte=0, amount_eligible_cents__lte=F("amount_total_cents")),
            ),
            models.CheckConstraint(
                name="session_processing_has_start",
                condition=~Q(status="processing") | Q(processing_since__isnull=False),
            ),
            models.CheckConstraint(
                name="session_complete_has_time", condition=~Q(status="complete") | Q(completed_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return str(self.public_id)

    @property
    def is_over(self) -> bool:
        """Has its time passed, whether or not the sweeper has been by?"""
        return self.expires_at <= timezone.now()


class LineItem(models.Model):
    """One line of the basket with its share of discount, tax and shipping, and the decision frozen with it."""

    session = models.ForeignKey(CheckoutSession, on_delete=models.PROTECT, related_name="lines")
    product = models.ForeignKey("eligibility.Product", null=True, blank=True, on_delete=models.PROTECT)
    position = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=500)
    brand = models.CharField(max_length=120, blank=True)
    sku = models.CharField(max_length=64, blank=True)
    gtin = models.CharField("GTIN", max_length=20, blank=True)
    quantity = models.PositiveIntegerField()
    unit_price_cents = models.BigIntegerField()
    subtotal_cents = models.BigIntegerField()
    discount_cents = models.BigIntegerField(default=0)
    tax_cents = models.BigIntegerField(default=0)
    shipping_cents = models.BigIntegerField(default=0)
    total_cents = models.BigIntegerField()
    status = models.CharField(max_length=12)
    category = models.CharField(max_length=80, blank=True)
    evidence = models.CharField(max_length=8)
    decision = models.JSONField(encoder=DjangoJSONEncoder)

    objects = ScopedManager(merchant="session__merchant")

    class Meta:
        ordering = ["session", "position"]
        triggers: list[pgtrigger.Trigger] = append_only("line")  # the decision in it is the proof
        constraints = [
            models.UniqueConstraint(fields=["session", "position"], name="line_position_once"),
            models.CheckConstraint(
                name="line_amounts_add_up",
                condition=Q(
                    subtotal_cents=F("quantity") * F("unit_price_cents"),
                    total_cents=F("subtotal_cents") - F("discount_cents") + F("tax_cents") + F("shipping_cents"),
                    discount_cents__gte=0,
                    discount_cents__lte=F("subtotal_cents"),
                    tax_cents__gte=0,
                    shipping_cents__gte=0,
                    unit_price_cents__gte=0,
                    quantity__gte=1,
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.title


class CardToken(models.Model):
    """One card typed into the capture frame: usable once, for minutes. The security code is never stored."""

    public_id = public_id_field("tok")
    merchant = models.ForeignKey("merchants.Merchant", on_delete=models.PROTECT, related_name="card_tokens")
    network = models.CharField(max_length=12)
    account_kind = models.CharField(max_length=10)
    last4 = models.CharField(max_length=4)
    exp_month = models.PositiveSmallIntegerField()
    exp_year = models.PositiveSmallIntegerField()
    card_number = SealedTextField(null=True)
    session_id_text = models.CharField(
        "session", max_length=40, blank=True, help_text="If it was typed for one session, only that one."
    )
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager(merchant="merchant")

    class Meta:
        indexes = [models.Index(fields=["expires_at"], name="token_to_erase", condition=Q(card_number__isnull=False))]

    def __str__(self) -> str:
        return f"{self.network} …{self.last4}"


class Payment(models.Model):
    """One attempt to pay a session. At most one of a session is alive or successful."""

    class Status(models.TextChoices):
        PROCESSING = "processing"
        AUTHORISED = "authorised"
        CAPTURED = "captured"
        FAILED = "failed"
        VOIDED = "voided"

    public_id = public_id_field("pay")
    session = models.ForeignKey(CheckoutSession, on_delete=models.PROTECT, related_name="payments")
    merchant = models.ForeignKey("merchants.Merchant", on_delete=models.PROTECT, related_name="payments")
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.PROCESSING)
    amount_cents = models.BigIntegerField()
    failure_code = models.CharField(max_length=60, blank=True)
    failure_message = models.CharField(max_length=300, blank=True)
    captured_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager(merchant="merchant")

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["merchant", "-id"], name="payment_merchant_newest")]
        constraints = [
            models.UniqueConstraint(
                fields=["session"],
                condition=Q(status__in=["processing", "authorised", "captured"]),
                name="payment_one_alive",
            )
        ]

    def __str__(self) -> str:
        return str(self.public_id)


class Tender(models.Model):
    """One card's part in a payment, and how the network answered."""

    class Kind(models.TextChoices):
        BENEFIT = "benefit"
        ORDINARY = "ordinary"

    class Status(models.TextChoices):
        PENDING = "pending"  # sent, or about to be: until the network answers it may hold money
        APPROVED = "approved"
        DECLINED = "declined"
        REVERSED = "reversed"  # released, or on its way: the reversal repeats until acknowledged
        CAPTURED = "captured"

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="tenders")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=10, choices=Kind.choices)
    card_token = models.ForeignKey(CardToken, on_delete=models.PROTECT, related_name="tenders")
    network = models.CharField(max_length=12)
    account_kind = models.CharField(max_length=10)
    last4 = models.CharField(max_length=4, db_index=True)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PENDING)
    requested_cents = models.BigIntegerField()
    approved_cents = models.BigIntegerField(default=0)
    healthcare = models.JSONField(default=dict, help_text="Cents by kind, as sent in field 54.")
    line_weights = models.JSONField(default=dict, help_text="Line position -> cents asked of a benefit card for it.")
    acceptor = models.JSONField(default=dict, help_text="Who asked, as the network was told: completions must say the same.")
    is_substantiated = models.BooleanField(
        default=False, help_text="Every line has list or human evidence, and the charge said so."
    )
    stan = models.CharField("trace number", max_length=6)
    rrn = models.CharField("retrieval reference", max_length=12, db_index=True)
    transmitted_at = models.DateTimeField()
    response_code = models.CharField(max_length=3, blank=True)
    auth_code = models.CharField(max_length=6, blank=True)
    network_reference = models.CharField(max_length=40, blank=True)
    message = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager(merchant="payment__merchant")

    class Meta:
        ordering = ["payment", "position"]
        constraints = [
            models.UniqueConstraint(fields=["payment", "position"], name="tender_position_once"),
            models.CheckConstraint(
                name="tender_approved_within_requested",
                condition=Q(requested_cents__gt=0, approved_cents__gte=0, approved_cents__lte=F("requested_cents")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} …{self.last4}"


class TenderLine(models.Model):
    """How many cents of one line one tender paid. Over a captured payment they add up to each line and each tender."""

    tender = models.ForeignKey(Tender, on_delete=models.PROTECT, related_name="line_parts")
    line = models.ForeignKey(LineItem, on_delete=models.PROTECT, related_name="tender_parts")
    amount_cents = models.BigIntegerField()

    objects = ScopedManager(merchant="tender__payment__merchant")

    class Meta:
        triggers: list[pgtrigger.Trigger] = append_only("tender_line")
        constraints = [
            models.UniqueConstraint(fields=["tender", "line"], name="tender_line_once"),
            models.CheckConstraint(name="tender_line_positive", condition=Q(amount_cents__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.amount_cents}"


class NetworkAdvice(models.Model):
    """One message that the network must acknowledge: a completion or a reversal, repeated until it does."""

    class Kind(models.TextChoices):
        COMPLETION = "completion"
        REVERSAL = "reversal"

    tender = models.ForeignKey(Tender, on_delete=models.PROTECT, related_name="advices")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    amount_cents = models.BigIntegerField()
    stan = models.CharField(max_length=6)
    rrn = models.CharField(max_length=12)
    created_at = models.DateTimeField(auto_now_add=True)
    attempts = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField()
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    response_code = models.CharField(max_length=3, blank=True)
    is_refused = models.BooleanField(default=False, help_text="The network answered no, for good: a person must look.")

    objects = ScopedManager(merchant="tender__payment__merchant")

    class Meta:
        verbose_name_plural = "network advices"
        constraints = [models.UniqueConstraint(fields=["tender", "kind"], name="advice_once")]
        indexes = [models.Index(fields=["next_attempt_at"], name="advice_due", condition=Q(acknowledged_at__isnull=True))]

    def __str__(self) -> str:
        return f"{self.kind} {self.rrn}"


class Receipt(models.Model):
    """The proof of one captured payment: the frozen sale's lines and tenders, and here number, date and seller as of then."""

    public_id = public_id_field("rcp", opens_a_page=True)
    number = models.CharField(max_length=24, unique=True)
    payment = models.OneToOneField(Payment, on_delete=models.PROTECT, related_name="receipt")
    issued_at = models.DateTimeField(auto_now_add=True)
    seller_name = models.CharField(max_length=120)
    seller_address = models.TextField()
    sale_on = models.DateField(help_text="The date of sale in the seller's zone.")

    objects = ScopedManager(merchant="payment__merchant")

    class Meta:
        triggers: list[pgtrigger.Trigger] = append_only("receipt")

    def __str__(self) -> str:
        return self.number
