"""The eligible-product lists: who publishes them, their versions, and what stood on them, from when, as far as we knew when.

Two clocks. A row of `ListItem` says from when until when a product stands on a list (`listed_from`, `listed_until`), and by which
of our versions that is said (`since`, `until`: numbers that count the versions of one list as they were switched on here). What is
said now is what `ListSource.head` sees: a new version is written beside the old one in small steps, and one update of `head`
switches it on. Nothing that a version said is ever changed, so what held on a day, and what was known of it then, can be asked
for ever.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from common.ids import public_id_field
from vault.fields import PlatformSealedTextField


class ListSource(models.Model):
    """One publisher's list, where it is fetched, and how far it is here."""

    class Kind(models.TextChoices):
        HTTPS = "https", "HTTPS"
        SFTP = "sftp", "SFTP"
        HAND = "hand", "entered here"

    public_id = public_id_field("lst")
    list_id = models.CharField("list", max_length=40, unique=True)
    name = models.CharField(max_length=120, help_text="As decisions name it: “GTIN … is on <name>”.")
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.HAND)
    url = models.CharField("address", max_length=300, blank=True, help_text="Of the folder that holds index.json.")
    public_key = models.CharField(max_length=60, blank=True, help_text="Ed25519, 32 bytes in base64: what signs the index.")
    username = models.CharField(max_length=60, blank=True)
    secret = PlatformSealedTextField(
        default="", blank=True, help_text="HTTPS: a bearer token. SFTP: a private key in OpenSSH's form, or a password."
    )
    host_key = models.CharField(max_length=600, blank=True, help_text="SFTP: the server's public key, as in known_hosts.")
    zone = models.CharField("time zone", max_length=40, default="America/New_York", help_text="In which the list's days begin.")
    is_active = models.BooleanField(default=True)
    check_every_min = models.PositiveIntegerField(default=360)
    window_from = models.TimeField(null=True, blank=True, help_text="Large loads begin after this, in the list's time zone …")
    window_until = models.TimeField(null=True, blank=True, help_text="… and before this. Empty: at any time.")
    small_rows = models.PositiveIntegerField(
        default=5_000, help_text="A file of at most so many rows, a hot-fix, waits for no window."
    )
    rows_per_s = models.PositiveIntegerField(
        null=True, blank=True, help_text="Written at most so fast. Empty: as fast as sales allow."
    )
    gone_limit_percent = models.DecimalField(
        max_digits=5, decimal_places=2, default=5, help_text="More that leave the list wait for a person."
    )
    change_limit_percent = models.DecimalField(
        max_digits=6, decimal_places=2, default=10, help_text="More that come or change, and do not leave, wait for a person."
    )
    fault_limit_percent = models.DecimalField(
        max_digits=5, decimal_places=2, default=1, help_text="More rows that cannot be taken wait too."
    )
    head = models.PositiveIntegerField(default=0, editable=False, help_text="The number of the version that is switched on.")
    sequence = models.BigIntegerField(default=0, editable=False, help_text="The publisher's own number of it.")
    index_published_at = models.DateTimeField(null=True, editable=False)
    etag = models.CharField(max_length=200, blank=True, editable=False)
    checked_at = models.DateTimeField(null=True, editable=False)
    next_at = models.DateTimeField(null=True, editable=False, db_index=True)
    failures = models.PositiveSmallIntegerField(default=0, editable=False, help_text="In a row.")
    failing_since = models.DateTimeField(null=True, editable=False, help_text="The first of these failures.")
    error = models.CharField(max_length=300, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["list_id"]
        verbose_name = "source of a list"
        verbose_name_plural = "sources of lists"

    def __str__(self) -> str:
        return self.name


class ListVersion(models.Model):
    """One version of a list, switched on at `applied_at`. What it says holds from `effective_at`, or from later days that its rows name."""

    class Kind(models.TextChoices):
        FULL = "full", "whole list"
        DELTA = "delta", "changes"
        HAND = "hand", "entered here"

    list_source = models.ForeignKey(ListSource, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField(help_text="Counts the list's versions as they were switched on here.")
    sequence = models.BigIntegerField(default=0, help_text="The publisher's own number.")
    version = models.CharField(max_length=20)
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.HAND)
    effective_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True, blank=True)
    applied_at = models.DateTimeField(null=True, blank=True)
    sha256 = models.CharField("SHA-256", max_length=64, blank=True, help_text="Of its file.")
    rows = models.PositiveIntegerField(default=0)
    added = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    removed = models.PositiveIntegerField(default=0)
    faulty = models.PositiveIntegerField(default=0)
    approved_by = models.ForeignKey("people.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    told_after = models.CharField(
        max_length=14, blank=True, editable=False, help_text="Checkpoint: up to this GTIN merchants' notices follow it."
    )
    told_at = models.DateTimeField(null=True, blank=True, editable=False, help_text="When all notices followed it.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["list_source", "number"], name="list_version_number_once")]
        indexes = [models.Index(fields=["id"], condition=Q(told_at=None), name="list_version_untold")]
        ordering = ["-pk"]
        verbose_name = "version of a list"
        verbose_name_plural = "versions of lists"

    def __str__(self) -> str:
        return f"{self.list_source.list_id} {self.version}"


class ListItemQuerySet(models.QuerySet["ListItem"]):
    def said_now(self) -> ListItemQuerySet:
        """What the versions that are switched on say, of all times."""
        return self.filter(since__lte=F("list_source__head")).filter(Q(until=None) | Q(until__gt=F("list_source__head")))


class ListItem(models.Model):
    """One GTIN on a list, for a time, as said by the versions from `since` up to but without `until`."""

    # Found by the constraint's index; one more would cost a first load a second.
    list_source = models.ForeignKey(ListSource, on_delete=models.PROTECT, related_name="items", db_index=False)
    since = models.PositiveIntegerField()
    until = models.PositiveIntegerField(null=True, blank=True)
    gtin14 = models.CharField("GTIN-14", max_length=14)
    listed_from = models.DateTimeField()
    listed_until = models.DateTimeField(null=True, blank=True)
    brand = models.CharField(max_length=120, blank=True)
    description = models.CharField(max_length=500)
    size = models.CharField(max_length=60, blank=True)
    category_code = models.CharField(max_length=80)
    subcategory = models.CharField(max_length=80, blank=True)
    rx_flag = models.BooleanField("prescription", default=False)
    replaced_by = models.CharField("replaced by GTIN-14", max_length=14, blank=True)
    named_source = models.CharField("list's own source", max_length=120, blank=True)
    row_hash = models.BinaryField(max_length=16)

    objects = ListItemQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["list_source", "gtin14", "listed_from"], condition=Q(until=None), name="list_item_said_once"
            ),
            models.CheckConstraint(condition=Q(gtin14__regex=r"^\d{14}$"), name="list_gtin_is_14_digits"),
            models.CheckConstraint(
                condition=Q(listed_until=None) | Q(listed_until__gt=F("listed_from")), name="list_item_ends_after_it_begins"
            ),
        ]
        indexes = [models.Index(fields=["gtin14"], name="list_item_gtin")]
        verbose_name = "product on a list"
        verbose_name_plural = "products on lists"

    def __str__(self) -> str:
        return f"{self.gtin14} {self.description}"


