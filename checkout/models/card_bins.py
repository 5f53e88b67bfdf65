"""Which first digits belong to which kind of card, and every list that ever said so."""

from __future__ import annotations

import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import BigIntegerRangeField, DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value

from checkout.network.bin_table import first_number, last_number
from common.ids import public_id_field

DIGITS = r"^[1-9][0-9]{7,10}$"


class BinImport(models.Model):
    """One list of card ranges that somebody brought in, or one step back to an earlier one. Nothing happens before it is applied."""

    class State(models.TextChoices):
        PREVIEWED = "previewed"
        APPLIED = "applied"
        DISCARDED = "discarded"

    public_id = public_id_field("bli")
    state = models.CharField(max_length=10, choices=State.choices, default=State.PREVIEWED)
    source = models.CharField(max_length=40, help_text="Whose list: each source is replaced as a whole.")
    filename = models.CharField("file", max_length=120, blank=True)
    sha256 = models.CharField("SHA-256", max_length=64, blank=True)
    rows = models.JSONField(default=list, help_text="The ranges as they were read.")
    rows_total = models.PositiveIntegerField("rows", default=0)
    counts = models.JSONField(default=dict, help_text="added, changed, ended, same, errors -> how many.")
    errors = models.JSONField(default=list, help_text="[row, what is wrong], of the first rows that cannot be taken.")
    changes = models.JSONField(default=list, help_text="[what, from, to, before, after] of the first ranges that change.")
    seen_number = models.PositiveIntegerField(default=0, help_text="The table's number when it was looked at.")
    number = models.PositiveIntegerField(null=True, unique=True, help_text="The table's number that it made.")
    restores = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="restored_by")
    created_by = models.ForeignKey("people.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField("brought in", auto_now_add=True)
    applied_by = models.ForeignKey("people.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    applied_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        verbose_name = "list of card ranges"
        verbose_name_plural = "lists of card ranges"
        indexes = [models.Index(fields=["source", "-applied_at"], name="bin_import_newest")]
        constraints = [
            models.CheckConstraint(
                name="bin_import_applied_is_numbered",
                condition=Q(state="applied", number__isnull=False, applied_at__isnull=False)
                | (~Q(state="applied") & Q(number=None, applied_at=None)),
            )
        ]

    def __str__(self) -> str:
        return f"{self.source}, list {self.number}" if self.number else f"{self.source}, not applied"


class BinRange(models.Model):
    """A range of first digits and what it tells, as one list said it. Another list may end it; nothing else of it changes.

    `first` and `last` are the range in eleven digits. valid_from and valid_to are days, both included.
    """

    bin_from = models.CharField("from", max_length=11)
    bin_to = models.CharField("to", max_length=11)
    first = models.BigIntegerField(editable=False)
    last = models.BigIntegerField(editable=False)
    network = models.CharField(max_length=12)
    account_kind = models.CharField(max_length=10)
    auto_sub = models.BooleanField("takes the flag", help_text="The issuer takes the charge's word that every item was checked.")
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    source = models.CharField(max_length=40)
    added_by = models.ForeignKey(BinImport, on_delete=models.PROTECT, related_name="added_ranges")
    ended_by = models.ForeignKey(BinImport, null=True, blank=True, on_delete=models.PROTECT, related_name="ended_ranges")

    class Meta:
        ordering = ["first", "pk"]
        verbose_name = "card range"
        triggers = [
            pgtrigger.Protect(name="bin_range_never_goes", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="bin_range_only_ends", operation=pgtrigger.Update, condition=pgtrigger.AnyChange(exclude=["ended_by"])
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="bin_range_has_8_to_11_digits",
                condition=Q(bin_from__regex=DIGITS, bin_to__regex=DIGITS, first__lte=F("last")),
            ),
            models.CheckConstraint(
                name="bin_range_days_in_order", condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from"))
            ),
            ExclusionConstraint(
                name="bin_range_no_overlap", condition=Q(ended_by=None),
                expressions=[
                    (Func(F("first"), F("last"), Value("[]"), function="int8range", output_field=BigIntegerRangeField()), RangeOperators.OVERLAPS),
                    (Func(F("valid_from"), F("valid_to"), Value("[]"), function="daterange", output_field=DateRangeField()), RangeOperators.OVERLAPS),
                ],
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.bin_from}–{self.bin_to}"

    def save(self, *args: object, **kwargs: object) -> None:
        self.first, self.last = first_number(self.bin_from), last_number(self.bin_to)
        super().save(*args, **kwargs)  # type: ignore[arg-type]


class BinPointer(models.Model):
    """Which number the table of card ranges has now: every process follows it. One row."""

    name = models.CharField(max_length=10, primary_key=True, default="cards")
    number = models.PositiveIntegerField(default=0)
    changed_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"{self.name} {self.number}"
