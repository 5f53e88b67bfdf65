"""What customers did with the Snoops they were given, and who was kept from one so that its effect can be measured."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from common.ids import public_id_field
from common.models import append_only
from common.scopes import ScopedManager


class SnoopFeedback(models.Model):
    """One thing that a customer did with one Snoop. Added, never changed: a dismissal that is taken back is a row of its own.

    Of `dismissed` and `restored` the newest counts. Each row marks its customer as changed, so that fields such as
    `snoops_seen_30d` follow.
    """

    class Kind(models.TextChoices):
        SEEN = "seen", "Seen"
        DISMISSED = "dismissed", "Dismissed"
        RESTORED = "restored", "Dismissal taken back"
        ACTED = "acted", "Acted on"

    class Channel(models.TextChoices):
        FEED = "feed", "Feed"
        PUSH = "push", "Push"
        EMAIL = "email", "E-mail"
        PORTAL = "portal", "Merchant portal"

    public_id = public_id_field("sfb")
    customer = models.ForeignKey("rules.Customer", on_delete=models.PROTECT, related_name="feedback", db_index=False)
    rule = models.ForeignKey("rules.Rule", on_delete=models.PROTECT, related_name="feedback", db_index=False)
    kind = models.CharField(max_length=9, choices=Kind.choices)
    at = models.DateTimeField()
    channel = models.CharField(max_length=6, choices=Channel.choices)
    position = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Its place in the feed, 0 first.")
    run_number = models.BigIntegerField(null=True, blank=True, help_text="Row id of the run whose result was shown.")
    version_number = models.PositiveIntegerField(null=True, blank=True, help_text="Of the rules that it was judged by.")
    client_id = models.CharField(max_length=64, help_text="Made by whoever reports it: the same one twice is one row.")

    objects = ScopedManager(merchant="customer__merchant")

    class Meta:
        ordering = ["-pk"]
        triggers = append_only("snoop_feedback")
        indexes = [
            models.Index(fields=["customer", "-at"], name="snoop_feedback_by_customer"),
            models.Index(fields=["rule", "kind", "at"], name="snoop_feedback_by_rule"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["customer", "client_id"], name="snoop_feedback_once"),
            models.CheckConstraint(condition=~Q(client_id=""), name="snoop_feedback_has_client_id"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.rule_id}"


class SnoopAssignment(models.Model):
    """That a customer's feed came to a Snoop for the first time, and whether it was shown or held out.

    Who is held out follows from a hash of customer and rule alone, hence for good and on every channel. The two groups
    are alike but for the showing, so what differs afterwards is the Snoop's effect.
    """

    class Group(models.TextChoices):
        SHOWN = "shown", "Shown"
        HELD_OUT = "held_out", "Held out"

    customer = models.ForeignKey("rules.Customer", on_delete=models.PROTECT, related_name="snoop_assignments")
    rule = models.ForeignKey("rules.Rule", on_delete=models.PROTECT, related_name="assignments", db_index=False)
    group = models.CharField(max_length=8, choices=Group.choices)
    channel = models.CharField(max_length=6, choices=SnoopFeedback.Channel.choices)
    version_number = models.PositiveIntegerField()
    at = models.DateTimeField()

    objects = ScopedManager(merchant="customer__merchant")

    class Meta:
        ordering = ["-pk"]
        triggers = append_only("snoop_assignment")
        indexes = [models.Index(fields=["rule", "group", "at"], name="snoop_assignment_by_rule")]
        constraints = [models.UniqueConstraint(fields=["customer", "rule"], name="snoop_assignment_once")]

    def __str__(self) -> str:
        return f"{self.rule_id} {self.group}"
