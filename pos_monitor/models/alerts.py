"""Alert rules, the alerts that they open, and the incidents into which alerts are folded: people work with incidents."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from common.ids import public_id_field
from common.models import append_only
from common.scopes import ScopedManager


class Severity(models.IntegerChoices):
    INFO = 1, "Info"
    WARNING = 2, "Warning"
    CRITICAL = 3, "Critical"


class AlertRule(models.Model):
    """One thing that is watched. `parameters` by kind: see `pos_monitor.judging.kinds`."""

    class Kind(models.TextChoices):
        THRESHOLD = "threshold", "A value beyond a limit"
        ABSENCE = "absence", "No report"
        RATE = "rate", "Too many of something in a while"
        ANOMALY = "anomaly", "Unlike the rest of the fleet"
        VERSION_DRIFT = "version_drift", "Another version than it should run"
        GEOFENCE = "geofence", "Not where it should stand"
        PREDICTION = "prediction", "Will run out soon"
        TREND = "trend", "Getting worse"

    public_id = public_id_field("alr")
    slug = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=80, help_text="As the inbox shows it: Battery nearly empty.")
    kind = models.CharField(max_length=14, choices=Kind.choices)
    parameters = models.JSONField(default=dict)
    severity = models.PositiveSmallIntegerField(choices=Severity.choices, default=Severity.WARNING)
    terminal_kind = models.CharField(max_length=12, blank=True, help_text="Only tills, or only online stores; empty: both.")
    merchant = models.ForeignKey(
        "merchants.Merchant",
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
        help_text="Of one merchant only; empty: of all.",
    )
    answer_minutes = models.PositiveIntegerField(default=60, help_text="By when somebody must have acknowledged it.")
    repair_minutes = models.PositiveIntegerField(default=480, help_text="By when it must be resolved.")
    tells_merchant = models.BooleanField(default=True)
    is_on = models.BooleanField(default=True)
    revision = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    objects = ScopedManager(merchant="merchant")

    class Meta:
        ordering = ["-severity", "name"]

    def __str__(self) -> str:
        return self.name


class AlertRuleOverride(models.Model):
    """What is otherwise for one group: other parameters, another severity, or silence."""

    rule = models.ForeignKey(AlertRule, on_delete=models.CASCADE, related_name="overrides")
    group = models.ForeignKey("pos_monitor.TerminalGroup", on_delete=models.CASCADE, related_name="overrides")
    parameters = models.JSONField(default=dict, blank=True, help_text="Laid over the rule's own.")
    severity = models.PositiveSmallIntegerField(choices=Severity.choices, null=True, blank=True)
    is_off = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["rule", "group"], name="override_once")]

    def __str__(self) -> str:
        return f"{self.rule} in {self.group}"


class Maintenance(models.Model):
    """A while in which alerts of some terminals are noted and trouble nobody."""

    public_id = public_id_field("mnt")
    merchant = models.ForeignKey("merchants.Merchant", null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    store = models.ForeignKey("pos_monitor.Store", null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    group = models.ForeignKey("pos_monitor.TerminalGroup", null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    terminal = models.ForeignKey("pos_monitor.Terminal", null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    reason = models.CharField(max_length=200)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager(merchant="merchant", place="store")

    class Meta:
        ordering = ["-starts_at"]
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=models.F("starts_at")), name="maintenance_ends_after_start")
        ]

    def __str__(self) -> str:
        return self.reason


class Incident(models.Model):
    """One thing for one person to look after: an alert of one terminal, or of many that fail together."""

    class Scope(models.TextChoices):
        TERMINAL = "terminal", "One terminal"
        STORE = "store", "One store"
        MERCHANT = "merchant", "One merchant"
        REGION = "region", "One region"
        NETWORK_OPERATOR = "network_operator", "One network operator"
        VERSION = "version", "One version"
        FLEET = "fleet", "The whole fleet"

    class State(models.TextChoices):
        OPEN = "open", "Open"
        ACKNOWLEDGED = "acknowledged", "Acknowledged"
        RESOLVED = "resolved", "Resolved"

    class Resolution(models.TextChoices):
        """How it ended; empty while it has not."""

        HEALED = "healed", "Healed by itself"
        BY_HAND = "by_hand", "Resolved by a person"
        MERGED = "merged", "Became part of a wider one"

    public_id = public_id_field("inc")
    rule = models.ForeignKey(AlertRule, on_delete=models.PROTECT, related_name="incidents")
    scope = models.CharField(max_length=16, choices=Scope.choices, default=Scope.TERMINAL)
    scope_key = models.CharField(
        max_length=80, help_text="Which terminal, store, region: the number or word by which it is told apart."
    )
    merchant = models.ForeignKey(
        "merchants.Merchant", null=True, blank=True, on_delete=models.PROTECT, related_name="+", help_text="If only one is hit."
    )
    title = models.CharField(max_length=160)
    severity = models.PositiveSmallIntegerField(choices=Severity.choices)
    state = models.CharField(max_length=12, choices=State.choices, default=State.OPEN)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    alert_count = models.PositiveIntegerField(default=0, help_text="Alerts that were folded into it.")
    open_count = models.PositiveIntegerField(default=0, help_text="Of these, how many are not over.")
    is_flapping = models.BooleanField(default=False, help_text="Came and went so often that only its end is told.")
    is_muted = models.BooleanField(default=False, help_text="Opened in a maintenance window: nobody is told.")
    snoozed_until = models.DateTimeField(null=True, blank=True)
    began_at = models.DateTimeField(help_text="When the fault began, as far as reports tell.")
    opened_at = models.DateTimeField(help_text="When we noticed.")
    answer_due_at = models.DateTimeField()
    repair_due_at = models.DateTimeField()
    escalated_at = models.DateTimeField(null=True, blank=True)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolution = models.CharField(max_length=8, choices=Resolution.choices, blank=True)
    merged_into = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="merged")
    reopened_count = models.PositiveSmallIntegerField(default=0, help_text="How often it came back after it was over.")
    changed_at = models.DateTimeField(auto_now=True)

    objects = ScopedManager(merchant="merchant")

    class Meta:
        ordering = ["-severity", "opened_at"]
        permissions = [("lead_support", "Is told what nobody answers, and edits playbooks")]
        constraints = [
            models.UniqueConstraint(
                fields=["rule", "scope", "scope_key"], condition=~Q(state="resolved"), name="incident_open_once"
            ),
        ]
        indexes = [
            models.Index(fields=["-opened_at"], name="incident_newest"),
            models.Index(fields=["-severity", "opened_at"], condition=~Q(state="resolved"), name="incident_inbox"),
            models.Index(fields=["rule", "scope", "scope_key", "-resolved_at"], name="incident_of_key"),
        ]

    def __str__(self) -> str:
        return self.title


class Alert(models.Model):
    """One rule is broken at one terminal. Opened and ended by the engine; people act on its incident."""

    terminal = models.ForeignKey("pos_monitor.Terminal", on_delete=models.PROTECT, related_name="alerts")
    rule = models.ForeignKey(AlertRule, on_delete=models.PROTECT, related_name="alerts")
    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="alerts")
    severity = models.PositiveSmallIntegerField(choices=Severity.choices)
    value = models.FloatField(null=True, help_text="What was measured, in the unit of the rule's field.")
    began_at = models.DateTimeField()
    opened_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True, blank=True)
    told_at = models.DateTimeField(null=True, blank=True, help_text="When the merchant’s webhooks got it, or need not.")
    end_told_at = models.DateTimeField(null=True, blank=True, help_text="The same of its end.")

    objects = ScopedManager(merchant="terminal__merchant", place="terminal__store")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["terminal", "rule"], condition=Q(resolved_at__isnull=True), name="alert_open_once"),
        ]
        indexes = [
            models.Index(fields=["terminal", "-opened_at"], name="alert_of_terminal"),
            models.Index(fields=["incident"], name="alert_of_incident"),
            models.Index(fields=["opened_at"], condition=Q(told_at__isnull=True), name="alert_untold"),
            models.Index(
                fields=["resolved_at"], condition=Q(resolved_at__isnull=False, end_told_at__isnull=True), name="alert_end_untold"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule} at {self.terminal}"


class IncidentEvent(models.Model):
    """What happened to an incident, by whom: opened, grew, acknowledged, note, told, escalated, resolved, reopened. Never changed."""

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=20)
    note = models.TextField(blank=True)
    data = models.JSONField(default=dict, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager(merchant="incident__merchant")

    class Meta:
        ordering = ["pk"]
        triggers = append_only("incident_event")

    def __str__(self) -> str:
        return f"{self.kind} {self.incident_id}"


class FleetNotice(models.Model):
    """Something about an incident that people are still to be told. Written in the transaction that made it true."""

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="notices")
    kind = models.CharField(max_length=20, help_text="opened, reopened, escalated, resolved")
    round = models.PositiveSmallIntegerField(default=0, help_text="The incident's reopened_count: each time is told for itself.")
    created_at = models.DateTimeField(auto_now_add=True)
    told_at = models.DateTimeField(
        null=True, blank=True, help_text="Empty: to be looked at, which of an incident that spreads it is again."
    )
    first_told_at = models.DateTimeField(null=True, blank=True)

    objects = ScopedManager(merchant="incident__merchant")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["incident", "kind", "round"], name="fleet_notice_once")]
        indexes = [models.Index(fields=["id"], condition=Q(told_at__isnull=True), name="fleet_notice_waiting")]

    def __str__(self) -> str:
        return f"{self.kind} {self.incident_id}"


class FleetNoticeTold(models.Model):
    """One merchant's people were told by one notice: an incident that spreads tells the newly hit, and nobody twice."""

    notice = models.ForeignKey(FleetNotice, on_delete=models.CASCADE, related_name="told")
    merchant = models.ForeignKey("merchants.Merchant", on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager(merchant="merchant")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["notice", "merchant"], name="fleet_notice_told_once")]

    def __str__(self) -> str:
        return f"{self.notice_id} {self.merchant_id}"
