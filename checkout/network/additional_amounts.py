"""Field 54: healthcare amounts on a request, the original amount on a partial approval.

One block is 20 characters: account type n2, amount type an2, currency n3, sign C or D, amount n12 in minor
units; six blocks at most. The amount types differ by network, the rest by processor (`profiles`). Mastercard's
10, 11, 12 and 57 are public. Visa's two-character codes are confirmed in no public source; this one table is
where an acquirer's go.
"""

from __future__ import annotations

from typing import Final

from checkout.network.errors import MalformedMessage
from checkout.network.profiles import FIELD_54_BLOCKS, SANDBOX, Profile
from checkout.network.types import HealthcareAmounts

BLOCK_CHARS: Final = 20
ACCOUNT_TYPE: Final = "00"  # not specified
ORIGINAL_AMOUNT: Final = "57"

# Mastercard's copay (80) is public for its debit switch only, which is not spoken here; its other parts stay in the total.
AMOUNT_TYPES: Final[dict[str, dict[str, str]]] = {
    "visa": {"total": "4S", "rx": "4U", "vision": "4V", "clinic": "4W", "dental": "4X", "copay": "3S", "transit": "4T"},
    "mastercard": {"total": "10", "rx": "11", "vision": "12"},
}
CURRENCY_NUMBERS: Final = {"USD": "840"}


def parts_to_send(network: str, amounts: HealthcareAmounts, profile: Profile = SANDBOX) -> dict[str, int]:
    """The parts that get a block of their own, in wire order, in cents. Every other one is still inside the total.

    A part goes if the network has a type for it. Where parts must stand alone beside the total, the choice that names
    the most money goes. Where room is short, the smallest stay behind.
    """
    named = {name: cents for name, cents in amounts.parts.items() if cents and name in AMOUNT_TYPES[network]}
    lonely = profile.alone.get(network, frozenset()) & named.keys()
    choices = [{name: cents for name, cents in named.items() if name not in lonely}]
    choices += [{name: named[name]} for name in named if name in lonely]
    chosen = max(choices, key=lambda parts: sum(parts.values()))
    largest = sorted(chosen, key=lambda name: -chosen[name])[: profile.max_blocks - 1]  # stable: wire order between equals
    return {name: cents for name, cents in chosen.items() if name in largest}


def healthcare_blocks(network: str, amounts: HealthcareAmounts, *, profile: Profile = SANDBOX, currency: str = "USD") -> str:
    """Field 54 of a request: the total first, then `parts_to_send`."""
    types, sign = AMOUNT_TYPES[network], profile.purchase_sign
    blocks = {"total": amounts.total_cents} | parts_to_send(network, amounts, profile)
    return "".join(_block(types[name], cents, currency, sign) for name, cents in blocks.items())


def parse_healthcare(network: str, text: str, *, profile: Profile = SANDBOX) -> HealthcareAmounts:
    """Healthcare amounts from field 54, as this processor takes them; anything else is refused.

    The total comes first and no type repeats; sign, number of blocks and what must stand alone are the processor's.
    """
    names = {code: name for name, code in AMOUNT_TYPES[network].items()}
    amounts: dict[str, int] = {}
    for code, sign, cents in _parse_blocks(text):
        name = names.get(code)
        if name is None or name in amounts:
            raise MalformedMessage("field 54 has an unknown or repeated amount type")
        if not amounts and name != "total":
            raise MalformedMessage("field 54 does not begin with the healthcare total")
        if sign != profile.purchase_sign:
            raise MalformedMessage("field 54 has the other sign")
        amounts[name] = cents
    if not 0 < len(amounts) <= profile.max_blocks:
        raise MalformedMessage("field 54 has no amount, or more than the processor takes")
    if len(amounts) > 2 and not profile.alone.get(network, frozenset()).isdisjoint(amounts):
        raise MalformedMessage("field 54 names a part beside others that must stand alone")
    return HealthcareAmounts(**{f"{name}_cents": cents for name, cents in amounts.items()})


def original_amount_block(cents: int, *, profile: Profile = SANDBOX, currency: str = "USD") -> str:
    """Field 54 of a partial approval: what had been asked for."""
    return _block(ORIGINAL_AMOUNT, cents, currency, profile.purchase_sign)


def original_amount(text: str) -> int | None:
    """What an answer says had been asked for, in cents; None where it does not say."""
    return next((cents for code, cents in parse_blocks(text) if code == ORIGINAL_AMOUNT), None)


def parse_blocks(text: str) -> list[tuple[str, int]]:
    """(amount type, cents) of every block, whatever its sign."""
    return [(code, cents) for code, _, cents in _parse_blocks(text)]


def _parse_blocks(text: str) -> list[tuple[str, str, int]]:
    if len(text) % BLOCK_CHARS or len(text) > BLOCK_CHARS * FIELD_54_BLOCKS:
        raise MalformedMessage("field 54 is not up to six blocks of 20 characters")
    return [_parse_block(text[at : at + BLOCK_CHARS]) for at in range(0, len(text), BLOCK_CHARS)]


def _block(amount_type: str, cents: int, currency: str, sign: str) -> str:
    return f"{ACCOUNT_TYPE}{amount_type}{CURRENCY_NUMBERS[currency]}{sign}{cents:012d}"


def _parse_block(block: str) -> tuple[str, str, int]:
    amount_type, currency, sign, cents = block[2:4], block[4:7], block[7], block[8:]
    if not block[:2].isdigit() or currency not in CURRENCY_NUMBERS.values() or sign not in "CD" or not cents.isdigit():
        raise MalformedMessage("a block of field 54 cannot be read")
    return amount_type, sign, int(cents)
