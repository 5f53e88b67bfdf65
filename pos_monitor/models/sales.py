"""What tills sell: each sale under the till's own number, offline ones that could not be paid, and closed days."""

from __future__ import annotations

import pgtrigger
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q

from checkout.models import Refund
from common.ids import public_id_field
from common.models import append_only
from common.scopes import ScopedManager
from pos_monitor.models.estate import Store, Terminal

STANDS = (Refund.Status.PENDING, Refund.Status.SUCCEEDED)


class TillSettings(models.Model):
    """What a merchant lets its tills do without a line to the network, and what stands at the foot of their receipts."""

    merchant = models.OneToOneField("merchants.Merchant", on_delete=models.CASCADE, related_name="till_settings")
    offline_benefit_cents = models.PositiveIntegerField(
        default=50_00, help_text="The most that a till may put on one benefit card while it is offline; 0: nothing."
    )
    offline_ordinary_cents = models.PositiveIntegerField(
        default=100_00, help_text="The most that a till may put on an ordinary card while it is offline; 0: nothing."
    )
    receipt_footer = models.CharField(max_length=200, blank=True)
    changed_at = models.DateTimeField(auto_now=True)

    objects = ScopedManager(merchant="merchant")

    class Meta:
        verbose_name_plural = "till settings"

    def __str__(self) -> str:
        return f"tills of {self.merchant}"


class TillDay(models.Model):
    """One closed day of one terminal: its totals, as its sales and the book have them. Never changed; what comes later is the next day's."""

    public_id = public_id_field("tday")
    merchant = models.ForeignKey("merchants.Merchant", on_delete=models.PROTECT, related_name="till_days")
    terminal = models.ForeignKey(Terminal, on_delete=models.PROTECT, related_name="days")
    business_on = models.DateField(help_text="In the store's zone.")
    sales_count = models.PositiveIntegerField()
    sales_cents = models.BigIntegerField(help_text="All that was sold, voided sales among it.")
    benefit_cents = models.BigIntegerField()
    ordinary_cents = models.BigIntegerField()
    late_count = models.PositiveIntegerField(help_text="Of the sales, those of an earlier day that came after it was closed.")
    voids_count = models.PositiveIntegerField()
    voids_benefit_cents = models.BigIntegerField()
    voids_ordinary_cents = models.BigIntegerField()
    refunds_count = models.PositiveIntegerField()
    refunds_benefit_cents = models.BigIntegerField()
    refunds_ordinary_cents = models.BigIntegerField()
    failed_count = models.PositiveIntegerField(
        default=0,
        db_default=0,
        help_text="Of voids and refunds that this day or an earlier one counted, legs that the network refused since.",
    )
    failed_benefit_cents = models.BigIntegerField(default=0, db_default=0)
    failed_ordinary_cents = models.BigIntegerField(default=0, db_default=0)
    losses_count = models.PositiveIntegerField(
        default=0, db_default=0, help_text="Offline sales that were not paid; they are no part of the sums."
    )
    losses_cents = models.BigIntegerField(default=0, db_default=0)
    said = models.JSONField(default=dict, blank=True, encoder=DjangoJSONEncoder, help_text="The till's own totals.")
    differences = models.JSONField(default=list, blank=True, encoder=DjangoJSONEncoder)
    closed_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager(merchant="merchant", place="terminal__store")

    class Meta:
        ordering = ["-pk"]
        triggers: list[pgtrigger.Trigger] = append_only("till_day")
        constraints = [
            models.UniqueConstraint(fields=["terminal", "business_on"], name="till_day_once"),
            models.CheckConstraint(
                name="till_day_adds_up", condition=Q(sales_cents=F("benefit_cents") + F("ordinary_cents"))
            ),
        ]  # fmt: skip
        indexes = [models.Index(fields=["merchant", "-id"], name="till_day_newest")]

    def __str__(self) -> str:
        return f"{self.terminal} {self.business_on}"

    @property
    def voids_cents(self) -> int:
        return self.voids_benefit_cents + self.voids_ordinary_cents

    @property
    def refunds_cents(self) -> int:
        return self.refunds_benefit_cents + self.refunds_ordinary_cents

    @property
    def failed_cents(self) -> int:
        return self.failed_benefit_cents + self.failed_ordinary_cents

    @property
    def net_cents(self) -> int:
        return self.sales_cents - self.voids_cents - self.refunds_cents + self.failed_cents


