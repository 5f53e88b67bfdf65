"""Card numbers: check digit, issuer ranges (BINs) and the sandbox's test cards.

Sandbox card numbers begin with 9999. Numbers that begin with 9 belong to national bodies and 999 is no
country, so no real card can have them. A live deployment puts its acquirer's BIN file, refreshed monthly,
in their place.
"""

from __future__ import annotations

import csv
from bisect import bisect_right
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final, Literal, cast

from django.conf import settings

AccountKind = Literal["fsa", "hsa", "hra", "multi", "lpfsa", "credit", "debit", "unknown"]

DATA_DIR: Final = Path(__file__).resolve().parent.parent / "data"
BENEFIT_KINDS: Final = frozenset({"fsa", "hsa", "hra", "multi", "lpfsa"})
RESTRICTED_KINDS: Final = BENEFIT_KINDS - {"hsa"}  # these pay only where, and for what, the plan allows
LONGEST_BIN: Final = 11

_LUHN_DOUBLED: Final = str.maketrans("0123456789", "0246813579")


@dataclass(frozen=True, slots=True)
class CardBin:
    """What the first digits of a card number tell. network is "unknown" for one we do not speak to.

    auto_sub: the issuer takes the auto-substantiation flag instead of asking the shopper for a receipt.
    """

    network: str
    account_kind: AccountKind
    auto_sub: bool

    @property
    def is_benefit(self) -> bool:
        return self.account_kind in BENEFIT_KINDS


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


def bin_for(pan: str) -> CardBin:
    """Network and account kind of a card number; kind "unknown" when no range of ours holds it."""
    starts, ranges = _ranges()
    lead = pan[:LONGEST_BIN].ljust(LONGEST_BIN, "0")
    at = bisect_right(starts, lead) - 1
    if at >= 0 and lead <= ranges[at][0]:
        return ranges[at][1]
    return CardBin(network=_network_by_first_digits(pan), account_kind="unknown", auto_sub=False)


@cache
def test_cards() -> tuple[TestCard, ...]:
    """The sandbox's cards, in the order in which they are shown."""
    with (DATA_DIR / "test_cards.csv").open(newline="", encoding="utf-8") as rows:
        return tuple(TestCard(**cast(dict[str, AccountKind], row)) for row in csv.DictReader(rows))


@cache
def bin_ranges() -> tuple[dict[str, str], ...]:
    """Every range as a page needs it to name a card being typed: from, to (first digits), network, kind."""
    starts, ranges = _ranges()
    return tuple(
        {"from": start, "to": end, "network": found.network, "kind": found.account_kind}
        for start, (end, found) in zip(starts, ranges, strict=True)
    )


@cache
def _ranges() -> tuple[list[str], list[tuple[str, CardBin]]]:
    """Ranges by their first number: ([from, ...], [(to, bin), ...]), padded to the longest BIN."""
    with Path(settings.CARD_BINS_FILE).open(newline="", encoding="utf-8") as rows:
        table = sorted(csv.DictReader(rows), key=lambda row: row["bin_from"].ljust(LONGEST_BIN, "0"))
    starts = [row["bin_from"].ljust(LONGEST_BIN, "0") for row in table]
    ranges = [(row["bin_to"].ljust(LONGEST_BIN, "9"), _card_bin(row)) for row in table]
    return starts, ranges


def _card_bin(row: dict[str, str]) -> CardBin:
    return CardBin(row["network"], cast(AccountKind, row["account_kind"]), row["auto_sub"] == "true")


def _network_by_first_digits(pan: str) -> str:
    if pan.startswith("4"):
        return "visa"
    if "51" <= pan[:2] <= "55" or "2221" <= pan[:4] <= "2720":
        return "mastercard"
    return "unknown"


test_cards.__test__ = False  # type: ignore[attr-defined]  # pytest would collect the imported name