class ListChange(models.Model):
    """What one version changed of one GTIN, and from when that holds. Part of what is known once its version is switched on."""

    class Kind(models.TextChoices):
        ADDED = "added", "comes onto the list"
        CHANGED = "changed", "is described otherwise"
        REMOVED = "removed", "leaves the list"

    list_source = models.ForeignKey(ListSource, on_delete=models.PROTECT, related_name="changes", db_index=False)
    number = models.PositiveIntegerField(help_text="The version's.")
    gtin14 = models.CharField("GTIN-14", max_length=14)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    effective_at = models.DateTimeField()
    old_category = models.CharField(max_length=80, blank=True, help_text="Empty where it stood on the list not at all.")
    new_category = models.CharField(max_length=80, blank=True)
    moves_status = models.BooleanField(
        help_text="Another category, or on the list and off it: products with this GTIN may be judged otherwise."
    )
    before = models.ForeignKey(
        ListItem, null=True, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    replaced_by = models.CharField("replaced by GTIN-14", max_length=14, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["list_source", "number", "gtin14", "effective_at"], name="list_change_once")
        ]
        indexes = [
            models.Index(fields=["gtin14"], name="list_change_gtin"),
            models.Index(fields=["effective_at"], condition=Q(moves_status=True), name="list_change_moves_at"),
            models.Index(fields=["effective_at"], name="list_change_at"),
        ]
        ordering = ["-pk"]
        verbose_name = "change of a list"
        verbose_name_plural = "changes of lists"

    def __str__(self) -> str:
        return f"{self.gtin14} {self.get_kind_display()}"