class TillSale(models.Model):
    """One sale of a till. Whether it is paid its session says; the till's own number makes a repeat harmless."""

    public_id = public_id_field("tsl")
    merchant = models.ForeignKey("merchants.Merchant", on_delete=models.PROTECT, related_name="till_sales")
    terminal = models.ForeignKey(Terminal, on_delete=models.PROTECT, related_name="sales")
    store = models.ForeignKey(
        Store, null=True, blank=True, on_delete=models.PROTECT, related_name="sales", db_index=False,
        help_text="Where the till stood when it sold: it may be moved since.",
    )  # fmt: skip
    sale_number = models.CharField(max_length=40, help_text="The till's own; never given twice at one terminal.")
    fingerprint = models.CharField(max_length=64, editable=False, help_text="SHA-256 of the basket, without its cards.")
    session = models.OneToOneField("checkout.CheckoutSession", on_delete=models.PROTECT, related_name="till_sale")
    printed = models.JSONField(
        default=list, encoder=DjangoJSONEncoder, help_text="By line: till text, PLU, weight and its unit, price as rung up."
    )
    is_offline = models.BooleanField(default=False, help_text="Taken while the till had no line, and sent later.")
    sold_at = models.DateTimeField(help_text="By the till's clock where it was offline, else by ours.")
    received_at = models.DateTimeField(auto_now_add=True)
    day = models.ForeignKey(TillDay, null=True, blank=True, on_delete=models.PROTECT, related_name="sales")
    void = models.OneToOneField(
        "checkout.Refund", null=True, blank=True, on_delete=models.PROTECT, related_name="voids_sale",
        help_text="By which it was taken back at the till.",
    )  # fmt: skip
    lost_at = models.DateTimeField(null=True, blank=True, help_text="When an offline sale could not be paid, goods gone.")
    loss_code = models.CharField(max_length=60, blank=True)
    loss_message = models.CharField(max_length=300, blank=True)
    loss_settled_at = models.DateTimeField(null=True, blank=True)
    loss_settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+",
        help_text="Empty: another card paid after all.",
    )  # fmt: skip
    loss_note = models.CharField(max_length=200, blank=True)
    loss_day = models.ForeignKey(
        TillDay,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="losses",
        help_text="The closed day that counted the loss.",
    )

    objects = ScopedManager(merchant="merchant", place="store")

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["terminal", "sale_number"], name="till_sale_number_once"),
            models.CheckConstraint(
                name="till_sale_loss_is_offline", condition=Q(lost_at__isnull=True) | Q(is_offline=True)
            ),
            models.CheckConstraint(
                name="till_sale_settled_loss_was_one", condition=Q(loss_settled_at__isnull=True) | Q(lost_at__isnull=False)
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["terminal", "-sold_at", "-id"], name="till_sale_last"),
            models.Index(fields=["store", "-session"], name="till_sale_of_store"),
            models.Index(fields=["terminal", "-session"], name="till_sale_of_terminal"),
            models.Index(fields=["terminal", "id"], name="till_sale_of_open_day", condition=Q(day__isnull=True)),
            models.Index(
                fields=["merchant", "-id"], name="till_sale_lost", condition=Q(lost_at__isnull=False, loss_settled_at__isnull=True)
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.terminal} {self.sale_number}"

    @property
    def is_voided(self) -> bool:
        """Was all of it taken back at the till? Not if the network refused: the card is charged then."""
        return self.void is not None and self.void.status in STANDS


class RefusedSale(models.Model):
    """An offline sale that could not even be judged: its goods are gone, and it stands here until somebody says what became of it.

    One that comes again and can be taken leaves the list; one that somebody settled is taken no more.
    """

    public_id = public_id_field("rsl")
    merchant = models.ForeignKey("merchants.Merchant", on_delete=models.PROTECT, related_name="refused_till_sales")
    terminal = models.ForeignKey(Terminal, on_delete=models.PROTECT, related_name="refused_sales")
    sale_number = models.CharField(max_length=40)
    amount_total_cents = models.BigIntegerField(help_text="As the till reckons.")
    code = models.CharField(max_length=60)
    message = models.CharField(max_length=300)
    sold_at = models.DateTimeField(help_text="By the till's clock, and not of the future.")
    refused_at = models.DateTimeField(auto_now_add=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+",
        help_text="Empty: it came again and was taken.",
    )  # fmt: skip
    note = models.CharField(max_length=200, blank=True)
    day = models.ForeignKey(
        TillDay,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="refused_sales",
        help_text="The closed day that counted it.",
    )

    objects = ScopedManager(merchant="merchant", place="terminal__store")

    class Meta:
        ordering = ["-pk"]
        constraints = [models.UniqueConstraint(fields=["terminal", "sale_number"], name="refused_sale_once")]
        indexes = [models.Index(fields=["merchant", "-id"], name="refused_sale_unsettled", condition=Q(settled_at__isnull=True))]

    def __str__(self) -> str:
        return f"{self.terminal} {self.sale_number}"


class TillDayFailure(models.Model):
    """In which closed day a leg of a void or refund was counted back, since the network refused it: in one, once."""

    day = models.ForeignKey(TillDay, on_delete=models.PROTECT, related_name="counted_failures")
    leg = models.OneToOneField("checkout.RefundLeg", on_delete=models.PROTECT, related_name="till_day")

    objects = ScopedManager(merchant="day__merchant", place="day__terminal__store")

    class Meta:
        triggers: list[pgtrigger.Trigger] = append_only("till_day_failure")

    def __str__(self) -> str:
        return str(self.leg_id)


class TillDayRefund(models.Model):
    """In which closed day a refund of a till's sale was counted: in one, once."""

    day = models.ForeignKey(TillDay, on_delete=models.PROTECT, related_name="counted_refunds")
    refund = models.OneToOneField("checkout.Refund", on_delete=models.PROTECT, related_name="till_day")

    objects = ScopedManager(merchant="day__merchant", place="day__terminal__store")

    class Meta:
        triggers: list[pgtrigger.Trigger] = append_only("till_day_refund")

    def __str__(self) -> str:
        return str(self.refund_id)
