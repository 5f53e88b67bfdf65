"""Letters of medical necessity, their history and their signatures."""

from __future__ import annotations

from functools import reduce
from operator import or_

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Func, Q

from common.ids import public_id_field
from common.models import append_only
from common.scopes import ScopedManager
from vault.fields import SealedJSONField, SealedTextField

LONGEST_MONTHS = 12
GIVEN_UP = ("declined", "cancelled")
SIGNED = ("issued", "expired", "revoked", "superseded")
FROZEN = ("merchant", "shopper", "source", "categories", "items", "months", "issued_on", "expires_on", "supersedes")
FROZEN_CHANGED = reduce(or_, (pgtrigger.Q(**{f"old__{name}__df": pgtrigger.F(f"new__{name}")}) for name in FROZEN))


class Letter(models.Model):
    """One letter of medical necessity of one shopper at one merchant, from the request to its end.

    What it says of a person's health is sealed with the merchant's key; what it covers and until when is not, for the merchant may know.
    Once signed, coverage and dates are never changed: another letter supersedes this one.
    """

    class Status(models.TextChoices):
        REQUESTED = "requested", "Waiting for a clinician"
        UNDER_REVIEW = "under_review", "With a clinician"
        NEEDS_INFORMATION = "needs_information", "Waiting for an answer"
        ISSUED = "issued", "Issued"
        DECLINED = "declined", "Declined"
        CANCELLED = "cancelled", "Withdrawn"
        EXPIRED = "expired", "Expired"
        REVOKED = "revoked", "Revoked"
        SUPERSEDED = "superseded", "Replaced by a newer one"

    class Source(models.TextChoices):
        REQUEST = "request", "asked for here"
        UPLOAD = "upload", "signed elsewhere, uploaded"

    public_id = public_id_field("lmn")
    merchant = models.ForeignKey("merchants.Merchant", on_delete=models.PROTECT, related_name="letters")
    shopper = models.ForeignKey("shoppers.Shopper", on_delete=models.PROTECT, related_name="letters")
    status = models.CharField(max_length=20, choices=Status.choices, default=Status.REQUESTED)
    source = models.CharField(max_length=10, choices=Source.choices, default=Source.REQUEST)
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="letters_reviewed",
        help_text="The clinician who took it up; nobody else reads what it says.",
    )  # fmt: skip
    supersedes = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="amendments", help_text="The letter that it amends."
    )

    patient_name = SealedTextField()
    patient_state = SealedTextField(default="", blank=True)
    condition = SealedTextField(default="", blank=True)
    icd10 = SealedTextField("ICD-10-CM code", default="", blank=True)
    rationale = SealedTextField(default="", blank=True)
    answers = SealedJSONField(default=dict, blank=True, help_text="Question -> what the shopper answered.")
    question = SealedTextField(default="", blank=True, help_text="What the clinician asks the shopper.")
    reason = SealedTextField(default="", blank=True, help_text="Why it was declined or revoked.")
    provider = SealedJSONField(default=dict, blank=True, help_text="Who signed: name, credential, npi, state, licence.")
    document = SealedTextField(null=True, blank=True, help_text="The uploaded letter: a PDF in Base64.")
    pdf = SealedTextField(null=True, blank=True, help_text="The letter as it was signed: a PDF in Base64.")

    categories = ArrayField(models.CharField(max_length=80), default=list, blank=True)
    items = models.JSONField(
        default=list, blank=True, encoder=DjangoJSONEncoder, help_text="[{title, brand, gtin14, key, is_exact}]"
    )
    months = models.PositiveSmallIntegerField(default=LONGEST_MONTHS)
    issued_on = models.DateField(null=True, blank=True, help_text="The day of the signature where the provider is licensed.")
    expires_on = models.DateField(null=True, blank=True, help_text="The last day on which a purchase is covered.")
    requested_at = models.DateTimeField(auto_now_add=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    objects = ScopedManager(merchant="merchant")

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["merchant", "-id"], name="letter_merchant_newest"),
            models.Index(fields=["shopper"], name="letter_in_force", condition=Q(status="issued")),  # asked at each sale
            models.Index(fields=["expires_on"], name="letter_may_expire", condition=Q(status="issued")),
            models.Index(
                fields=["requested_at"],
                name="letter_open",
                condition=Q(status__in=["requested", "under_review", "needs_information"]),
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["supersedes"], name="letter_amended_once", condition=~Q(status__in=GIVEN_UP)),
            models.CheckConstraint(name="letter_months", condition=Q(months__gte=1, months__lte=LONGEST_MONTHS)),
            models.CheckConstraint(
                name="letter_signed_has_dates",
                condition=Q(status__in=SIGNED, issued_on__isnull=False, expires_on__isnull=False, reviewer__isnull=False)
                | (~Q(status__in=SIGNED) & Q(issued_on__isnull=True, expires_on__isnull=True)),
            ),
            models.CheckConstraint(
                name="letter_ends_within_a_year",
                condition=Q(issued_on__isnull=True)
                | Q(
                    expires_on__gte=F("issued_on"),
                    expires_on__lte=Func(
                        F("issued_on"), template="(%(expressions)s + interval '1 year')::date", output_field=models.DateField()
                    ),
                ),
            ),
            models.CheckConstraint(name="letter_covers_something", condition=~Q(categories=[], items=[]) | ~Q(status__in=SIGNED)),
            models.CheckConstraint(
                name="letter_in_review_has_reviewer",
                condition=~Q(status__in=["under_review", "needs_information"]) | Q(reviewer__isnull=False),
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="letter_is_never_deleted", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="letter_keeps_what_was_signed",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__issued_on__isnull=False) & FROZEN_CHANGED,
            ),
        ]

    def __str__(self) -> str:
        return str(self.public_id)


