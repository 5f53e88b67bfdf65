"""What happens to which account and amount: the only way in which the sandbox's bank is unlike a good one, besides its switches."""

from __future__ import annotations

from typing import Final, Literal

from treasury.banks.nacha.codes import CORRECTED, RETURNS

# The last four digits of an account number.
RETURNED: Final = {f"00{code[1:]}": code for code in RETURNS}  # …0001 comes back as R01
CORRECTED_LATER: Final = {f"10{code[1:]}": code for code in CORRECTED}  # …1001 is paid, and notified as C01
REFUSED: Final = {"2001": "AC01", "2004": "AC04"}  # the receipt says no at once
DELAYED: Final = {"3001": 10}  # times the usual settlement
NAME_MATCHES: Final = {"4001": "no_match", "4002": "close", "4003": "unknown"}

# The amount of any one transfer of a batch, in cents.
Manner = Literal["", "silent_taken", "silent_untaken", "yes_twice", "yes_then_no", "unavailable"]
MANNERS: Final[dict[int, Manner]] = {
    1_111_01: "silent_taken",  # it is taken, and no answer comes
    1_111_02: "silent_untaken",  # the line breaks before it is taken; the next try goes through
    1_111_03: "yes_twice",  # two receipts say yes
    1_111_04: "yes_then_no",  # a receipt says yes, a later one no; nothing is paid
    1_111_05: "unavailable",  # nothing is taken at the first region; the second takes it
}
CORRECT_ROUTING: Final = "021000021"


def manner_of(amounts: list[int]) -> Manner:
    return next((MANNERS[cents] for cents in amounts if cents in MANNERS), "")


def corrected(code: str, account_number: str) -> dict[str, str]:
    """What the bank holds to be right."""
    right = {
        "account_number": f"77{account_number[:-4]}9999"[-17:],
        "routing_number": CORRECT_ROUTING,
        "account_kind": "savings",
        "name": "CORRECTED NAME",
    }
    return {name: right[name] for name in CORRECTED[code]}
