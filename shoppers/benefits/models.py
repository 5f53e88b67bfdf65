"""What a shopper told us, or a card's answer showed, of an FSA, HSA or HRA of theirs. Nothing here moves money."""

from __future__ import annotations

from typing import ClassVar

import pgtrigger
from django.db import models
from django.db.models import F, Q

from common.ids import public_id_field
from shoppers.changes import tells_of_changes

TOLD = (
    "account_id", "kind", "plan_starts_on", "plan_ends_on", "election_cents", "balance_cents", "balance_on", "carryover_limit_cents",
    "grace_ends_on", "run_out_ends_on", "coverage", "has_catch_up", "contributed_cents", "closed_at",
)  # fmt: skip


class Kind(models.TextChoices):
    HEALTH_FSA = "health_fsa", "Health FSA"
    LPFSA = "lpfsa", "Limited-purpose FSA"
    DCFSA = "dcfsa", "Dependent care FSA"
    HSA = "hsa", "HSA"
    HRA = "hra", "HRA"


class BenefitAccount(models.Model):
    """One account for one plan year (for an HSA: one calendar year, as its limits are yearly; its balance goes on).

    A plan lets a balance roll over or gives a grace period, never both (IRS Notice 2013-71), and a dependent care FSA cannot
    roll over. The balance is that of the newest row of its history.
    """

    class Coverage(models.TextChoices):
        SELF = "self", "Only me"
        FAMILY = "family", "Me and others"

    public_id = public_id_field("ben")
    account = models.ForeignKey("shoppers.ShopperAccount", on_delete=models.CASCADE, related_name="benefits")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    administrator = models.CharField(max_length=80, blank=True, help_text="Who runs the plan, as the card or its letters say.")
    plan_starts_on = models.DateField()
    plan_ends_on = models.DateField(help_text="Included.")
    election_cents = models.BigIntegerField(null=True, blank=True, help_text="Chosen for the plan year; none for an HSA.")
    balance_cents = models.BigIntegerField(null=True, blank=True, help_text="Nothing while nobody has told it.")
    balance_on = models.DateField(null=True, blank=True, help_text="The day for which the balance was told.")
    carryover_limit_cents = models.BigIntegerField(
        null=True, blank=True, help_text="Nothing where the plan lets nothing roll over."
    )
    grace_ends_on = models.DateField(null=True, blank=True, help_text="Last day of the grace period, if the plan has one.")
    run_out_ends_on = models.DateField(null=True, blank=True, help_text="Last day for claims, if it is known.")
    coverage = models.CharField(
        max_length=6, choices=Coverage.choices, blank=True, help_text="An HSA's: whom the health plan covers."
    )
    has_catch_up = models.BooleanField(default=False, help_text="An HSA's: 55 or older by the end of the year.")
    contributed_cents = models.BigIntegerField(
        null=True, blank=True, help_text="An HSA's: paid in for the year, the employer's share too."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    closed_at = models.DateTimeField(null=True, blank=True, help_text="When the shopper took it off their list.")

    class Meta:
        app_label = "shoppers"
        indexes = [models.Index(fields=["account", "kind"], name="benefit_by_account")]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "kind", "administrator", "plan_starts_on"], condition=Q(closed_at=None), name="benefit_once"
            ),
            models.CheckConstraint(condition=Q(plan_ends_on__gt=F("plan_starts_on")), name="benefit_year_has_days"),
            models.CheckConstraint(
                condition=Q(grace_ends_on=None) | Q(carryover_limit_cents=None), name="benefit_grace_or_carryover"
            ),
            models.CheckConstraint(
                condition=Q(carryover_limit_cents=None) | ~Q(kind__in=[Kind.DCFSA, Kind.HSA]), name="benefit_kind_rolls_over"
            ),
            models.CheckConstraint(
                condition=Q(grace_ends_on=None) | Q(grace_ends_on__gt=F("plan_ends_on")), name="benefit_grace_after"
            ),
            models.CheckConstraint(
                condition=Q(run_out_ends_on=None) | Q(run_out_ends_on__gte=F("plan_ends_on")), name="benefit_run_out_after"
            ),
            models.CheckConstraint(
                condition=Q(coverage="", has_catch_up=False, contributed_cents=None) & ~Q(kind=Kind.HSA)
                | Q(kind=Kind.HSA, election_cents=None, grace_ends_on=None, run_out_ends_on=None),
                name="benefit_says_what_its_kind_has",
            ),
            models.CheckConstraint(
                condition=Q(balance_cents=None, balance_on=None) | Q(balance_cents__isnull=False, balance_on__isnull=False),
                name="benefit_balance_has_its_day",
            ),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = tells_of_changes("benefit", columns=TOLD)

    def __str__(self) -> str:
        return str(self.public_id)


class BenefitBalance(models.Model):
    """One balance as it was told for one day. Rows are added, never changed; they go only with their account."""

    class Source(models.TextChoices):
        TYPED = "typed", "Typed in"
        STATEMENT = "statement", "From a statement"
        CARD_RESPONSE = "card_response", "From a card's answer"

    benefit = models.ForeignKey(BenefitAccount, on_delete=models.CASCADE, related_name="balances")
    amount_cents = models.BigIntegerField()
    as_of = models.DateField(help_text="The day for which it was told.")
    source = models.CharField(max_length=13, choices=Source.choices)
    reference = models.CharField(
        max_length=80, blank=True, help_text="What told it, such as a tender's id: told twice, it counts once."
    )
    recorded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        app_label = "shoppers"
        indexes = [models.Index(fields=["benefit", "-as_of", "-id"], name="benefit_balance_newest")]
        constraints = [
            models.UniqueConstraint(
                fields=["benefit", "source", "reference"], condition=~Q(reference=""), name="benefit_balance_once"
            ),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = [
            pgtrigger.Protect(name="benefit_balance_never_changes", operation=pgtrigger.Update),
            pgtrigger.Trigger(
                name="benefit_balance_stays", level=pgtrigger.Row, when=pgtrigger.After, operation=pgtrigger.Delete, timing=pgtrigger.Deferred,
                func="""
                    IF EXISTS (SELECT 1 FROM shoppers_benefitaccount WHERE id = OLD.benefit_id) THEN
                        RAISE EXCEPTION 'a balance that was told is never deleted';
                    END IF;
                    RETURN NULL;
                """,
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.amount_cents} on {self.as_of}"
