"""Where merchants want to hear of events, what is told to whom, and every attempt to tell it."""

from __future__ import annotations

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from common.ids import public_id_field
from common.models import append_only
from common.outgoing.urls import MAX_URL_LENGTH
from common.scopes import ScopedManager
from merchants.models import Event, Merchant
from vault.fields import SealedTextField
from webhooks.signing import Secrets


class WebhookEndpoint(models.Model):
    """One address of a merchant's that hears of events, and the secrets with which it knows them for ours."""

    class State(models.TextChoices):
        ENABLED = "enabled", "On"
        PAUSED = "paused", "Paused: events wait"
        DISABLED = "disabled", "Off: events pass by"

    class Reason(models.TextChoices):
        NONE = "", "none"
        BY_HAND = "by_hand", "by hand"
        FAILING = "failing", "every delivery failed for three days"
        GONE = "gone", "the receiver answered 410 Gone"
        PAUSED_TOO_LONG = "paused_too_long", "paused for 30 days"

    public_id = public_id_field("we")
    merchant = models.ForeignKey(Merchant, on_delete=models.PROTECT, related_name="webhook_endpoints")
    url = models.CharField(max_length=MAX_URL_LENGTH)
    description = models.CharField(max_length=200, blank=True)
    event_types = ArrayField(models.CharField(max_length=60), default=list, blank=True, help_text="None is all.")
    api_version = models.CharField(max_length=10, help_text="The dated version in which events are told.")
    state = models.CharField(max_length=10, choices=State.choices, default=State.ENABLED)
    state_reason = models.CharField(max_length=20, choices=Reason.choices, default=Reason.NONE, blank=True)
    state_changed_at = models.DateTimeField(default=timezone.now)
    secret = SealedTextField(help_text="whsec_… and Base64, as Standard Webhooks has it.")
    secret_changed_at = models.DateTimeField(default=timezone.now)
    previous_secret = SealedTextField(null=True, blank=True, help_text="Signs as well, until its time is over.")
    previous_secret_until = models.DateTimeField(null=True, blank=True)
    failing_since = models.DateTimeField(null=True, blank=True, help_text="The first failure since the last success.")
    failures_in_a_row = models.PositiveIntegerField(default=0)
    throttled_until = models.DateTimeField(null=True, blank=True, help_text="As the receiver asked, by Retry-After.")
    last_success_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    deleted_at = models.DateTimeField(null=True, blank=True)
    objects = ScopedManager(merchant="merchant")

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["merchant"], condition=models.Q(deleted_at=None), name="webhook_endpoint_of_merchant")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(previous_secret__isnull=True) | models.Q(previous_secret_until__isnull=False),
                name="webhook_previous_secret_ends",
            ),
            models.CheckConstraint(
                condition=models.Q(deleted_at=None) | models.Q(state="disabled"), name="webhook_deleted_is_disabled"
            ),
        ]

    def __str__(self) -> str:
        return self.url

    @property
    def is_enabled(self) -> bool:
        return self.state == self.State.ENABLED

    def open_secrets(self) -> Secrets:
        """Opens them, which asks the merchant's key and is written to the audit trail."""
        return Secrets(self.secret, self.previous_secret, self.previous_secret_until)


class WebhookDelivery(models.Model):
    """One event for one endpoint. `next_attempt_at` of a waiting one is also its lease while somebody is at it."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        DELIVERED = "delivered", "Delivered"
        FAILED = "failed", "Given up"
        CANCELLED = "cancelled", "Not sent"

    public_id = public_id_field("whd")
    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.PROTECT, related_name="deliveries")
    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="deliveries")
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    next_attempt_at = models.DateTimeField(default=timezone.now)
    claim = models.PositiveIntegerField(default=0, help_text="Counts who took it up; a result of an older claim changes nothing.")
    round_attempts = models.PositiveSmallIntegerField(default=0, help_text="Since it was made or last sent again.")
    attempts_count = models.PositiveIntegerField(default=0)
    last_status = models.PositiveSmallIntegerField(null=True, blank=True)
    last_error = models.CharField(max_length=20, blank=True)
    last_attempt_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    replayed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    objects = ScopedManager(merchant="endpoint__merchant")

    class Meta:
        verbose_name_plural = "webhook deliveries"
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["event", "endpoint"], name="webhook_delivery_once")]
        indexes = [
            # What the dispatcher asks for: the endpoints with something due, then the oldest of each.
            models.Index(
                fields=["endpoint", "next_attempt_at"], condition=models.Q(state="waiting"), name="webhook_delivery_due"
            ),
            models.Index(fields=["endpoint", "-id"], name="webhook_delivery_newest"),
        ]

    def __str__(self) -> str:
        return str(self.public_id)


class WebhookAttempt(models.Model):
    """One time we called an endpoint, and what came of it. Never changed."""

    delivery = models.ForeignKey(WebhookDelivery, on_delete=models.PROTECT, related_name="attempts")
    number = models.PositiveIntegerField()
    at = models.DateTimeField()
    url = models.CharField(max_length=MAX_URL_LENGTH)
    status = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Of the answer, where one came.")
    duration_ms = models.PositiveIntegerField()
    error = models.CharField(max_length=20, blank=True, help_text="Empty for success, else what failed.")
    message = models.CharField(max_length=300, blank=True)
    response_excerpt = models.CharField(max_length=600, blank=True, help_text="The start of the answer, with secrets masked.")
    objects = ScopedManager(merchant="delivery__endpoint__merchant")

    class Meta:
        ordering = ["pk"]
        triggers: list[pgtrigger.Trigger] = append_only("webhook_attempt")

    def __str__(self) -> str:
        return f"{self.delivery_id} · {self.number}"
