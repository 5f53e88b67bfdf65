"""What merchants' products are judged to be, and were; files of items; and runs that judge every product again."""

from __future__ import annotations

import pgtrigger
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q

from common.ids import public_id_field
from common.models import append_only
from common.scopes import ScopedManager
from eligibility.decision import STATUS_WORDS

STATUS_CHOICES = list(STATUS_WORDS.items())


class RedecisionRun(models.Model):
    """One pass over the products that judges each of them again; of all merchants, or of one. Only one is open at a time.

    after_id is the checkpoint: every product up to it is done. A worker holds the run by a lease that it renews with
    each chunk; whoever finds the lease over goes on from the checkpoint.
    """

    class State(models.TextChoices):
        QUEUED = "queued", "waiting"
        RUNNING = "running", "under way"
        DONE = "done", "done"
        FAILED = "failed", "failed"
        CANCELLED = "cancelled", "stopped"

    class Cause(models.TextChoices):
        MODEL = "model", "a new model"
        LIST = "list", "a change of the eligible-product lists"
        TAXONOMY = "taxonomy", "a new taxonomy"
        RULES = "rules", "new rules"
        ASKED = "asked", "somebody asked for it"

    public_id = public_id_field("run")
    merchant = models.ForeignKey("merchants.Merchant", null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    cause = models.CharField(max_length=12, choices=Cause.choices)
    state = models.CharField(max_length=12, choices=State.choices, default=State.QUEUED)
    basis = models.JSONField(default=dict, help_text="Versions of model, lists and taxonomy that it judges by.")
    after_id = models.BigIntegerField(default=0)
    rows_total = models.IntegerField(default=0)
    rows_done = models.IntegerField(default=0)
    rows_changed = models.IntegerField(default=0)
    rows_skipped = models.IntegerField(default=0, help_text="Nothing that they rest on was new.")
    waited_s = models.FloatField(default=0, help_text="How long it stood back for sales.")
    worker = models.CharField(max_length=40, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0, help_text="Failures in a row.")
    error = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = ScopedManager(merchant="merchant", with_shared=True)

    class Meta:
        ordering = ["-pk"]
        verbose_name = "re-decision"
        constraints = [
            models.UniqueConstraint(
                models.Value(1), condition=Q(state__in=["queued", "running"]), name="redecision_one_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return str(self.public_id)

    @property
    def is_open(self) -> bool:
        return self.state in {self.State.QUEUED, self.State.RUNNING}


class RedecisionTarget(models.Model):
    """A product that a run after a change of lists visits. Forgotten when the run has ended."""

    run = models.ForeignKey(RedecisionRun, on_delete=models.CASCADE, related_name="targets")
    product = models.ForeignKey("eligibility.Product", on_delete=models.CASCADE, related_name="+")

    objects = ScopedManager(merchant="product__merchant")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "product"], name="redecision_target_once")]

    def __str__(self) -> str:
        return f"{self.run_id} {self.product_id}"


class ProductDecision(models.Model):
    """What a product was judged to be from a moment on. Added when the judgement changes, never edited."""

    class Cause(models.TextChoices):
        SAVED = "saved", "the product was saved"
        IMPORTED = "imported", "it came in a file"
        REVIEW = "review", "a person decided"
        MODEL = "model", "a new model"
        LIST = "list", "a change of the eligible-product lists"
        TAXONOMY = "taxonomy", "a new taxonomy"
        RULES = "rules", "new rules"
        ASKED = "asked", "it was judged again"

    product = models.ForeignKey("eligibility.Product", on_delete=models.PROTECT, related_name="decisions")
    merchant = models.ForeignKey("merchants.Merchant", on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=20, choices=STATUS_CHOICES)
    previous_status = models.CharField(max_length=20, choices=STATUS_CHOICES, blank=True, help_text="Empty for the first.")
    category_code = models.CharField(max_length=80, blank=True)
    evidence = models.CharField(max_length=12)
    confidence = models.FloatField()
    list_version = models.CharField(max_length=80, blank=True)
    model_version = models.CharField(max_length=80, blank=True)
    taxonomy_version = models.CharField(max_length=80, blank=True)
    decision = models.JSONField(encoder=DjangoJSONEncoder, help_text="All of it, as `Decision.as_json` gives it.")
    cause = models.CharField(max_length=12, choices=Cause.choices)
    run = models.ForeignKey(RedecisionRun, null=True, blank=True, on_delete=models.PROTECT, related_name="decisions")
    decided_at = models.DateTimeField()

    objects = ScopedManager(merchant="merchant")

    class Meta:
        ordering = ["-pk"]
        verbose_name = "decision about a product"
        verbose_name_plural = "decisions about products"
        indexes = [
            models.Index(fields=["product", "-id"], name="product_decision_newest"),
            models.Index(
                fields=["merchant", "id"], name="product_status_changes",
                condition=~Q(previous_status="") & ~Q(previous_status=F("status")),
            ),
        ]  # fmt: skip
        triggers: list[pgtrigger.Trigger] = append_only("product_decision")

    def __str__(self) -> str:
        return f"{self.get_status_display()} from {self.decided_at:%Y-%m-%d %H:%M}"


