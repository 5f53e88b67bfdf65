"""Where a merchant's catalogue is fetched from, and each time that it was."""

from __future__ import annotations

from typing import Final

from django.db import models
from django.db.models import Q

from common.ids import public_id_field
from common.outgoing.urls import MAX_URL_LENGTH
from common.scopes import ScopedManager
from vault.fields import SealedTextField

EVERY_HOURS = (1, 2, 3, 4, 6, 8, 12, 24)
OPEN_PULL: Final = ["queued", "running", "taking"]


class CatalogueFeed(models.Model):
    """An address from which the merchant's products are fetched at hours of its choice.

    etag, last_modified, digest: of the file that was taken last, so that one that did not change is left alone; empty where
    it has to be read all the same.
    """

    class State(models.TextChoices):
        ACTIVE = "active", "on"
        PAUSED = "paused", "paused"

    class Auth(models.TextChoices):
        NONE = "none", "none"
        BASIC = "basic", "user name and password"
        HEADER = "header", "a header of your own"

    class Format(models.TextChoices):
        CSV = "csv", "CSV or tab-separated"
        JSONL = "jsonl", "JSON lines"
        XML = "xml", "XML (RSS 2.0, Atom)"

    public_id = public_id_field("feed")
    merchant = models.ForeignKey("merchants.Merchant", on_delete=models.PROTECT, related_name="catalogue_feeds")
    name = models.CharField(max_length=80)
    url = models.CharField("address", max_length=MAX_URL_LENGTH)
    format = models.CharField(max_length=8, choices=Format.choices, blank=True, help_text="Empty: found out.")
    columns = models.JSONField(default=dict, help_text="Our field -> column of the file, where the heading does not say it.")
    auth_kind = models.CharField(max_length=8, choices=Auth.choices, default=Auth.NONE)
    auth_name = models.CharField(max_length=120, blank=True, help_text="User name, or name of the header.")
    auth_secret = SealedTextField(null=True, blank=True, help_text="Password, or what the header says.")
    every_hours = models.PositiveSmallIntegerField(default=24)
    at_hour = models.PositiveSmallIntegerField(default=3, help_text="In the merchant's zone; counted onward from it.")
    switches_off_missing = models.BooleanField(
        default=False, help_text="Products that the feed no longer names are switched off."
    )
    state = models.CharField(max_length=8, choices=State.choices, default=State.ACTIVE)
    paused_by = models.CharField(max_length=120, blank=True)
    paused_at = models.DateTimeField(null=True, blank=True)
    etag = models.CharField(max_length=300, blank=True)
    last_modified = models.CharField(max_length=80, blank=True)
    digest = models.CharField(max_length=64, blank=True)
    failures_in_a_row = models.PositiveIntegerField(default=0)
    is_told_failing = models.BooleanField(default=False, help_text="The merchant was told, and will be told when it works again.")
    next_at = models.DateTimeField()
    last_success_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    deleted_at = models.DateTimeField(null=True, blank=True)

    objects = ScopedManager(merchant="merchant")

    class Meta:
        ordering = ["-pk"]
        verbose_name = "catalogue feed"
        indexes = [
            models.Index(fields=["next_at"], condition=Q(deleted_at=None, state="active"), name="catalogue_feed_due"),
            models.Index(fields=["merchant"], condition=Q(deleted_at=None), name="catalogue_feed_of_merchant"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(every_hours__in=EVERY_HOURS), name="catalogue_feed_rhythm"),
            models.CheckConstraint(condition=Q(at_hour__lte=23), name="catalogue_feed_hour"),
        ]

    def __str__(self) -> str:
        return self.name


class CatalogueFeedRun(models.Model):
    """One time that a feed was fetched, and what came of it. A feed has one open run at a time.

    vanished: keys of products that the feed named before and does not name now, packed; they are switched off when the
    file is taken, or, where they are too many, once a person approves it.
    """

    class State(models.TextChoices):
        QUEUED = "queued", "waiting"
        RUNNING = "running", "being fetched"
        TAKING = "taking", "being taken"
        HELD = "held", "waits for approval"
        DONE = "done", "done"

    class Outcome(models.TextChoices):
        UNCHANGED = "unchanged", "nothing new"
        TAKEN = "taken", "taken"
        HELD = "held", "taken; switching off waits"
        FAILED = "failed", "failed"

    class Cause(models.TextChoices):
        SCHEDULE = "schedule", "its hour had come"
        ASKED = "asked", "somebody asked for it"

    public_id = public_id_field("pull")
    feed = models.ForeignKey(CatalogueFeed, on_delete=models.PROTECT, related_name="runs")
    cause = models.CharField(max_length=10, choices=Cause.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    outcome = models.CharField(max_length=10, choices=Outcome.choices, blank=True)
    words = models.CharField(max_length=300, blank=True)
    http_status = models.PositiveSmallIntegerField(null=True, blank=True)
    size_bytes = models.BigIntegerField(null=True, blank=True)
    job = models.OneToOneField(
        "eligibility.CatalogueJob", null=True, blank=True, on_delete=models.SET_NULL, related_name="feed_run"
    )
    vanished = models.BinaryField(null=True)
    vanished_count = models.IntegerField(default=0)
    is_held = models.BooleanField(default=False, help_text="So many vanished that a person must approve it.")
    approved_by = models.CharField(max_length=120, blank=True)
    approved_at = models.DateTimeField(null=True, blank=True)
    worker = models.CharField(max_length=40, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0, help_text="How often somebody began to fetch it.")
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = ScopedManager(merchant="feed__merchant")

    class Meta:
        ordering = ["-pk"]
        verbose_name = "pull of a feed"
        verbose_name_plural = "pulls of feeds"
        indexes = [models.Index(fields=["feed", "-id"], name="catalogue_feed_run_newest")]
        constraints = [models.UniqueConstraint(fields=["feed"], condition=Q(state__in=OPEN_PULL), name="catalogue_feed_one_run")]

    def __str__(self) -> str:
        return str(self.public_id)

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_PULL