class LetterEvent(models.Model):
    """One thing that happened to a letter: added, never edited."""

    letter = models.ForeignKey(Letter, on_delete=models.PROTECT, related_name="events")
    merchant = models.ForeignKey("merchants.Merchant", on_delete=models.PROTECT, related_name="+")
    verb = models.CharField(max_length=20)
    actor_kind = models.CharField(max_length=16)
    actor_id = models.CharField(max_length=120, blank=True)
    at = models.DateTimeField()

    objects = ScopedManager(merchant="merchant")

    class Meta:
        ordering = ["pk"]
        triggers: list[pgtrigger.Trigger] = append_only("letter_event")

    def __str__(self) -> str:
        return self.verb


class LetterSignature(models.Model):
    """Who signed a letter (or vouched for one signed elsewhere), when, how, and exactly what.

    `text` is the canonical text, of which `text_sha256` is the digest; `pdf_sha256` is that of the document's bytes.
    """

    class Kind(models.TextChoices):
        SIGNED = "signed", "signed electronically here"
        VERIFIED = "verified", "signed elsewhere, read and checked here"

    public_id = public_id_field("sig")
    letter = models.OneToOneField(Letter, on_delete=models.PROTECT, related_name="signature")
    merchant = models.ForeignKey("merchants.Merchant", on_delete=models.PROTECT, related_name="+")
    signer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    signed_at = models.DateTimeField()
    zone = models.CharField(max_length=40, help_text="The time zone in which the day of the signature was reckoned.")
    factor = models.CharField(max_length=20, help_text="The second factor that was asked for at the signature.")
    text = SealedTextField()
    text_sha256 = models.CharField(max_length=64)
    pdf_sha256 = models.CharField(max_length=64)

    objects = ScopedManager(merchant="merchant")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="letter_signature_digests",
                condition=Q(text_sha256__regex="^[0-9a-f]{64}$", pdf_sha256__regex="^[0-9a-f]{64}$"),
            )
        ]
        triggers = [
            # A key that is rotated writes `text` anew; its digest stays.
            pgtrigger.ReadOnly(
                name="letter_signature_stays",
                fields=[
                    "public_id",
                    "letter",
                    "merchant",
                    "signer",
                    "kind",
                    "signed_at",
                    "zone",
                    "factor",
                    "text_sha256",
                    "pdf_sha256",
                ],
            ),
            pgtrigger.Protect(name="letter_signature_never_deleted", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return str(self.public_id)