class CurrentDecision(models.Model):
    """What a product is judged to be now: its newest decision, and when and by what that was last confirmed.

    judged: fingerprint of what was said of the product then; substance: of what the decision means. Where a new
    judgement has the same substance, only this row is touched. basis_*: which model, lists and taxonomy were in force;
    lists_at: what the lists said until then was known to who judged.
    """

    product = models.OneToOneField(
        "eligibility.Product", primary_key=True, on_delete=models.CASCADE, related_name="current_decision"
    )
    merchant = models.ForeignKey("merchants.Merchant", on_delete=models.PROTECT, related_name="+")
    decision = models.ForeignKey(ProductDecision, on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=20, choices=STATUS_CHOICES)
    evidence = models.CharField(
        max_length=12, default="none", help_text="The decision's own, kept here to be counted and filtered by."
    )
    category_code = models.CharField(max_length=80, blank=True, default="", help_text="The same.")
    item_key = models.CharField(max_length=64, help_text="What a reviewer's decision about it is found by.")
    judged = models.CharField(max_length=32)
    substance = models.CharField(max_length=32)
    basis_model = models.CharField(max_length=120)
    basis_lists = models.CharField(max_length=32)
    lists_at = models.DateTimeField(null=True, blank=True)
    confidence = models.FloatField()
    evidence_detail = models.TextField(blank=True)
    list_version = models.CharField(max_length=80, blank=True)
    model_version = models.CharField(max_length=80, blank=True)
    taxonomy_version = models.CharField(max_length=80, blank=True)
    checked_at = models.DateTimeField()

    objects = ScopedManager(merchant="merchant")

    class Meta:
        verbose_name = "decision in force"
        verbose_name_plural = "decisions in force"
        indexes = [
            models.Index(fields=["merchant", "status", "-product"], name="current_decision_by_status"),
            models.Index(fields=["merchant", "evidence", "-product"], name="current_decision_by_evidence"),
            models.Index(fields=["merchant", "category_code", "-product"], name="current_decision_by_category"),
            models.Index(fields=["merchant", "item_key"], name="current_decision_by_item"),
        ]

    def __str__(self) -> str:
        return self.get_status_display()


class CatalogueJob(models.Model):
    """One file of items that a merchant sent: to be judged, or to be taken into its products. Worked through in chunks."""

    class Kind(models.TextChoices):
        CHECK = "check", "check"
        IMPORT = "import", "import"

    class State(models.TextChoices):
        QUEUED = "queued", "waiting"
        RUNNING = "running", "under way"
        DONE = "done", "done"
        FAILED = "failed", "failed"
        CANCELLED = "cancelled", "cancelled"

    public_id = public_id_field("job")
    merchant = models.ForeignKey("merchants.Merchant", on_delete=models.CASCADE, related_name="catalogue_jobs")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    feed = models.ForeignKey("eligibility.CatalogueFeed", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    state = models.CharField(max_length=12, choices=State.choices, default=State.QUEUED)
    is_dry_run = models.BooleanField(default=False)
    filename = models.CharField(max_length=120, blank=True)
    source_format = models.CharField(max_length=8)
    columns = models.JSONField(default=list, help_text="The file's own columns, in their order.")
    mapping = models.JSONField(default=dict, help_text="Our field -> column of the file.")
    rows_total = models.IntegerField(default=0)
    rows_done = models.IntegerField(default=0)
    rows_failed = models.IntegerField(default=0, help_text="Rows that could not be used; each says why.")
    counts = models.JSONField(default=dict, help_text="How many rows came out how.")
    worker = models.CharField(max_length=40, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0, help_text="Failures in a row.")
    error = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(help_text="Then its rows are deleted; what came of it stays.")
    is_expired = models.BooleanField(default=False)

    objects = ScopedManager(merchant="merchant")

    class Meta:
        ordering = ["-pk"]
        verbose_name = "catalogue file"
        indexes = [models.Index(fields=["merchant", "-id"], name="catalogue_job_newest")]

    def __str__(self) -> str:
        return self.filename or self.public_id

    @property
    def is_open(self) -> bool:
        return self.state in {self.State.QUEUED, self.State.RUNNING}


class CatalogueChunk(models.Model):
    """Some rows of a file, as they came and as they came out: both JSON lines, compressed. Results arrive all at once."""

    job = models.ForeignKey(CatalogueJob, on_delete=models.CASCADE, related_name="chunks")
    number = models.IntegerField()
    first_row = models.IntegerField()
    rows_count = models.IntegerField()
    source = models.BinaryField()
    results = models.BinaryField(null=True)
    counts = models.JSONField(default=dict)

    objects = ScopedManager(merchant="job__merchant")

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["job", "number"], name="catalogue_chunk_once")]

    def __str__(self) -> str:
        return f"rows from {self.first_row}"
