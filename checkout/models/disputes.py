"""Disputes and retrievals of cards: what an issuer asks or takes back, how it is answered, and the proof that goes with it."""

from __future__ import annotations

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from checkout.models.payments import Payment, Tender
from common.ids import public_id_field
from common.models import append_only
from common.scopes import ScopedManager
from vault.fields import SealedTextField


class DisputeMessageFile(models.Model):
    """One of the acquirer's files of dispute messages, taken once."""

    name = models.CharField(max_length=120)
    sha256 = models.CharField("SHA-256", max_length=64, unique=True)
    line_count = models.PositiveIntegerField("lines")
    unknown_count = models.PositiveIntegerField("lines about no charge of ours", default=0)
    taken_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class Dispute(models.Model):
    """One case of one charge: a retrieval asks for documents, a dispute takes the money back until it is decided."""

    class Kind(models.TextChoices):
        RETRIEVAL = "retrieval", "a request for documents"
        DISPUTE = "dispute", "a dispute"

    class Status(models.TextChoices):
        NEEDS_RESPONSE = "needs_response", "Needs your answer"
        SUBMITTED = "submitted", "Answered"
        ACCEPTED = "accepted", "Accepted"
        WON = "won", "Won"
        LOST = "lost", "Lost"
        EXPIRED = "expired", "Not answered in time"

    public_id = public_id_field("dp")
    merchant = models.ForeignKey("merchants.Merchant", on_delete=models.PROTECT, related_name="card_disputes")
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="disputes")
    tender = models.ForeignKey(Tender, on_delete=models.PROTECT, related_name="disputes")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.NEEDS_RESPONSE)
    case_number = models.CharField(max_length=40, unique=True, help_text="The network's own.")
    network = models.CharField(max_length=12)
    reason_code = models.CharField(max_length=8)
    amount_cents = models.BigIntegerField(help_text="What the issuer disputes, as it says.")
    debited_cents = models.BigIntegerField(
        default=0, help_text="What was taken from the balance: never more than the captured rest."
    )
    fee_cents = models.BigIntegerField(default=0)
    evidence = SealedTextField(null=True, blank=True, help_text="What the merchant says.")
    due_at = models.DateTimeField()
    opened_at = models.DateTimeField()
    reminded_at = models.DateTimeField(null=True, blank=True)
    submitted_at = models.DateTimeField(null=True, blank=True)
    is_answered_by_itself = models.BooleanField(default=False)
    sent_at = models.DateTimeField(null=True, blank=True, help_text="When the answer was laid where the acquirer takes it from.")
    closed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager(merchant="merchant", place="payment__session__till_sale__store")

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["merchant", "-id"], name="dispute_merchant_newest"),
            models.Index(fields=["merchant", "due_at"], name="dispute_to_answer", condition=Q(status="needs_response")),
            models.Index(fields=["due_at"], name="dispute_due", condition=Q(status="needs_response")),
            models.Index(
                fields=["submitted_at"], name="dispute_to_send", condition=Q(submitted_at__isnull=False, sent_at__isnull=True)
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="dispute_takes_no_more_than_disputed",
                condition=Q(amount_cents__gt=0, debited_cents__gte=0, debited_cents__lte=F("amount_cents"), fee_cents__gte=0),
            ),
            models.CheckConstraint(
                name="retrieval_moves_no_money", condition=~Q(kind="retrieval") | Q(debited_cents=0, fee_cents=0)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_number} · {self.reason_code}"


class DisputeEvidence(models.Model):
    """One file that a merchant adds to an answer: small, of a known kind, its content sealed."""

    public_id = public_id_field("dpf")
    dispute = models.ForeignKey(Dispute, on_delete=models.PROTECT, related_name="files")
    merchant = models.ForeignKey("merchants.Merchant", on_delete=models.PROTECT, related_name="+")
    title = models.CharField(max_length=120, help_text="The file's name, made safe.")
    content_type = models.CharField(max_length=40)
    size_bytes = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    content = SealedTextField(help_text="Base64.")
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager(merchant="merchant", place="dispute__payment__session__till_sale__store")

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["dispute", "sha256"], name="dispute_file_once")]

    def __str__(self) -> str:
        return self.title


class EvidencePack(models.Model):
    """The record of what was bought, as it was frozen with the sale, built by itself. A newer one has the next number."""

    public_id = public_id_field("evp")
    dispute = models.ForeignKey(Dispute, on_delete=models.PROTECT, related_name="packs")
    merchant = models.ForeignKey("merchants.Merchant", on_delete=models.PROTECT, related_name="+")
    number = models.PositiveSmallIntegerField()
    is_complete = models.BooleanField()
    missing = models.JSONField(default=list, help_text="In words: what keeps it from answering by itself.")
    record = SealedTextField(help_text="The item record, as JSON.")
    pdf = SealedTextField(help_text="The same as a document, in Base64.")
    record_sha256 = models.CharField(max_length=64)
    pdf_sha256 = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager(merchant="merchant", place="dispute__payment__session__till_sale__store")

    class Meta:
        ordering = ["dispute", "number"]
        triggers: list[pgtrigger.Trigger] = append_only("evidence_pack")
        constraints = [models.UniqueConstraint(fields=["dispute", "number"], name="evidence_pack_number_once")]

    def __str__(self) -> str:
        return str(self.public_id)
