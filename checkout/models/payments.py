"""Attempts to pay: each with its cards, and which cent of which line each card paid."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import F, Q

from checkout.models.authentications import CardAuthentication
from checkout.models.cards import CardToken
from checkout.models.sessions import CheckoutSession, LineItem
from common.ids import public_id_field
from common.models import append_only
from common.scopes import ScopedManager


class Payment(models.Model):
    """One attempt to pay a session. At most one of a session is alive or successful."""

    class Status(models.TextChoices):
        PROCESSING = "processing"
        AUTHORISED = "authorised"
        CAPTURED = "captured"  # some of it or all: `captured_cents`; while the session is authorised, more may follow
        FAILED = "failed"
        VOIDED = "voided"

    public_id = public_id_field("pay")
    session = models.ForeignKey(CheckoutSession, on_delete=models.PROTECT, related_name="payments")
    merchant = models.ForeignKey("merchants.Merchant", on_delete=models.PROTECT, related_name="payments")
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.PROCESSING)
    amount_cents = models.BigIntegerField()
    captured_cents = models.BigIntegerField(default=0, db_default=0)
    refunded_cents = models.BigIntegerField(default=0, db_default=0, help_text="Given back, or on its way back.")
    failure_code = models.CharField(max_length=60, blank=True)
    failure_message = models.CharField(max_length=300, blank=True)
    failure_details = models.JSONField(default=dict, blank=True, help_text="What else the refusal said, to say it again.")
    attempt_key = models.CharField(
        max_length=64,
        blank=True,
        default="",
        db_default="",
        editable=False,
        help_text="Digest of the Idempotency-Key: a repeat is answered from here.",
    )
    captured_at = models.DateTimeField(null=True, blank=True)
    hold_warned_at = models.DateTimeField(null=True, blank=True, help_text="When the merchant was told that the hold ages.")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager(merchant="merchant", place="session__till_sale__store")

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["merchant", "-id"], name="payment_merchant_newest"),
            # What a merchant took, and what failed, of the last weeks: asked after each sale, for its figures.
            models.Index(fields=["merchant", "captured_at"], name="payment_captured_when", condition=Q(status="captured")),
            models.Index(fields=["merchant", "-session"], name="payment_given_back", condition=Q(refunded_cents__gt=0)),
            models.Index(fields=["merchant", "created_at"], name="payment_failed_when", condition=Q(status="failed")),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["session"],
                condition=Q(status__in=["processing", "authorised", "captured"]),
                name="payment_one_alive",
            ),
            models.UniqueConstraint(fields=["session", "attempt_key"], condition=~Q(attempt_key=""), name="payment_attempt_once"),
            models.CheckConstraint(
                name="payment_never_gives_back_more",
                condition=Q(
                    refunded_cents__gte=0, refunded_cents__lte=F("captured_cents"), captured_cents__lte=F("amount_cents")
                ),
            ),
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
        CAPTURED = "captured"  # in part or whole; what is then still held is `held_cents`

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
    captured_cents = models.BigIntegerField(default=0, db_default=0)
    released_cents = models.BigIntegerField(
        default=0, db_default=0, help_text="Of a captured tender, what was let go of uncaptured."
    )
    refunded_cents = models.BigIntegerField(default=0, db_default=0, help_text="Given back, or on its way back.")
    disputed_cents = models.BigIntegerField(
        default=0, db_default=0, help_text="Taken back by its issuer, unless the dispute is won."
    )
    healthcare = models.JSONField(default=dict, help_text="Cents by kind, as sent in field 54.")
    line_weights = models.JSONField(
        default=dict, help_text="Line position -> cents of it that this card carries: as asked, and once approved as approved."
    )
    acceptor = models.JSONField(default=dict, help_text="Who asked, as the network was told: completions must say the same.")
    is_substantiated = models.BooleanField(
        default=False, help_text="Every line has list or human evidence, and the charge said so."
    )
    authentication = models.ForeignKey(
        CardAuthentication, null=True, blank=True, on_delete=models.PROTECT, related_name="tenders",
        help_text="How the holder was authenticated (3-D Secure), where that was asked.",
    )  # fmt: skip
    awaits_letter = models.BooleanField(
        default=False,
        db_default=False,
        help_text="It pays for items whose letter of medical necessity had not come when it was asked.",
    )
    is_liability_shifted = models.BooleanField(
        default=False, db_default=False, help_text="The issuer answers for fraud, not the merchant."
    )
    stan = models.CharField("trace number", max_length=6)
    rrn = models.CharField("retrieval reference", max_length=12, db_index=True)
    transmitted_at = models.DateTimeField()
    response_code = models.CharField(max_length=3, blank=True)
    auth_code = models.CharField(max_length=6, blank=True)
    network_reference = models.CharField(max_length=40, blank=True)
    message = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager(merchant="payment__merchant", place="payment__session__till_sale__store")

    class Meta:
        ordering = ["payment", "position"]
        constraints = [
            models.UniqueConstraint(fields=["payment", "position"], name="tender_position_once"),
            models.CheckConstraint(
                name="tender_approved_within_requested",
                condition=Q(requested_cents__gt=0, approved_cents__gte=0, approved_cents__lte=F("requested_cents")),
            ),
            models.CheckConstraint(
                name="tender_captured_within_approved",
                condition=Q(
                    captured_cents__gte=0, released_cents__gte=0, captured_cents__lte=F("approved_cents") - F("released_cents")
                ),
            ),
            models.CheckConstraint(
                name="tender_refunded_within_captured",
                condition=Q(refunded_cents__gte=0, refunded_cents__lte=F("captured_cents")),
            ),
            models.CheckConstraint(
                name="tender_disputed_within_captured",
                condition=Q(disputed_cents__gte=0, disputed_cents__lte=F("captured_cents") - F("refunded_cents")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} …{self.last4}"

    @property
    def public_id(self) -> str:
        """`td_…`, from its payment's id and its place in it: neither changes, and no place is given twice."""
        return f"td_{self.payment.public_id.removeprefix('pay_')}_{self.position}"

    @property
    def held_cents(self) -> int:
        """What the card still holds for us, as far as we know."""
        if self.status not in {self.Status.APPROVED, self.Status.CAPTURED}:
            return 0
        return self.approved_cents - self.captured_cents - self.released_cents

    @property
    def refundable_cents(self) -> int:
        return self.captured_cents - self.refunded_cents - self.disputed_cents


class TenderLine(models.Model):
    """How many cents of one line one capture took from one tender. Over all captures they add up to what the tender paid."""

    tender = models.ForeignKey(Tender, on_delete=models.PROTECT, related_name="line_parts")
    line = models.ForeignKey(LineItem, on_delete=models.PROTECT, related_name="tender_parts")
    capture_number = models.PositiveSmallIntegerField(default=1, db_default=1)
    amount_cents = models.BigIntegerField()

    objects = ScopedManager(merchant="tender__payment__merchant", place="tender__payment__session__till_sale__store")

    class Meta:
        triggers: list[pgtrigger.Trigger] = append_only("tender_line")
        constraints = [
            models.UniqueConstraint(fields=["tender", "line", "capture_number"], name="tender_line_capture_once"),
            models.CheckConstraint(name="tender_line_positive", condition=Q(amount_cents__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.amount_cents}"