class ListSync(models.Model):
    """One file on its way onto a list: fetched, checked, staged, compared, written, switched on. Each stage can be gone through again.

    A worker holds it by a lease, as all long work here: see `eligibility.catalogue.leases`.
    """

    class State(models.TextChoices):
        QUEUED = "queued", "waiting"
        RUNNING = "running", "under way"
        HELD = "held", "waits for a person"
        DONE = "done", "done"
        FAILED = "failed", "failed"
        REFUSED = "refused", "refused by a person"

    class Stage(models.TextChoices):
        FETCH = "fetch", "fetching the file"
        STAGE = "stage", "reading and checking"
        COMPARE = "compare", "comparing"
        WRITE = "write", "writing"
        SWITCH = "switch", "switching on"

    public_id = public_id_field("lsy")
    list_source = models.ForeignKey(ListSource, on_delete=models.PROTECT, related_name="syncs")
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    stage = models.CharField(max_length=8, choices=Stage.choices, default=Stage.FETCH)
    entry = models.JSONField(default=dict, help_text="As the publisher's index names it.")
    manifest = models.JSONField(default=dict)
    number = models.PositiveIntegerField(help_text="Of the version that it becomes.")
    bytes_total = models.BigIntegerField(default=0)
    bytes_done = models.BigIntegerField(default=0)
    rows_total = models.PositiveIntegerField(default=0)
    rows_done = models.PositiveIntegerField(default=0, help_text="In this stage.")
    stage_at = models.DateTimeField(null=True, blank=True, help_text="When fetching or reading was begun, the last time.")
    rows_staged = models.PositiveIntegerField(default=0, help_text="That say something new, with what a whole file leaves out.")
    rows_faulty = models.PositiveIntegerField(default=0)
    rows_twice = models.PositiveIntegerField(default=0)
    after_gtin = models.CharField(max_length=14, blank=True, help_text="Checkpoint of writing.")
    added = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    removed = models.PositiveIntegerField(default=0)
    standing = models.PositiveIntegerField(default=0, help_text="How many products stood on the list before.")
    held_because = models.JSONField(default=list, help_text="Sentences.")
    decided_by = models.ForeignKey("people.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_why = models.CharField(max_length=300, blank=True)
    waited_s = models.FloatField(default=0, help_text="How long it stood back for sales.")
    seconds = models.JSONField(default=dict, help_text="Stage -> how long it took.")
    worker = models.CharField(max_length=40, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0, help_text="Failures in a row.")
    error = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["list_source"], condition=Q(state__in=["queued", "running", "held"]), name="list_sync_one_at_a_time"
            )
        ]
        ordering = ["-pk"]
        verbose_name = "update of a list"
        verbose_name_plural = "updates of lists"

    def __str__(self) -> str:
        return f"{self.list_source.list_id} {self.entry.get('version', '')}"

    @property
    def is_open(self) -> bool:
        return self.state in {self.State.QUEUED, self.State.RUNNING}


class ListRowFault(models.Model):
    """A row of a file that could not be taken. Of a file with very many, the first ones."""

    sync = models.ForeignKey(ListSync, on_delete=models.CASCADE, related_name="faults")
    number = models.PositiveIntegerField("row")
    gtin = models.CharField("GTIN", max_length=20, blank=True)
    why = models.CharField(max_length=300)

    class Meta:
        ordering = ["pk"]
        verbose_name = "row that was not taken"
        verbose_name_plural = "rows that were not taken"

    def __str__(self) -> str:
        return f"row {self.number}"
