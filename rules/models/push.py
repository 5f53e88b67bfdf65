"""Tokens with which a shopper's own app asks, the devices it asks on, and what was pushed to them."""

from __future__ import annotations

from django.db import models

from common.ids import public_id_field
from common.scopes import ScopedManager
from vault.fields import PlatformSealedTextField, SealedTextField


class CustomerToken(models.Model):
    """A short-lived `ct_…` that opens one customer's Snoops to a mobile app. Its text is kept only as a hash."""

    customer = models.ForeignKey("rules.Customer", on_delete=models.CASCADE, related_name="tokens")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    made_by = models.CharField(max_length=40, help_text="Public id of the key that asked for it: it ends with that key.")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(db_index=True)

    objects = ScopedManager(merchant="customer__merchant")

    def __str__(self) -> str:
        return f"{self.customer_id} until {self.expires_at:%H:%M}"


class PushService(models.Model):
    """Where a merchant's own program takes pushes for the apps of its shoppers. Without one, the sandbox keeps them for looking at."""

    public_id = public_id_field("pss")
    merchant = models.OneToOneField("merchants.Merchant", on_delete=models.CASCADE, related_name="push_service")
    url = models.URLField(max_length=500)
    secret = SealedTextField(help_text="Signs each call, as webhooks are signed.")
    changed_at = models.DateTimeField(auto_now=True)

    objects = ScopedManager(merchant="merchant")

    def __str__(self) -> str:
        return self.url


class PushDevice(models.Model):
    """One app on one device that takes a customer's pushes."""

    class Platform(models.TextChoices):
        IOS = "ios", "iOS"
        ANDROID = "android", "Android"
        WEB = "web", "Web"

    public_id = public_id_field("pdv")
    customer = models.ForeignKey("rules.Customer", on_delete=models.CASCADE, related_name="devices")
    platform = models.CharField(max_length=8, choices=Platform.choices)
    token = PlatformSealedTextField(help_text="What the push service knows the device by.")
    token_index = models.CharField(max_length=64, editable=False)
    registered_at = models.DateTimeField(auto_now=True)
    removed_at = models.DateTimeField(null=True, blank=True)
    removed_because = models.CharField(max_length=120, blank=True)

    objects = ScopedManager(merchant="customer__merchant")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["customer", "token_index"], name="push_device_once")]

    def __str__(self) -> str:
        return str(self.public_id)


class PushMessage(models.Model):
    """One Snoop pushed to one customer for one occasion. The row is taken before anything is sent, so none is sent twice.

    What was under way when a process died may have arrived: it becomes `unsure` and is never sent again.
    """

    class State(models.TextChoices):
        SENDING = "sending", "Being sent"
        SENT = "sent", "Sent"
        REFUSED = "refused", "Refused"
        UNSURE = "unsure", "Perhaps sent"

    public_id = public_id_field("psh")
    customer = models.ForeignKey("rules.Customer", on_delete=models.PROTECT, related_name="pushes", db_index=False)
    rule = models.ForeignKey("rules.Rule", on_delete=models.PROTECT, related_name="pushes")
    occasion = models.CharField(max_length=40, help_text="What makes this push another one than the last of the same Snoop.")
    state = models.CharField(max_length=7, choices=State.choices, default=State.SENDING)
    service = models.CharField(max_length=20, help_text="Which way it went.")
    devices = models.PositiveSmallIntegerField(default=0)
    title = PlatformSealedTextField()
    body = PlatformSealedTextField()
    version_number = models.PositiveIntegerField()
    note = models.CharField(max_length=300, blank=True, help_text="What the service answered.")
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = ScopedManager(merchant="customer__merchant")

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["customer", "-at"], name="push_by_customer")]
        constraints = [models.UniqueConstraint(fields=["customer", "rule", "occasion"], name="push_message_once")]

    def __str__(self) -> str:
        return str(self.public_id)


class PushPlace(models.Model):
    """When a customer with devices was last looked at for something to push: once in each run and day."""

    customer = models.OneToOneField("rules.Customer", primary_key=True, on_delete=models.CASCADE, related_name="push_place")
    looked_for = models.CharField(max_length=60, blank=True, db_index=True, help_text="Day and run of the last look.")

    objects = ScopedManager(merchant="customer__merchant")

    def __str__(self) -> str:
        return self.looked_for
