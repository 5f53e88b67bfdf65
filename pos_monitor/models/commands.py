"""What we tell terminals to do, and the ledger of it: one row for each terminal that a command is for."""

from __future__ import annotations

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from common.ids import public_id_field
from common.scopes import ScopedManager
from vault.fields import SealedTextField


class Command(models.Model):
    """One order to one terminal or to many. Its parameters never change; what became of it stands in its deliveries."""

    class Kind(models.TextChoices):
        REBOOT = "reboot", "Reboot"
        MESSAGE = "message", "Message on screen"
        UPDATE_CONFIGURATION = "update_configuration", "Update configuration"
        LOG_PULL = "log_pull", "Pull log"
        APP_UPDATE = "app_update", "Update app"

    class State(models.TextChoices):
        WAITING = "waiting", "Waits for a second person"
        RUNNING = "running", "Under way"
        HALTED = "halted", "Stopped by errors"
        CANCELLED = "cancelled", "Cancelled"
        FINISHED = "finished", "Finished"

    public_id = public_id_field("cmd")
    merchant = models.ForeignKey(
        "merchants.Merchant", null=True, blank=True, on_delete=models.PROTECT, related_name="+",
        help_text="If all its terminals are one merchant's.",
    )  # fmt: skip
    kind = models.CharField(max_length=20, choices=Kind.choices)
    parameters = models.JSONField(default=dict)
    selection = models.JSONField(default=dict, help_text="By which filters its terminals were picked.")
    reason = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.RUNNING)
    terminals = models.PositiveIntegerField(default=0, help_text="How many it is for.")
    waves = ArrayField(
        models.PositiveSmallIntegerField(), default=list, help_text="Percent of terminals up to each wave: 1, 10, 100."
    )
    released_wave = models.PositiveSmallIntegerField(default=0, help_text="The last wave that may go out; 0 is the first.")
    released_at = models.DateTimeField(null=True, blank=True)
    stop_at_percent = models.PositiveSmallIntegerField(
        default=0, help_text="Of answers that are failures, at which it stops; 0: never."
    )
    halt_reason = models.CharField(max_length=200, blank=True)
    wave_note = models.CharField(
        max_length=200, blank=True, db_default="", help_text="Why its wave stands still, or who joined it."
    )
    request_key = models.CharField(max_length=120, blank=True, help_text="Makes a repeat the same command.")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    created_key = models.ForeignKey("merchants.ApiKey", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    approved_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    revision = models.BigIntegerField(default=0, editable=False, db_index=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager(merchant="merchant")

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["request_key"], condition=~Q(request_key=""), name="command_asked_once"),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=models.F("created_by")), name="command_takes_two_people"
            ),
        ]
        indexes = [models.Index(fields=["state", "-id"], name="command_by_state")]
        permissions = [
            ("configure_command", "Can send commands that change what a terminal runs"),
            ("approve_command", "Can approve what another person sent"),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="command_takes_revision", when=pgtrigger.Before, operation=pgtrigger.Insert | pgtrigger.Update,
                func="NEW.revision = nextval('pos_monitor_revision'); RETURN NEW;",
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.get_kind_display()} for {self.terminals:,} terminal{'s' * (self.terminals != 1)}"

    @property
    def is_open(self) -> bool:
        return self.state in {self.State.WAITING, self.State.RUNNING, self.State.HALTED}


class CommandDelivery(models.Model):
    """One terminal's part of a command, from being queued to its answer. Written before anything is sent."""

    class State(models.IntegerChoices):
        QUEUED = 0, "Queued"
        SENT = 1, "Sent"
        RECEIVED = 2, "Received"
        DONE = 3, "Done"
        FAILED = 4, "Failed"
        EXPIRED = 5, "Expired"
        CANCELLED = 6, "Cancelled"

    command = models.ForeignKey(Command, on_delete=models.PROTECT, related_name="deliveries", db_index=False)
    terminal = models.ForeignKey("pos_monitor.Terminal", on_delete=models.PROTECT, related_name="deliveries")
    wave = models.PositiveSmallIntegerField(default=0)
    state = models.PositiveSmallIntegerField(choices=State.choices, default=State.QUEUED)
    is_waiting = models.BooleanField(
        default=True, help_text="Still to be sent, or sent and not confirmed. Beside `state`, so that sending touches no index."
    )
    attempts = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True, blank=True)
    received_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    message = models.CharField(max_length=300, blank=True, help_text="What the terminal said.")

    objects = ScopedManager(merchant="terminal__merchant", place="terminal__store")

    class Meta:
        ordering = ["-pk"]
        default_permissions = ("view",)
        verbose_name_plural = "command deliveries"
        constraints = [models.UniqueConstraint(fields=["command", "terminal"], name="command_delivered_once")]
        indexes = [models.Index(fields=["terminal"], condition=Q(is_waiting=True), name="command_delivery_waiting")]

    def __str__(self) -> str:
        return f"{self.command_id} at {self.terminal_id}"


class CommandLog(models.Model):
    """What a terminal sent when its log was pulled. Sealed: an application may have written anything into it, a name included."""

    public_id = public_id_field("clog")
    merchant = models.ForeignKey("merchants.Merchant", on_delete=models.PROTECT, related_name="+")
    delivery = models.OneToOneField(CommandDelivery, on_delete=models.CASCADE, related_name="log")
    content = SealedTextField()
    size = models.PositiveIntegerField(help_text="Characters, as it was sent.")
    is_cut = models.BooleanField(default=False, help_text="It was longer than we keep: the beginning is missing.")
    received_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager(merchant="merchant", place="delivery__terminal__store")

    class Meta:
        default_permissions = ("view",)

    def __str__(self) -> str:
        return str(self.public_id)
