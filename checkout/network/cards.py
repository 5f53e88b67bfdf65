"""Card numbers: check digit, the sandbox's ranges and its test cards.

Sandbox card numbers begin with 9999. Numbers that begin with 9 belong to national bodies and 999 is no
country, so no real card can have them. Which ranges hold real cards, `checkout.bins` knows.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final, cast

from django.conf import settings

from checkout.card_rules.kinds import BENEFIT_KINDS as BENEFIT_KINDS
from checkout.network.bin_table import AccountKind, BinTable
from checkout.network.bin_table import CardBin as CardBin

DATA_DIR: Final = Path(__file__).resolve().parent.parent / "data"
RESTRICTED_KINDS: Final = BENEFIT_KINDS - {"hsa"}  # these pay only where, and for what, the plan allows

_LUHN_DOUBLED: Final = str.maketrans("0123456789", "0246813579")


@dataclass(frozen=True, slots=True)
class TestCard:
    """One card of the sandbox. cvc: the code to type; expiry_rule: any_future or refused_always."""

    __test__ = False  # for pytest: this is no test class

    pan: str = field(repr=False)
    cvc: str = field(repr=False)
    expiry_rule: str
    network: str
    account_kind: AccountKind
    outcome: str
    title: str
    explanation: str


def luhn_ok(pan: str) -> bool:
    """Whether the last digit is the right check digit for the others (ISO/IEC 7812-1, annex B)."""
    if not (pan.isascii() and pan.isdigit()):
        return False
    from_right = pan[::-1]
    return (sum(map(int, from_right[::2])) + sum(map(int, from_right[1::2].translate(_LUHN_DOUBLED)))) % 10 == 0


@cache
def test_cards() -> tuple[TestCard, ...]:
    """The sandbox's cards, in the order in which they are shown."""
    with (DATA_DIR / "test_cards.csv").open(newline="", encoding="utf-8") as rows:
        return tuple(TestCard(**cast(dict[str, AccountKind], row)) for row in csv.DictReader(rows))


@cache
def shipped_table() -> BinTable:
    """The ranges of the file that the settings name: all that the sandbox's host knows, and what decides until a list was imported."""
    with Path(settings.CARD_BINS_FILE).open(newline="", encoding="utf-8") as rows:
        return BinTable(
            (
                row["bin_from"],
                row["bin_to"],
                CardBin(row["network"], cast(AccountKind, row["account_kind"]), row["auto_sub"] == "true"),
            )
            for row in csv.DictReader(rows)
        )


test_cards.__test__ = False  # type: ignore[attr-defined]  # pytest would collect the imported name
