"""Terminals and online stores: whose they are, where they stand, what they are, and with which token they speak."""

from __future__ import annotations

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from common.ids import public_id_field
from common.scopes import ScopedManager
from pos_monitor.models.versions import KEEPS_CHANGES

# Every change of a row that processes keep in memory takes the next number: who knows a number asks for what came after it.
REVISION = pgtrigger.Trigger(
    name="terminal_takes_revision",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.Update,
    func="NEW.revision = nextval('pos_monitor_revision'); RETURN NEW;",
)


def touches_terminals(column: str, *changed: str) -> pgtrigger.Trigger:
    """Terminals of a changed store or group take a revision too, for whoever follows them keeps these columns beside."""
    return pgtrigger.Trigger(
        name=f"{column.removesuffix('_id')}_touches_terminals",
        when=pgtrigger.After,
        operation=pgtrigger.Update,
        condition=pgtrigger.AnyChange(*changed),
        func=f"UPDATE pos_monitor_terminal SET revision = 0 WHERE {column} = NEW.id; RETURN NULL;",  # noqa: S608  # a name of ours  # nosec B608
    )


class Distributor(models.Model):
    """Who puts terminals into shops and looks after their hardware."""

    public_id = public_id_field("dist")
    name = models.CharField(max_length=80, unique=True)
    support_email = models.EmailField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Store(models.Model):
    """One place where a merchant sells; of an online store, its site."""

    public_id = public_id_field("sto")
    merchant = models.ForeignKey("merchants.Merchant", on_delete=models.PROTECT, related_name="stores")
    distributor = models.ForeignKey(Distributor, null=True, blank=True, on_delete=models.PROTECT, related_name="stores")
    name = models.CharField(max_length=80)
    region = models.CharField(max_length=40, help_text="Such as a state: TX. What the fleet is grouped by first.")
    town = models.CharField(max_length=60, blank=True)
    latitude = models.FloatField(null=True, blank=True, help_text="Degrees, of the door.")
    longitude = models.FloatField(null=True, blank=True)
    time_zone = models.CharField(max_length=40, default="America/New_York")
    opening_hours = models.JSONField(
        default=dict, blank=True,
        help_text='Weekday 0 (Monday) to 6 -> [["08:00", "21:00"], …] in the store’s zone; empty: always open. Outside of it silence is no alarm.',
    )  # fmt: skip
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager(merchant="merchant", place="pk")

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["merchant", "name"], name="store_named_once")]
        triggers = [
            touches_terminals("store_id", "name", "region", "latitude", "longitude", "time_zone", "opening_hours", "distributor")
        ]

    def __str__(self) -> str:
        return self.name


class TerminalGroup(models.Model):
    """Terminals that are treated alike: other thresholds, a version that they should run."""

    public_id = public_id_field("tgr")
    name = models.CharField(max_length=60, unique=True)
    expected_firmware = models.CharField(max_length=40, blank=True)
    expected_app = models.CharField(max_length=40, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]
        triggers = [touches_terminals("group_id", "expected_firmware", "expected_app")]

    def __str__(self) -> str:
        return self.name


class Terminal(models.Model):
    """A till, or an online store that reports like one. Its primary key is its number on the wire and in every array."""

    class Kind(models.TextChoices):
        TILL = "till", "Till"
        ONLINE_STORE = "online_store", "Online store"

    class State(models.TextChoices):
        STOCK = "stock", "In stock"
        ACTIVE = "active", "Active"
        REPAIR = "repair", "In repair"
        RETIRED = "retired", "Retired"

    public_id = public_id_field("term")
    merchant = models.ForeignKey("merchants.Merchant", on_delete=models.PROTECT, related_name="terminals")
    store = models.ForeignKey(Store, null=True, blank=True, on_delete=models.PROTECT, related_name="terminals")
    group = models.ForeignKey(TerminalGroup, null=True, blank=True, on_delete=models.SET_NULL, related_name="terminals")
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.TILL)
    state = models.CharField(max_length=8, choices=State.choices, default=State.STOCK)
    label = models.CharField(max_length=40, blank=True, help_text="As people in the shop call it: Till 3.")
    model = models.CharField(max_length=40)
    serial = models.CharField(max_length=40)
    firmware = models.CharField(max_length=40, blank=True, help_text="As last reported.")
    app = models.CharField(max_length=40, blank=True, help_text="As last reported.")
    network_operator = models.CharField(max_length=40, blank=True)
    sim_iccid = models.CharField("SIM", max_length=22, blank=True)
    tags = ArrayField(models.CharField(max_length=30), default=list, blank=True)
    report_every_s = models.PositiveSmallIntegerField(default=10)
    certificate_sha256 = models.CharField(
        max_length=64,
        blank=True,
        help_text="Of its client certificate, where the proxy asks for one; empty: the token is enough.",
    )
    revision = models.BigIntegerField(default=0, editable=False, db_index=True)
    created_at = models.DateTimeField(auto_now_add=True)
    activated_at = models.DateTimeField(null=True, blank=True)
    first_report_at = models.DateTimeField(null=True, blank=True)
    retired_at = models.DateTimeField(null=True, blank=True)

    objects = ScopedManager(merchant="merchant", place="store")

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["model", "serial"], name="terminal_serial_once"),
            models.CheckConstraint(
                condition=Q(report_every_s__gte=1) & Q(report_every_s__lte=3600), name="terminal_reports_in_time"
            ),
            models.CheckConstraint(condition=~Q(state="active") | Q(store__isnull=False), name="terminal_active_in_a_store"),
        ]
        indexes = [models.Index(fields=["merchant", "store"], name="terminal_of_store")]
        triggers = [REVISION, KEEPS_CHANGES]

    def __str__(self) -> str:
        return f"{self.label or self.serial}"


class TerminalToken(models.Model):
    """What a terminal shows to be let in. Only its SHA-256 is kept: 192 random bits need no slow hash."""

    terminal = models.ForeignKey(Terminal, on_delete=models.CASCADE, related_name="tokens")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    mqtt_hash = models.CharField(
        max_length=200, blank=True, editable=False, help_text="The same token as the MQTT broker checks it."
    )
    last4 = models.CharField(max_length=4)
    issued_at = models.DateTimeField(auto_now_add=True)
    first_used_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True, help_text="End of the overlap with its successor.")
    revoked_at = models.DateTimeField(null=True, blank=True)
    revision = models.BigIntegerField(default=0, editable=False, db_index=True)

    objects = ScopedManager(merchant="terminal__merchant", place="terminal__store")

    class Meta:
        ordering = ["-pk"]
        triggers = [
            pgtrigger.Trigger(
                name="token_takes_revision", when=pgtrigger.Before, operation=pgtrigger.Insert | pgtrigger.Update,
                func="NEW.revision = nextval('pos_monitor_revision'); RETURN NEW;",
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"…{self.last4}"


class EnrolmentCode(models.Model):
    """What is typed into a terminal once, so that it receives its token."""

    terminal = models.ForeignKey(Terminal, on_delete=models.CASCADE, related_name="enrolment_codes")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    nonce_digest = models.CharField(
        max_length=64,
        blank=True,
        editable=False,
        help_text="Of the secret with which its device may ask once more for a lost answer.",
    )
    wrong_serials = models.PositiveSmallIntegerField(
        default=0, help_text="Tries with another serial number; after some it is void."
    )
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager(merchant="terminal__merchant", place="terminal__store")

    def __str__(self) -> str:
        return f"code {self.pk}"
