"""Money given back of what was captured: to the card that paid, line by line."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import Q

from checkout.models.advices import NetworkAdvice
from checkout.models.payments import Payment, Tender
from checkout.models.sessions import LineItem
from common.ids import public_id_field
from common.models import append_only
from common.scopes import ScopedManager


class Refund(models.Model):
    """One wish of a merchant to give money of a payment back. Its legs say to which card, its parts for which line."""

    class Status(models.TextChoices):
        PENDING = "pending"  # booked, and on its way to the network
        SUCCEEDED = "succeeded"
        PARTLY_FAILED = "partly_failed"
        FAILED = "failed"

    class Reason(models.TextChoices):
        REQUESTED = "requested_by_customer", "the shopper asked for it"
        RETURNED = "returned", "goods came back"
        DUPLICATE = "duplicate", "charged twice"
        NOT_DELIVERED = "not_delivered", "never arrived"
        OTHER = "other", "another reason"

    public_id = public_id_field("re")
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds")
    merchant = models.ForeignKey("merchants.Merchant", on_delete=models.PROTECT, related_name="refunds")
    status = models.CharField(max_length=14, choices=Status.choices, default=Status.PENDING)
    amount_cents = models.BigIntegerField()
    failed_cents = models.BigIntegerField(default=0, help_text="Of it, what the network would not give back.")
    reason = models.CharField(max_length=24, choices=Reason.choices, default=Reason.REQUESTED)
    note = models.CharField(max_length=300, blank=True)
    is_void = models.BooleanField(
        default=False, db_default=False, help_text="Taken back before the network cleared it: reversed, not refunded."
    )
    returned = models.JSONField(default=dict, help_text="Line position -> units given back, where the merchant said so.")
    created_at = models.DateTimeField(auto_now_add=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    told_at = models.DateTimeField(
        null=True, blank=True, help_text="When the shopper's e-mail was put in the post, or none was due."
    )

    objects = ScopedManager(merchant="merchant", place="payment__session__till_sale__store")

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["merchant", "-id"], name="refund_merchant_newest"),
            models.Index(fields=["merchant", "created_at"], name="refund_of_day"),
            models.Index(fields=["settled_at"], name="refund_to_tell", condition=Q(told_at__isnull=True)),
        ]
        constraints = [
            models.CheckConstraint(
                name="refund_gives_money_back",
                condition=Q(amount_cents__gt=0, failed_cents__gte=0, failed_cents__lte=models.F("amount_cents")),
            )
        ]

    def __str__(self) -> str:
        return str(self.public_id)


class RefundLeg(models.Model):
    """What one refund gives back to one card, and whether the network has taken it."""

    class Status(models.TextChoices):
        PENDING = "pending"
        SUCCEEDED = "succeeded"
        FAILED = "failed"

    refund = models.ForeignKey(Refund, on_delete=models.PROTECT, related_name="legs")
    tender = models.ForeignKey(Tender, on_delete=models.PROTECT, related_name="refund_legs")
    amount_cents = models.BigIntegerField()
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PENDING)
    advice = models.OneToOneField(NetworkAdvice, on_delete=models.PROTECT, related_name="refund_leg")

    objects = ScopedManager(merchant="refund__merchant", place="refund__payment__session__till_sale__store")

    class Meta:
        ordering = ["refund", "tender__position"]
        constraints = [
            models.UniqueConstraint(fields=["refund", "tender"], name="refund_leg_once"),
            models.CheckConstraint(name="refund_leg_positive", condition=Q(amount_cents__gt=0)),
        ]
        indexes = [models.Index(fields=["advice"], name="refund_leg_waits", condition=Q(status="pending"))]

    def __str__(self) -> str:
        return f"{self.amount_cents}"


class RefundPart(models.Model):
    """How many cents of one line one leg gives back. Never more than the tender was charged for that line."""

    leg = models.ForeignKey(RefundLeg, on_delete=models.PROTECT, related_name="parts")
    line = models.ForeignKey(LineItem, on_delete=models.PROTECT, related_name="refund_parts")
    amount_cents = models.BigIntegerField()

    objects = ScopedManager(merchant="leg__refund__merchant", place="leg__refund__payment__session__till_sale__store")

    class Meta:
        triggers: list[pgtrigger.Trigger] = [
            *append_only("refund_part"),
            # The tender's row is taken first, so that two refunds beside each other are judged one after the other.
            pgtrigger.Trigger(
                name="refund_part_within_captured",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                declare=[("card", "bigint"), ("taken", "bigint"), ("given", "bigint")],
                func="""
                    SELECT tender_id INTO card FROM checkout_refundleg WHERE id = NEW.leg_id;
                    PERFORM 1 FROM checkout_tender WHERE id = card FOR UPDATE;
                    SELECT coalesce(sum(amount_cents), 0) INTO taken FROM checkout_tenderline
                     WHERE tender_id = card AND line_id = NEW.line_id;
                    SELECT coalesce(sum(p.amount_cents), 0) INTO given
                      FROM checkout_refundpart p JOIN checkout_refundleg l ON l.id = p.leg_id
                     WHERE l.tender_id = card AND p.line_id = NEW.line_id AND l.status <> 'failed';
                    IF given > taken THEN
                        RAISE EXCEPTION 'line % would get back % of % cents', NEW.line_id, given, taken
                          USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NULL;
                """,
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["leg", "line"], name="refund_part_once"),
            models.CheckConstraint(name="refund_part_positive", condition=Q(amount_cents__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.amount_cents}"
