"""Whom rules are about, and what is known of them."""

from __future__ import annotations

from datetime import date
from functools import reduce
from operator import and_
from typing import Any, Final

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from common.ids import public_id_field
from common.scopes import ScopedManager
from rules.fields.catalogue import FIELDS
from rules.fields.types import Field, FieldType

DATES: Final = ("as_of_on", "next_change_on", *(field.name for field in FIELDS if field.type == "date"))
READABLE: Final = (date.min, date.max)


class Customer(models.Model):
    """One whom rules are applied to: a person with an account, a shopper at one merchant, or a merchant.

    A person's row knows what they bought anywhere, and is shown to them alone. A shopper's row knows one merchant's sales, and
    that merchant may see it. Somebody with an account who buys at two merchants is three customers, and no merchant learns of the others.
    """

    class Kind(models.TextChoices):
        PERSON = "person", "Person"
        SHOPPER = "shopper", "Shopper at one merchant"
        MERCHANT = "merchant", "Merchant"

    public_id = public_id_field("cus")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    account = models.OneToOneField(
        "shoppers.ShopperAccount", null=True, blank=True, on_delete=models.CASCADE, related_name="customer"
    )
    shopper = models.OneToOneField("shoppers.Shopper", null=True, blank=True, on_delete=models.CASCADE, related_name="customer")
    merchant = models.ForeignKey(
        "merchants.Merchant", null=True, blank=True, on_delete=models.PROTECT, related_name="customers",
        help_text="Who may see this customer through the API; nobody for a person.",
    )  # fmt: skip
    is_made_up = models.BooleanField(
        default=False, editable=False,
        help_text="Made by make_customers for trials of scale: what is known of it was thought up, and is never computed.",
    )  # fmt: skip
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager(merchant="merchant")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="customer_is_what_its_kind_says",
                condition=Q(kind="person", account__isnull=False, shopper=None, merchant=None)
                | Q(kind="shopper", account=None, shopper__isnull=False, merchant__isnull=False)
                | Q(kind="merchant", account=None, shopper=None, merchant__isnull=False),
            ),
            models.UniqueConstraint(fields=["merchant"], condition=Q(kind="merchant"), name="customer_one_of_a_merchant"),
        ]

    def __str__(self) -> str:
        return str(self.public_id)


class CustomerFeatures(models.Model):
    """What is known of one customer: a column for each field of the catalogue, of the same name. NULL is missing.

    Kept up as things happen (`rules.customers`); `manage.py rebuild_features` computes all of it anew and compares.
    """

    customer = models.OneToOneField(Customer, primary_key=True, on_delete=models.CASCADE, related_name="features")
    as_of_on = models.DateField(help_text="The day for which windows such as “30 days” were counted.")
    next_change_on = models.DateField(
        null=True, blank=True, help_text="The first day on which a value is another because time passed; nothing: never."
    )
    computed_at = models.DateTimeField()
    fault = models.CharField(max_length=300, blank=True, help_text="Why the newest computation failed; what it had been stays.")

    objects = ScopedManager(merchant="customer__merchant")

    class Meta:
        verbose_name_plural = "customer features"
        indexes = [
            models.Index(fields=["next_change_on"], name="features_due", condition=Q(next_change_on__isnull=False)),
        ]
        constraints = [
            # Infinite dates, and those that no program's calendar has, could be stored but not read.
            models.CheckConstraint(
                name="features_dates_can_be_read",
                condition=reduce(and_, (Q(**{f"{name}__isnull": True}) | Q(**{f"{name}__range": READABLE}) for name in DATES)),
            ),
        ]

    def __str__(self) -> str:
        return str(self.customer_id)


class CustomerChange(models.Model):
    """Something happened that may change what is known of a customer. Written by the database with the thing itself, and
    deleted with the writing of what is known then; several rows about one are one thing to do.

    A queue and no mark of how far one came, as `docs/adr/0015` says of events. Persons' changes of benefit accounts, bank data and
    claims come through `shoppers.changes.PersonChange`.
    """

    class Kind(models.TextChoices):
        CUSTOMER = "customer", "a customer"
        ACCOUNT = "account", "a person’s account"
        SHOPPER = "shopper", "a shopper"
        MERCHANT = "merchant", "a merchant"
        CATALOGUE = "catalogue", "a merchant’s products"

    kind = models.CharField(max_length=9, choices=Kind.choices)
    subject_id = models.BigIntegerField(help_text="Row id of the one that the kind names.")
    at = models.DateTimeField(db_default=Now())

    class Meta:
        default_permissions = ()
        indexes = [models.Index(fields=["kind", "subject_id"], name="customer_change_of")]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_id}"


class CheapestProduct(models.Model):
    """What the cheapest eligible product of a category costs at a merchant: so that no customer's saving needs a whole catalogue."""

    merchant = models.ForeignKey("merchants.Merchant", on_delete=models.CASCADE, related_name="+", db_index=False)
    category = models.CharField(max_length=80)
    price_cents = models.BigIntegerField()

    objects = ScopedManager(merchant="merchant")

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["merchant", "category"], name="cheapest_product_once")]

    def __str__(self) -> str:
        return self.category


_COLUMNS: Final[dict[FieldType, Any]] = {
    "integer": lambda: models.IntegerField(null=True),
    "cents": lambda: models.BigIntegerField(null=True),
    "number": lambda: models.FloatField(null=True),
    "date": lambda: models.DateField(null=True),
    "flag": lambda: models.BooleanField(null=True),
    "text": lambda: models.CharField(max_length=40, null=True),
    "set": lambda: ArrayField(models.CharField(max_length=80), null=True),
}


def column_of(field: Field) -> Any:
    """The column in which a field of the catalogue is kept."""
    return _COLUMNS[field.type]()


for _field in FIELDS:  # the catalogue is the one list of what is known
    CustomerFeatures.add_to_class(_field.name, column_of(_field))
