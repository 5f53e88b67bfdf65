"""What an auditor finds, what shows that it was settled, restore drills, and reviews of who has access."""

from __future__ import annotations

from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from common.ids import public_id_field
from common.models import append_only

SHA256_HEX = RegexValidator(r"^[0-9a-f]{64}$")


class Finding(models.Model):
    """One thing that an auditor found. Its state is changed by compliance.services.findings alone, each step with a history row."""

    class Severity(models.TextChoices):
        CRITICAL = "critical"
        HIGH = "high"
        MEDIUM = "medium"
        LOW = "low"
        NOTE = "note"

    class State(models.TextChoices):
        OPEN = "open", "open"
        IN_PROGRESS = "in_progress", "in progress"
        REMEDIATED = "remediated", "remediated"
        VERIFIED = "verified", "verified"
        CLOSED = "closed", "closed"
        ACCEPTED = "accepted_risk", "risk accepted"

    SETTLED: ClassVar = (State.VERIFIED, State.CLOSED, State.ACCEPTED)

    public_id = public_id_field("fnd")
    title = models.CharField(max_length=160)
    framework = models.CharField(max_length=40, help_text="Such as PCI DSS 4.0.1, SOC 2, HIPAA, ASVS 5.0.")
    control_id = models.CharField("control", max_length=40, blank=True, help_text="Its number there, such as 6.4.3.")
    severity = models.CharField(max_length=8, choices=Severity.choices, default=Severity.MEDIUM)
    description = models.TextField(max_length=8000, help_text="What was seen, where, and what follows. No personal data.")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="findings")
    due_on = models.DateField("due")
    state = models.CharField(max_length=14, choices=State.choices, default=State.OPEN, editable=False)
    approver = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, editable=False, related_name="risks_accepted"
    )
    external_id = models.CharField(max_length=80, blank=True, editable=False, help_text="As the auditor's own list names it.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["external_id"], name="finding_external_id_once", condition=~Q(external_id="")),
            models.CheckConstraint(name="accepted_risk_has_an_approver", condition=~Q(state="accepted_risk") | Q(approver__isnull=False)),
            models.CheckConstraint(
                name="approver_is_not_the_owner", condition=~Q(state="accepted_risk") | Q(owner=None) | ~Q(approver=F("owner"))
            ),
        ]  # fmt: skip
        indexes = [models.Index("due_on", name="finding_due", condition=Q(state__in=["open", "in_progress", "remediated"]))]

    def __str__(self) -> str:
        return self.title

    @property
    def is_overdue(self) -> bool:
        return self.state not in self.SETTLED and self.due_on < timezone.localdate()


class FindingEvent(models.Model):
    """One step of a finding's history."""

    finding = models.ForeignKey(Finding, on_delete=models.PROTECT, related_name="events")
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    step = models.CharField(max_length=20)
    from_state = models.CharField(max_length=14, blank=True)
    to_state = models.CharField(max_length=14)
    note = models.TextField(max_length=4000, blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]
        triggers: list[pgtrigger.Trigger] = append_only("finding_event")

    def __str__(self) -> str:
        return f"{self.step} {self.finding_id}"


class Evidence(models.Model):
    """What shows that a finding was settled or a drill took place: a link, or a small file kept here, never changed."""

    public_id = public_id_field("evd")
    finding = models.ForeignKey(Finding, on_delete=models.PROTECT, null=True, related_name="evidence")
    drill = models.ForeignKey("RestoreDrill", on_delete=models.PROTECT, null=True, related_name="evidence")
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    url = models.URLField(max_length=500, blank=True)
    name = models.CharField(max_length=120, blank=True)
    content_type = models.CharField(max_length=80, blank=True)
    size_bytes = models.PositiveIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True, validators=[SHA256_HEX])
    content = models.BinaryField(null=True)
    added_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]
        verbose_name_plural = "evidence"
        triggers: list[pgtrigger.Trigger] = append_only("evidence")
        constraints = [
            models.CheckConstraint(
                name="evidence_is_of_one_thing", condition=Q(finding=None, drill__isnull=False) | Q(finding__isnull=False, drill=None)
            ),
            models.CheckConstraint(
                name="evidence_is_link_or_file",
                condition=(Q(content=None) & ~Q(url="")) | Q(content__isnull=False, url="", size_bytes__gt=0, sha256__regex="^[0-9a-f]{64}$"),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name or self.url


class RestoreDrill(models.Model):
    """One proof, or failed proof, that a backup can be restored and agrees with itself."""

    class Result(models.TextChoices):
        PASSED = "passed"
        FAILED = "failed"

    public_id = public_id_field("drl")
    started_at = models.DateTimeField()
    duration_s = models.PositiveIntegerField("duration")
    backup = models.CharField(max_length=200, help_text="Which one: its name, and when it was taken.")
    backup_taken_at = models.DateTimeField(null=True)
    performed_by = models.CharField(max_length=120, help_text="A person's id, or the name of the machine's job.")
    method = models.CharField(max_length=40)
    result = models.CharField(max_length=8, choices=Result.choices)
    checks = models.JSONField(default=list, help_text="[{name, passed, detail}]")
    note = models.TextField(max_length=4000, blank=True)
    recorded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        triggers: list[pgtrigger.Trigger] = append_only("restore_drill")

    def __str__(self) -> str:
        return str(self.public_id)


class AccessReview(models.Model):
    """One look at everybody who has access, quarterly: lines are frozen as it opens, decisions are added."""

    public_id = public_id_field("arv")
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField(auto_now_add=True)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["closed_at"], name="access_review_one_open", condition=Q(closed_at=None), nulls_distinct=False)
        ]  # fmt: skip

    def __str__(self) -> str:
        return str(self.public_id)


class AccessReviewLine(models.Model):
    """One access of one person or key, as it stood when the review opened."""

    class Kind(models.TextChoices):
        STAFF = "staff", "staff role"
        MEMBER = "member", "merchant’s member"
        KEY = "api_key", "API key"

    review = models.ForeignKey(AccessReview, on_delete=models.PROTECT, related_name="lines")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    subject_id = models.CharField(max_length=40, help_text="Person or key, by public id.")
    merchant_public_id = models.CharField(max_length=40, blank=True)
    role = models.CharField(max_length=60)
    has_second_factor = models.BooleanField(null=True)
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["pk"]
        triggers: list[pgtrigger.Trigger] = append_only("access_review_line")
        constraints = [
            models.UniqueConstraint(
                fields=["review", "kind", "subject_id", "merchant_public_id", "role"], name="access_line_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.subject_id}"


class AccessDecision(models.Model):
    """What a reviewer decided about one line. The newest counts; the others stay."""

    class Verdict(models.TextChoices):
        CONFIRMED = "confirmed"
        REMOVE = "remove", "to be removed"

    line = models.ForeignKey(AccessReviewLine, on_delete=models.PROTECT, related_name="decisions")
    verdict = models.CharField(max_length=10, choices=Verdict.choices)
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    note = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]
        triggers: list[pgtrigger.Trigger] = append_only("access_decision")

    def __str__(self) -> str:
        return f"{self.verdict} {self.line_id}"
