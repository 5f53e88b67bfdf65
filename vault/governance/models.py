"""The bank's requests about merchants' keys, and the history that nobody changes."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import F, Q

from common.ids import public_id_field
from common.models import append_only
from vault.key_models import MerchantKey


class CustodyRequest(models.Model):
    """One change of a merchant's key that a person of the bank asked for. Another person of the bank approves or refuses it."""

    class Verb(models.TextChoices):
        REVOKE = "revoke", "revoke"
        RESTORE = "restore", "restore"
        REWRAP = "rewrap", "rotate the bank’s key"
        RESEAL = "reseal", "seal everything anew"

    class Status(models.TextChoices):
        PENDING = "pending", "waits for a second person"
        APPROVED = "approved", "is being carried out"
        FAILED = "failed", "failed at the bank"
        DONE = "done", "done"
        REFUSED = "refused", "refused"
        EXPIRED = "expired", "expired"

    public_id = public_id_field("cust")
    key = models.ForeignKey(MerchantKey, on_delete=models.PROTECT, related_name="requests")
    verb = models.CharField(max_length=10, choices=Verb.choices)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PENDING)
    reason = models.TextField(help_text="In the words of whoever asked.")
    requested_by = models.CharField(max_length=40, help_text="Public id of the person; people stand in a room above this one.")
    requester = models.CharField(max_length=150, help_text="Their name at that time.")
    requested_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    decided_by = models.CharField(max_length=40, blank=True)
    decider = models.CharField(max_length=150, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True, help_text="What the keeper of keys said last.")
    attempts = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(decided_by=F("requested_by")), name="custody_request_takes_two_people"),
            models.CheckConstraint(condition=~Q(reason=""), name="custody_request_has_a_reason"),
            models.CheckConstraint(
                condition=Q(status__in=["pending", "expired"]) | ~Q(decided_by=""), name="custody_request_is_decided_by_somebody"
            ),
            models.UniqueConstraint(
                fields=["key", "verb"],
                condition=Q(status__in=["pending", "approved", "failed"]),
                name="custody_request_once_open",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="custody_request_stays", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="custody_request_asks_the_same",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange("key", "verb", "reason", "requested_by", "requested_at", "expires_at"),
            ),
            pgtrigger.Protect(  # its end is final, and who decided it stays who decided it
                name="custody_request_ends_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__status__in=["done", "refused", "expired"])
                | (~pgtrigger.Q(old__decided_by="") & ~pgtrigger.Q(old__decided_by=pgtrigger.F("new__decided_by"))),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.key.owner}"

    @property
    def is_open(self) -> bool:
        return self.status in {self.Status.PENDING, self.Status.APPROVED, self.Status.FAILED}


class CustodyEvent(models.Model):
    """One thing that happened to a merchant's key, in the bank's history. Added, never changed."""

    public_id = public_id_field("cev")
    key = models.ForeignKey(MerchantKey, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=40, help_text="Such as revoke.requested, revoke.done, found.disabled.")
    text = models.TextField(blank=True, help_text="The reason, or what the keeper of keys said.")
    person_id = models.CharField(max_length=40, blank=True)
    person = models.CharField(max_length=150, blank=True, help_text="Who did it; empty for the platform itself.")
    request = models.ForeignKey(CustodyRequest, null=True, blank=True, on_delete=models.PROTECT, related_name="events")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["key", "-id"], name="custody_event_newest")]
        triggers: list[pgtrigger.Trigger] = append_only("custody_event")

    def __str__(self) -> str:
        return self.kind
