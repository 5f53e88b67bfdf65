"""Who is told of changes: what lists are going to change for a product, what merchants were told, and their letters of a day."""

from __future__ import annotations

import pgtrigger
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q

from common.ids import public_id_field
from common.models import append_only
from common.scopes import ScopedManager
from eligibility.models.catalogue import STATUS_CHOICES, ProductDecision


class ListNotice(models.Model):
    """What one list does to one product at one moment, as far as is said now; and what its merchant was told of it.

    `is_said` follows the lists, `state` says what the merchant believes. A row where the one may not follow from the other any
    more is not settled. `revision` counts the doubts, so that whoever settled an older one changes nothing.
    """

    class State(models.TextChoices):
        QUIET = "quiet", "not told"
        UPCOMING = "upcoming", "announced"
        DONE = "done", "happened"
        WITHDRAWN = "withdrawn", "withdrawn"

    public_id = public_id_field("chn")
    merchant = models.ForeignKey("merchants.Merchant", on_delete=models.PROTECT, related_name="+")
    product = models.ForeignKey("eligibility.Product", on_delete=models.PROTECT, related_name="list_notices")
    list_source = models.ForeignKey("eligibility.ListSource", on_delete=models.PROTECT, related_name="+")
    gtin14 = models.CharField("GTIN-14", max_length=14, help_text="As the list has it.")
    effective_at = models.DateTimeField()
    old_category = models.CharField(max_length=80, blank=True, help_text="On the list until then; empty where it is not on it.")
    new_category = models.CharField(max_length=80, blank=True)
    replaced_by = models.CharField("replaced by GTIN-14", max_length=14, blank=True)
    number = models.PositiveIntegerField(default=0, help_text="Of the list's version that said it.")
    is_said = models.BooleanField(default=True)
    is_settled = models.BooleanField(default=False)
    revision = models.PositiveIntegerField(default=1)
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUIET)
    old_status = models.CharField(max_length=20, choices=STATUS_CHOICES, blank=True, help_text="As it was judged beforehand.")
    new_status = models.CharField(max_length=20, choices=STATUS_CHOICES, blank=True)
    reason = models.TextField(blank=True, help_text="Why it will be what it will be, for shoppers.")
    announced_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True, help_text="When it happened, or was withdrawn.")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager(merchant="merchant")

    class Meta:
        ordering = ["effective_at", "pk"]
        verbose_name = "coming change of a product"
        verbose_name_plural = "coming changes of products"
        constraints = [
            models.UniqueConstraint(fields=["product", "list_source", "effective_at"], name="list_notice_once"),
            models.CheckConstraint(condition=Q(state="quiet") | Q(announced_at__isnull=False), name="list_notice_told_when"),
            models.CheckConstraint(
                condition=~Q(state="upcoming") | ~Q(old_status=F("new_status")), name="list_notice_is_a_change"
            ),
        ]
        indexes = [
            models.Index(fields=["merchant", "id"], condition=Q(is_settled=False), name="list_notice_unsettled"),
            models.Index(fields=["gtin14", "effective_at"], name="list_notice_gtin"),
            models.Index(fields=["merchant", "state", "effective_at", "id"], name="list_notice_of_merchant"),
            models.Index(fields=["effective_at"], condition=Q(state="upcoming"), name="list_notice_upcoming"),
            models.Index(fields=["effective_at"], condition=Q(state="quiet"), name="list_notice_quiet"),
        ]

    def __str__(self) -> str:
        return f"{self.gtin14} from {self.effective_at:%Y-%m-%d}"


class ToldChange(models.Model):
    """One thing that a merchant was told of a product's status: that it will change, that it will not after all, that it has.

    Added in the transaction that made it true, under the catalogue's lock, so that a merchant's rows become visible in the
    order of their keys. Never edited.
    """

    class State(models.TextChoices):
        UPCOMING = "upcoming", "will change"
        WITHDRAWN = "withdrawn", "will not change after all"
        CHANGED = "changed", "has changed"

    merchant = models.ForeignKey("merchants.Merchant", on_delete=models.PROTECT, related_name="+")
    product = models.ForeignKey("eligibility.Product", on_delete=models.PROTECT, related_name="told_changes")
    state = models.CharField(max_length=10, choices=State.choices)
    old_status = models.CharField(max_length=20, choices=STATUS_CHOICES)
    new_status = models.CharField(max_length=20, choices=STATUS_CHOICES)
    effective_at = models.DateTimeField()
    is_announced = models.BooleanField(default=False, help_text="It has changed as was told beforehand: no event says so again.")
    decision = models.ForeignKey(ProductDecision, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    notice = models.ForeignKey(ListNotice, null=True, blank=True, on_delete=models.PROTECT, related_name="told")
    details = models.JSONField(
        default=dict, encoder=DjangoJSONEncoder, help_text="What else was said; of a decision, that says it."
    )
    told_at = models.DateTimeField()

    objects = ScopedManager(merchant="merchant")

    class Meta:
        ordering = ["-pk"]
        verbose_name = "told change"
        constraints = [
            models.CheckConstraint(
                condition=Q(state="changed", decision__isnull=False) | Q(state__in=["upcoming", "withdrawn"], notice__isnull=False),
                name="told_change_says_of_what",
            )
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["merchant", "id"], name="told_change_feed"),
            models.Index(fields=["merchant", "state", "id"], name="told_change_by_state"),
        ]
        triggers: list[pgtrigger.Trigger] = append_only("told_change")

    def __str__(self) -> str:
        return f"{self.get_state_display()}, {self.told_at:%Y-%m-%d %H:%M}"


class ChangeDigest(models.Model):
    """What a merchant's people were written on one of its days: the told changes after `after_id`, up to `until_id`."""

    public_id = public_id_field("chd")
    merchant = models.ForeignKey("merchants.Merchant", on_delete=models.PROTECT, related_name="+")
    day_on = models.DateField(help_text="In the merchant's time zone.")
    after_id = models.BigIntegerField()
    until_id = models.BigIntegerField()
    upcoming = models.PositiveIntegerField(default=0)
    withdrawn = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager(merchant="merchant")

    class Meta:
        ordering = ["-pk"]
        verbose_name = "letter of changes"
        verbose_name_plural = "letters of changes"
        constraints = [models.UniqueConstraint(fields=["merchant", "day_on"], name="change_digest_once_a_day")]
        indexes = [models.Index(fields=["merchant", "-id"], name="change_digest_newest")]

    def __str__(self) -> str:
        return str(self.public_id)
