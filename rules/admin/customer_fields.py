"""What is known of one customer, field by field, with what each means: tables on the customer's page."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from common.admin import Related
from common.admin_cells import badge, when
from rules.customers.refresh import values_of_row
from rules.customers.today import rules_today
from rules.definition.words import day_words, value_words
from rules.fields.catalogue import FIELDS
from rules.fields.types import Field
from rules.models import Customer, CustomerFeatures

HEADS = ("Field", "Value", "Unit", "Meaning")
UNITS = {"cents": "US cents, shown as dollars", "date": "day", "set": "list", "flag": "yes or no", "text": "one of a list"}


def known_tables(customer: Customer) -> list[Related]:
    """How well it is known, then a table for each group of fields that are asked of this kind of customer; missing ones too."""
    features = CustomerFeatures.objects.filter(pk=customer.pk).first()
    if features is None:
        return [
            Related(
                "What rules know", HEADS, empty="Nothing yet: the first refresh, some seconds after the first event, counts it."
            )
        ]
    values = values_of_row(features)
    asked = [field for field in FIELDS if customer.kind in field.audiences]
    groups = [(group, list(fields)) for group, fields in groupby(asked, key=lambda field: field.group)]
    return [
        _standing(customer, features),
        *(Related(f"Known: {group}", HEADS, rows=[_row(field, values.get(field.name)) for field in fields]) for group, fields in groups),
    ]  # fmt: skip


def _standing(customer: Customer, features: CustomerFeatures) -> Related:
    today = rules_today()
    rows: list[tuple[Any, Any]] = [
        ("Windows counted for", day_words(features.as_of_on, today)),
        ("Right until, if nothing happens", day_words(features.next_change_on, today) if features.next_change_on else "for good"),
        ("Last changed", when(features.computed_at)),
    ]
    if customer.is_made_up:
        rows.append(("Made up", badge("Not computed: made for a trial of scale", "warn")))
    if features.fault:
        rows.append(("Could not be computed", badge(features.fault, "fault")))
    return Related("How what rules know stands", ("", ""), rows=rows)


def _row(field: Field, value: Any) -> tuple[Any, ...]:
    said = badge("missing", "silent") if value is None else value_words(field, value)
    return field.label, said, UNITS.get(field.type, field.unit or "number"), field.meaning
