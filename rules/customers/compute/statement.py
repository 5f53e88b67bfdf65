"""One statement for many customers of one sort, put together from the subjects."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from rules.customers.compute import accounts, bank, cards, claims, feedback, items, letters, purchases, store
from rules.customers.compute.subject import SENSIBLE, Subject, day_of
from rules.fields.catalogue import FIELDS
from rules.fields.types import Field

PEOPLE: Final = (
    purchases.SALES, purchases.LINES, purchases.LETTER_LINES, items.REFILLS, items.CHEAPER, cards.CARDS, letters.LETTERS,
    claims.CLAIMABLE, claims.CLAIMS, accounts.ACCOUNTS, accounts.DEADLINES, accounts.HSA_ROOM, bank.BANK, feedback.FEEDBACK,
)  # fmt: skip
STORES: Final = (store.SALES, store.ATTEMPTS, store.REST, feedback.FEEDBACK)
NAMES: Final = tuple(field.name for field in FIELDS)
# How a field counts where it is known that there is nothing.
_NOTHING: Final[Mapping[str, str]] = {"flag": "false", "set": "'{}'", "number": "0", "integer": "0", "cents": "0"}
_TYPES: Final[Mapping[str, str]] = {
    "integer": "int", "cents": "bigint", "number": "float8", "date": "date", "flag": "bool", "text": "varchar", "set": "varchar[]",
}  # fmt: skip
_KNOWN_SINCE: Final = {
    "people": f"""CASE who.kind WHEN 'person' THEN (SELECT {day_of("a.created_at")} FROM shoppers_shopperaccount a WHERE a.id = who.account_id)
        ELSE coalesce(s0.first_purchase_on, (SELECT {day_of("s.created_at")} FROM shoppers_shopper s WHERE s.id = who.shopper_id)) END""",  # nosec B608
    "stores": f"""(SELECT {day_of("m.created_at")} FROM merchants_merchant m WHERE m.id = who.merchant_id AND m.created_at {SENSIBLE})""",  # nosec B608
}


def select_people() -> str:
    """SELECT customer_id, next_change_on and each field of the catalogue, for those of %(ids)s who are persons or shoppers."""
    return _select("people", "c.kind IN ('person', 'shopper')", PEOPLE)


def select_stores() -> str:
    """The same for those who are merchants."""
    return _select("stores", "c.kind = 'merchant'", STORES)


def _select(sort: str, of_sort: str, subjects: tuple[Subject, ...]) -> str:
    source = {name: f"s{number}" for number, subject in enumerate(subjects) for name in subject.fields}
    columns = ", ".join(f"{_column(field, sort, source)} AS {field.name}" for field in FIELDS)
    edges = ", ".join(f"s{number}.edge_on" for number, subject in enumerate(subjects) if subject.has_edge)
    joins = "\n".join(
        f"LEFT JOIN ({subject.sql}) s{number} ON s{number}.customer_id = who.customer_id"
        for number, subject in enumerate(subjects)
    )
    return f"""
    WITH who AS MATERIALIZED (
        SELECT c.id AS customer_id, c.kind, c.account_id, c.shopper_id, c.merchant_id FROM rules_customer c
         WHERE c.id = ANY(%(ids)s) AND {of_sort}
    ), {_shared(subjects)}
    SELECT who.customer_id, least({edges}) AS next_change_on, {columns}
      FROM who {joins}
    """  # our own text throughout; values are parameters  # nosec B608


def _shared(subjects: Iterable[Subject]) -> str:
    """Each common table once, in an order in which whatever it reads comes before it."""
    tables = dict(table for subject in subjects for table in subject.shared)
    return ", ".join(f"{name} AS MATERIALIZED ({sql})" for name, sql in tables.items())


def _column(field: Field, sort: str, source: Mapping[str, str]) -> str:
    """A field's value; missing where nobody knows it, and where it is not asked of this sort of customer."""
    type = _TYPES[field.type]
    if field.name == "customer_kind":
        return "who.kind"
    if field.name == "known_since_on":
        return _KNOWN_SINCE[sort]
    if field.name not in source:
        return f"NULL::{type}"
    value = f"{source[field.name]}.{field.name}"
    if field.missing == "zero":
        value = f"coalesce({value}, {_NOTHING[field.type]})"
        if sort == "people" and "shopper" not in field.audiences:
            value = f"CASE WHEN who.kind = 'person' THEN {value} END"
    return f"{value}::{type}"
