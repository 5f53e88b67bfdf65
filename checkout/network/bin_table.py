"""Issuer ranges (BINs) in memory: which network and which kind of account the first digits of a card number tell."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from checkout.card_rules.kinds import BENEFIT_KINDS

AccountKind = Literal["fsa", "hsa", "hra", "multi", "lpfsa", "unknown", "credit", "debit", "ordinary"]
UNLISTED: Final[AccountKind] = "ordinary"
LONGEST_BIN: Final = 11


@dataclass(frozen=True, slots=True)
class CardBin:
    """What the first digits of a card number tell. network is "unknown" for one we do not speak to.

    account_kind: "ordinary" where no list names the range; "unknown" where one does, as a health card without saying of which account.
    auto_sub: the issuer takes the auto-substantiation flag instead of asking the shopper for a receipt.
    """

    network: str
    account_kind: AccountKind
    auto_sub: bool

    @property
    def is_benefit(self) -> bool:
        return self.account_kind in BENEFIT_KINDS

    @property
    def is_listed(self) -> bool:
        return self.account_kind != UNLISTED


UNLISTED_BINS: Final = {network: CardBin(network, UNLISTED, False) for network in ("visa", "mastercard", "unknown")}


class BinTable:
    """Ranges that do not overlap, sorted; never changed once made, so that a reader needs no lock.

    ranges: (bin_from, bin_to, what they tell), 8 to 11 digits each; bin_to is taken to its last number.
    """

    __slots__ = ("_bins", "_ends", "_starts")

    def __init__(self, ranges: Iterable[tuple[str, str, CardBin]]) -> None:
        rows = sorted(((first_number(low), last_number(high), found) for low, high, found in ranges), key=lambda row: row[0])
        self._starts, self._ends = [row[0] for row in rows], [row[1] for row in rows]
        self._bins = [row[2] for row in rows]

    def __len__(self) -> int:
        return len(self._starts)

    def find(self, pan: str) -> CardBin:
        """What a card number's first digits tell. Anything but 8 or more digits is in no range."""
        lead = pan[:LONGEST_BIN]
        if len(lead) >= 8 and lead.isdecimal() and lead.isascii():
            number = int(lead) if len(lead) == LONGEST_BIN else first_number(lead)
            at = bisect_right(self._starts, number) - 1
            if at >= 0 and number <= self._ends[at]:
                return self._bins[at]
        return UNLISTED_BINS[network_by_first_digits(pan)]

    def spans(self) -> Iterator[tuple[str, str, CardBin]]:
        """The ranges as few as can be: neighbours that tell the same are one. Digits are 11 long."""
        open_span: tuple[int, int, CardBin] | None = None
        for start, end, found in zip(self._starts, self._ends, self._bins, strict=True):
            if open_span and open_span[1] + 1 == start and open_span[2] == found:
                open_span = (open_span[0], end, found)
                continue
            if open_span:
                yield str(open_span[0]), str(open_span[1]), open_span[2]
            open_span = (start, end, found)
        if open_span:
            yield str(open_span[0]), str(open_span[1]), open_span[2]


def first_number(digits: str) -> int:
    return int(digits.ljust(LONGEST_BIN, "0"))


def last_number(digits: str) -> int:
    return int(digits.ljust(LONGEST_BIN, "9"))


def network_by_first_digits(pan: str) -> str:
    """The network to which ISO/IEC 7812 and the networks' own tables give the first digits."""
    if pan.startswith("4"):
        return "visa"
    if "51" <= pan[:2] <= "55" or "2221" <= pan[:4] <= "2720":
        return "mastercard"
    return "unknown"
