from __future__ import annotations

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from common.ids import public_id_field
from common.models import append_only
from vault.fields import PlatformSealedEmailField, PlatformSealedTextField

USER = settings.AUTH_USER_MODEL


class Application(models.Model):
    """One business that wants to sell here: what it says of itself, how far it came, and who decided.

    An applicant is no merchant yet, so what is personal is sealed with the platform's keys. The link that opens it is kept as a hash.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", "being written"
        SUBMITTED = "submitted", "submitted"
        IN_REVIEW = "in_review", "in review"
        MORE_NEEDED = "more_needed", "more is needed"
        APPROVED = "approved", "approved"
        DECLINED = "declined", "declined"
        WITHDRAWN = "withdrawn", "withdrawn"

    class Kind(models.TextChoices):
        SOLE = "sole_proprietor", "Sole proprietor"
        LLC = "llc", "Limited liability company"
        CORPORATION = "corporation", "Corporation"
        PARTNERSHIP = "partnership", "Partnership"
        NON_PROFIT = "non_profit", "Non-profit"

    class Verdict(models.TextChoices):
        APPROVE = "approve", "approve"
        DECLINE = "decline", "decline"

    public_id = public_id_field("app")
    email = PlatformSealedEmailField("your e-mail address")
    email_index = models.CharField(max_length=64, editable=False, db_index=True)
    digest = models.CharField(max_length=64, unique=True, null=True, editable=False)
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.DRAFT)
    merchant = models.OneToOneField(
        "merchants.Merchant", null=True, blank=True, on_delete=models.PROTECT, related_name="application"
    )
    name = models.CharField("name that shoppers know", max_length=80)
    legal_name = models.CharField("legal name", max_length=120, blank=True)
    kind = models.CharField("kind of business", max_length=16, choices=Kind.choices, blank=True)
    ein = PlatformSealedTextField("EIN", blank=True, default="")
    address = models.TextField("business address", max_length=400, blank=True)
    website = models.CharField("website", max_length=200, blank=True)
    time_zone = models.CharField(max_length=40, default="America/New_York")
    mcc = models.CharField("merchant category code", max_length=4, blank=True)
    sells = models.TextField("what you sell", max_length=1000, blank=True)
    monthly_volume_cents = models.BigIntegerField("expected sales a month", null=True, blank=True)
    largest_sale_cents = models.BigIntegerField("largest sale", null=True, blank=True)
    claims_iias = models.BooleanField("our tills or shop are IIAS certified", default=False)
    claims_ninety_percent = models.BooleanField("at least 90% of our sales are health care (90% rule)", default=False)
    bank_name = models.CharField("bank of your payouts", max_length=120, blank=True)
    reviewer = models.ForeignKey(USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    verdict = models.CharField(max_length=8, choices=Verdict.choices, blank=True)
    verdict_reason = models.CharField(max_length=500, blank=True)
    wanted_limits = models.JSONField(default=dict, blank=True)
    proposed_by = models.ForeignKey(USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    submitted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        app_label = "merchants"
        ordering = ["-pk"]
        indexes = [models.Index(fields=["status", "-id"], name="application_by_status")]
        constraints = [
            models.CheckConstraint(
                name="application_decided_by_two",
                condition=~Q(status__in=["approved", "declined"])
                | Q(proposed_by__isnull=False, decided_by__isnull=False) & ~Q(proposed_by=F("decided_by")),
            ),
            models.CheckConstraint(
                name="application_approved_is_a_merchant", condition=~Q(status="approved") | Q(merchant__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return str(self.legal_name or self.name)

    @property
    def is_editable(self) -> bool:
        return self.status in {self.Status.DRAFT, self.Status.MORE_NEEDED}

    @property
    def is_over(self) -> bool:
        return self.status in {self.Status.APPROVED, self.Status.DECLINED, self.Status.WITHDRAWN}


class ApplicationPerson(models.Model):
    """One owner of a quarter or more, or the one person who controls the business (31 CFR 1010.230)."""

    public_id = public_id_field("apn")
    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="people")
    full_name = PlatformSealedTextField("full name")
    born_on = PlatformSealedTextField("date of birth", help_text="ISO 8601.")
    address = PlatformSealedTextField("home address")
    ssn = PlatformSealedTextField("social security number", help_text="Nine digits.")
    title = models.CharField("title", max_length=60, blank=True)
    owned_percent = models.PositiveSmallIntegerField("owns per cent", default=0)
    is_control = models.BooleanField("controls the business", default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        app_label = "merchants"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["application"], name="application_one_control", condition=Q(is_control=True)),
            models.CheckConstraint(name="application_owns_at_most_all", condition=Q(owned_percent__lte=100)),
        ]

    def __str__(self) -> str:
        return str(self.public_id)


class ApplicationDocument(models.Model):
    """One paper of an applicant, judged by what it holds, sealed. A paper that is replaced stays."""

    class Kind(models.TextChoices):
        FORMATION = "formation", "Formation (articles, certificate)"
        EIN_LETTER = "ein_letter", "EIN letter of the IRS (CP 575, 147C)"
        IDENTITY = "identity", "Identity of an owner or the control person"
        ADDRESS = "address", "Proof of the business address"
        BANK = "bank", "Bank letter or voided cheque"
        CERTIFICATION = "certification", "IIAS certificate or proof of the 90% rule"
        OTHER = "other", "Something else"

    public_id = public_id_field("apd")
    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="documents")
    kind = models.CharField(max_length=14, choices=Kind.choices)
    title = models.CharField(max_length=100)
    content_type = models.CharField(max_length=40)
    size_bytes = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    content = PlatformSealedTextField(help_text="Base64.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        app_label = "merchants"
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["application", "sha256"], name="application_document_once")]

    def __str__(self) -> str:
        return self.title


class ApplicationCheck(models.Model):
    """One thing that people of risk look at before they decide, and their word on it."""

    class Status(models.TextChoices):
        OPEN = "open", "open"
        PASSED = "passed", "passed"
        FAILED = "failed", "failed"
        WAIVER_ASKED = "waiver_asked", "waiver asked for"
        WAIVED = "waived", "waived by two"

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="checks")
    kind = models.CharField(max_length=20)
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.OPEN)
    reason = models.CharField(max_length=500, blank=True)
    by = models.ForeignKey(USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    second = models.ForeignKey(USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        app_label = "merchants"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["application", "kind"], name="application_check_once"),
            models.CheckConstraint(
                name="application_waived_by_two",
                condition=~Q(status="waived") | Q(by__isnull=False, second__isnull=False) & ~Q(by=F("second")),
            ),
            models.CheckConstraint(name="application_check_says_why", condition=Q(status__in=["open", "passed"]) | ~Q(reason="")),
        ]

    def __str__(self) -> str:
        return self.kind

    @property
    def is_settled(self) -> bool:
        return self.status in {self.Status.PASSED, self.Status.WAIVED}


class ApplicationMessage(models.Model):
    """One question to the applicant, or one answer. by: of the house; empty: the applicant."""

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="messages")
    by = models.ForeignKey(USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    body = models.TextField()
    written_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        app_label = "merchants"
        ordering = ["pk"]
        triggers: list[pgtrigger.Trigger] = append_only("application_message")

    def __str__(self) -> str:
        return f"{self.written_at:%Y-%m-%d}"
