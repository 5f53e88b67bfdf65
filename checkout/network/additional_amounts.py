"""Field 54: healthcare amounts on a request, the original amount on a partial approval.

One block is 20 characters: account type n2, amount type an2, currency n3, sign C or D, amount n12 in minor
units; six blocks at most. The amount types differ by network. Mastercard's 10, 11, 12 and 57 are public.
Visa's two-character codes are confirmed in no public source; this one table is where an acquirer's go.
"""

from __future__ import annotations

from typing import Final

from checkout.network.errors import MalformedMessage
from checkout.network.types import HealthcareAmounts

BLOCK_CHARS: Final = 20
MAX_BLOCKS: Final = 6
ACCOUNT_TYPE: Final = "00"  # not specified
ORIGINAL_AMOUNT: Final = "57"
PURCHASE_SIGN: Final = "D"  # sources disagree about C and D: settle it with the acquirer at certification

AMOUNT_TYPES: Final[dict[str, dict[str, str]]] = {
    "visa": {"total": "4S", "rx": "4U", "vision": "4V", "clinic": "4W", "dental": "4X"},
    "mastercard": {"total": "10", "rx": "11", "vision": "12"},
}
CURRENCY_NUMBERS: Final = {"USD": "840"}


def healthcare_blocks(network: str, amounts: HealthcareAmounts, *, currency: str = "USD", max_blocks: int = MAX_BLOCKS) -> str:
    """Field 54 of a request. The total goes first, then the parts that the network has a type and room for.

    A part that does not go along is still inside the total. When room is short the smallest parts stay behind
    (some processors take three parts or fewer: `max_blocks`).
    """
    types = AMOUNT_TYPES[network]
    named = [(cents, name) for name, cents in amounts.parts.items() if cents and name in types]
    largest = {name for _, name in sorted(named, reverse=True)[: max_blocks - 1]}
    blocks = [_block(types["total"], amounts.total_cents, currency)]
    blocks += [_block(types[name], cents, currency) for cents, name in named if name in largest]
    return "".join(blocks)


def parse_healthcare(network: str, text: str) -> HealthcareAmounts:
    """Healthcare amounts from field 54. The total must come first and no type may repeat."""
    names = {code: name for name, code in AMOUNT_TYPES[network].items()}
    amounts: dict[str, int] = {}
    for code, cents in parse_blocks(text):
        name = names.get(code)
        if name is None or name in amounts:
            raise MalformedMessage("field 54 has an unknown or repeated amount type")
        if not amounts and name != "total":
            raise MalformedMessage("field 54 does not begin with the healthcare total")
        amounts[name] = cents
    if not amounts:
        raise MalformedMessage("field 54 is empty")
    return HealthcareAmounts(**{f"{name}_cents": cents for name, cents in amounts.items()})


def original_amount_block(cents: int, *, currency: str = "USD") -> str:
    """Field 54 of a partial approval: what had been asked for."""
    return _block(ORIGINAL_AMOUNT, cents, currency)


def parse_blocks(text: str) -> list[tuple[str, int]]:
    """(amount type, cents) of every block."""
    if len(text) % BLOCK_CHARS or len(text) > BLOCK_CHARS * MAX_BLOCKS:
        raise MalformedMessage("field 54 is not up to six blocks of 20 characters")
    return [_parse_block(text[at : at + BLOCK_CHARS]) for at in range(0, len(text), BLOCK_CHARS)]


def _block(amount_type: str, cents: int, currency: str) -> str:
    return f"{ACCOUNT_TYPE}{amount_type}{CURRENCY_NUMBERS[currency]}{PURCHASE_SIGN}{cents:012d}"


def _parse_block(block: str) -> tuple[str, int]:
    amount_type, currency, sign, cents = block[2:4], block[4:7], block[7], block[8:]
    if not block[:2].isdigit() or currency not in CURRENCY_NUMBERS.values() or sign not in "CD" or not cents.isdigit():
        raise MalformedMessage("a block of field 54 cannot be read")
    return amount_type, int(cents)
