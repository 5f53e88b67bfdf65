"""Tables of the audit trail. Rows are added by vault.audit.chains alone."""

from __future__ import annotations

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.db import models

from common.models import append_only

CHAINS = 64  # more than sales that commit in the same millisecond: an append finds a free one at its first look


class AuditChain(models.Model):
    """One chain of entries: how long it is, and the seal of its last entry. Grows, and is never removed."""

    number = models.PositiveSmallIntegerField(primary_key=True)
    length = models.BigIntegerField(default=0)
    head = models.BinaryField(default=b"", help_text="Seal of the last entry; empty while there is none.")

    class Meta:
        triggers = [
            pgtrigger.Protect(name="audit_chain_stays", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="audit_chain_only_grows",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(new__length__lte=pgtrigger.F("old__length")),
            ),
            pgtrigger.Trigger(
                name="audit_chain_never_emptied",
                level=pgtrigger.Statement,
                when=pgtrigger.Before,
                operation=pgtrigger.Truncate,
                func="RAISE EXCEPTION 'rows of % are never deleted', TG_TABLE_NAME;",
            ),
        ]

    def __str__(self) -> str:
        return f"chain {self.number}"


class AuditEntry(models.Model):
    """One read or change of personal or money data: who, when, what, whose, why. Holds names of fields, never their values."""

    chain = models.PositiveSmallIntegerField()
    sequence = models.BigIntegerField(help_text="Place in its chain, from 1, without gaps.")
    at = models.DateTimeField("when", help_text="By the database's clock, as the transaction ended.")
    actor_kind = models.CharField("kind of actor", max_length=16)
    actor_id = models.CharField("actor", max_length=120, blank=True)
    actor_role = models.CharField("role", max_length=40, blank=True)
    address = models.CharField(max_length=64, blank=True, help_text="The network address that asked.")
    action = models.CharField(max_length=80)
    subject = models.CharField(max_length=80, help_text="The kind of thing: app.Model, or the name of a page.")
    subject_id = models.CharField("id of subject", max_length=200, blank=True)
    merchant_id = models.BigIntegerField(null=True, help_text="Whose data: the merchant's row.")  # no foreign key: it outlives
    person_id = models.CharField("person", max_length=64, blank=True, help_text="Whose data: the person's public id.")
    fields = ArrayField(models.CharField(max_length=80), default=list, help_text="Which fields were read or changed.")
    details = models.JSONField(default=dict, help_text="Never a personal value.")
    reason = models.CharField(max_length=500, blank=True)
    request_id = models.CharField("request", max_length=64, blank=True)
    key = models.CharField(max_length=16, help_text="Fingerprint of the key that sealed it.")
    previous = models.BinaryField(help_text="Seal of the entry before it in its chain.")
    seal = models.BinaryField(help_text="HMAC-SHA256 over place, previous seal and content.")

    class Meta:
        verbose_name_plural = "audit entries"
        triggers = append_only("audit_entry")
        constraints = [models.UniqueConstraint(fields=["chain", "sequence"], name="audit_entry_place")]
        indexes = [
            models.Index(fields=["merchant_id", "-id"], name="audit_by_merchant"),
            models.Index(fields=["actor_id", "-id"], name="audit_by_actor"),
            models.Index(fields=["action", "-id"], name="audit_by_action"),
            models.Index(fields=["subject_id", "-id"], name="audit_by_subject"),
            models.Index(fields=["request_id"], name="audit_by_request"),
            models.Index(fields=["person_id", "-id"], name="audit_by_person", condition=~models.Q(person_id="")),
            models.Index(fields=["merchant_id", "-id"], name="audit_people_by_merchant", condition=models.Q(actor_kind="user")),
            BrinIndex(fields=["at"], name="audit_by_time", autosummarize=True),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.subject_id}"


class AuditCheck(models.Model):
    """One reading back of the whole trail, and what it found."""

    started_at = models.DateTimeField("started")
    finished_at = models.DateTimeField("finished", auto_now_add=True)
    entries = models.BigIntegerField(help_text="Entries read.")
    anchors = models.BigIntegerField(help_text="Anchors compared.")
    fault_count = models.BigIntegerField("faults")
    faults = models.JSONField(default=list, help_text="The first hundred.")
    notices = models.JSONField(default=list)

    def __str__(self) -> str:
        return f"check of {self.started_at:%Y-%m-%d %H:%M} UTC"
