"""A merchant says that a decision is wrong, and with what evidence; people answer."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from common.ids import public_id_field
from common.scopes import ScopedManager
from vault.fields import SealedTextField


class EligibilityDispute(models.Model):
    """One merchant's objection to the status of one item. Open once per item; answered when two people agree anew.

    What the merchant wrote is sealed: evidence about medical goods may name a person in spite of what the form says.
    """

    class State(models.TextChoices):
        OPEN = "open", "waits for an answer"
        ANSWERED = "answered", "answered"

    class Outcome(models.TextChoices):
        NONE = "", "none yet"
        UPHELD = "upheld", "the decision stands"
        CHANGED = "changed", "the decision was changed"

    public_id = public_id_field("edis")
    merchant = models.ForeignKey("merchants.Merchant", on_delete=models.PROTECT, related_name="eligibility_disputes")
    product = models.ForeignKey("eligibility.Product", null=True, blank=True, on_delete=models.SET_NULL, related_name="disputes")
    item_key = models.CharField(max_length=64)
    title = models.CharField(max_length=500)
    brand = models.CharField(max_length=120, blank=True)
    gtin = models.CharField(max_length=20, blank=True)
    claim_status = models.CharField(max_length=20, help_text="What the merchant says is right.")
    status_before = models.CharField(max_length=20, help_text="What was decided when it was opened.")
    evidence_before = models.CharField(max_length=10)
    evidence = SealedTextField(help_text="In the merchant's words.")
    links = models.JSONField(default=list, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    outcome = models.CharField(max_length=10, choices=Outcome.choices, default=Outcome.NONE, blank=True)
    answer = models.TextField(blank=True, help_text="Why, for the merchant.")
    status_after = models.CharField(max_length=20, blank=True)
    category_after = models.CharField(max_length=80, blank=True)
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    opened_at = models.DateTimeField(auto_now_add=True)
    answered_at = models.DateTimeField(null=True, blank=True)

    objects = ScopedManager(merchant="merchant")

    class Meta:
        ordering = ["-pk"]
        verbose_name = "dispute of a decision"
        verbose_name_plural = "disputes of decisions"
        indexes = [models.Index(fields=["merchant", "-id"], name="eligibility_dispute_newest")]
        constraints = [
            models.UniqueConstraint(fields=["merchant", "item_key"], condition=Q(state="open"), name="eligibility_dispute_open_once"),
            models.CheckConstraint(
                name="eligibility_dispute_answer_whole",
                condition=Q(state="open", outcome="", answered_at=None) | (Q(state="answered", answered_at__isnull=False) & ~Q(outcome="")),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.title


class DisputeFile(models.Model):
    """One file of evidence: a picture of a label, a data sheet. Small, of a known kind, its content sealed."""

    public_id = public_id_field("edf")
    dispute = models.ForeignKey(EligibilityDispute, on_delete=models.CASCADE, related_name="files")
    merchant = models.ForeignKey("merchants.Merchant", on_delete=models.PROTECT, related_name="+")
    title = models.CharField(max_length=120, help_text="The file's name, made safe.")
    content_type = models.CharField(max_length=40)
    size_bytes = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    content = SealedTextField(help_text="Base64.")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager(merchant="merchant")

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.title
