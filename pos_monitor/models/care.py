"""Support's work: what to do about each kind of alert, cases with merchants, weekly reports, mails to the desk."""

from __future__ import annotations

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from common.ids import public_id_field
from common.models import append_only
from common.scopes import ScopedManager
from vault.fields import SealedTextField


class Playbook(models.Model):
    """What to do about one rule, as a lead last wrote it; before that the room's own text holds (`care/texts`). Rows are added."""

    slug = models.SlugField(max_length=40, help_text="A rule's slug, or else a kind of rule.")
    revision = models.PositiveIntegerField()
    body = models.TextField(help_text="Markdown.")
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["slug", "-revision"]
        constraints = [models.UniqueConstraint(fields=["slug", "revision"], name="playbook_revision_once")]
        triggers = append_only("playbook")

    def __str__(self) -> str:
        return f"{self.slug} {self.revision}"


class SupportCase(models.Model):
    """One matter between support and a merchant: what was written, said and agreed about terminals of theirs."""

    class State(models.TextChoices):
        OPEN = "open", "Open"
        WAITING = "waiting", "Waits for the merchant"
        CLOSED = "closed", "Closed"

    public_id = public_id_field("cas")
    merchant = models.ForeignKey("merchants.Merchant", on_delete=models.PROTECT, related_name="+")
    incident = models.ForeignKey("pos_monitor.Incident", null=True, blank=True, on_delete=models.PROTECT, related_name="cases")
    terminals = ArrayField(
        models.BigIntegerField(), default=list, blank=True, help_text="Numbers of the terminals that it is about."
    )
    subject = SealedTextField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = ScopedManager(merchant="merchant")

    class Meta:
        ordering = ["-changed_at"]
        indexes = [models.Index(fields=["merchant", "-changed_at"], name="case_of_merchant")]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="closed", closed_at__isnull=False) | ~Q(state="closed") & Q(closed_at=None),
                name="case_closed_has_its_time",
            )
        ]

    def __str__(self) -> str:
        return str(self.public_id)


class CaseEntry(models.Model):
    """One thing that was written or said in a case. Never changed."""

    class Kind(models.TextChoices):
        MAIL = "mail", "Mail to the merchant"
        REPLY = "reply", "Reply of the merchant"
        CALL = "call", "Call"
        NOTE = "note", "Note among us"
        STATE = "state", "Change of state"

    public_id = public_id_field("cae")
    case = models.ForeignKey(SupportCase, on_delete=models.PROTECT, related_name="entries")
    merchant = models.ForeignKey("merchants.Merchant", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=5, choices=Kind.choices)
    body = SealedTextField(blank=True)
    told = models.PositiveSmallIntegerField(default=0, help_text="Of a mail: how many of the merchant's people were told.")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager(merchant="merchant")

    class Meta:
        ordering = ["pk"]
        triggers = [
            pgtrigger.Protect(name="case_entry_stays", operation=pgtrigger.Delete),
            # Its body may be sealed anew when the merchant's key is rotated; everything else stays as it was.
            pgtrigger.ReadOnly(name="case_entry_never_changes", fields=["public_id", "case", "merchant", "kind", "by", "at"]),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.public_id}"


class WeeklyReport(models.Model):
    """What a merchant's terminals did in one week, frozen when it was written; its PDF is drawn from `figures`."""

    public_id = public_id_field("wkr")
    merchant = models.ForeignKey("merchants.Merchant", on_delete=models.CASCADE, related_name="+")
    week_on = models.DateField(help_text="The Monday on which the week began, in the merchant's zone.")
    figures = models.JSONField(help_text="As `care.weekly.reckon` makes them.")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager(merchant="merchant")

    class Meta:
        ordering = ["-week_on"]
        constraints = [models.UniqueConstraint(fields=["merchant", "week_on"], name="weekly_report_once")]

    def __str__(self) -> str:
        return f"{self.merchant_id} {self.week_on}"


class DeskLetter(models.Model):
    """One mail to the addresses of support's desk (`FLEET_SUPPORT_EMAILS`), written with what it tells of and sent afterwards."""

    public_id = public_id_field("dsk")
    subject = models.CharField(max_length=160)
    body = models.TextField(help_text="What our own incidents say; nothing personal.")
    created_at = models.DateTimeField(auto_now_add=True)
    next_attempt_at = models.DateTimeField(help_text="While somebody sends it: when that is given up.")
    attempts = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True, blank=True)
    error_code = models.CharField(max_length=40, blank=True)

    class Meta:
        ordering = ["-pk"]
        default_permissions = ("view",)
        indexes = [models.Index(fields=["next_attempt_at"], condition=Q(sent_at__isnull=True), name="desk_letter_due")]

    def __str__(self) -> str:
        return str(self.public_id)
