"""ISO's external codes as far as they are met here. A bank with codes of its own gets a row."""

from __future__ import annotations

from typing import Final

from treasury.banks.types import AccountKind, BatchState, LineKind

CLEARING_SYSTEM: Final = "USABA"
ACCOUNT_KINDS: Final[dict[AccountKind, str]] = {"checking": "CACC", "savings": "SVGS"}

# (domain, family, sub-family) of a booking. Sub-families that are not written down go by "".
LINE_KINDS: Final[dict[tuple[str, str, str], LineKind]] = {
    ("PMNT", "ICDT", "ACDT"): "payout",  # an ACH credit that we issued
    ("PMNT", "ICDT", "DMCT"): "payout",
    ("PMNT", "ICDT", "ARET"): "return",  # and one that came back
    ("PMNT", "ICDT", "RRTN"): "return",
    ("PMNT", "MCRD", ""): "clearing",  # a merchant's card takings, from the acquirer
    ("PMNT", "ICDT", "CHRG"): "fee",
    ("PMNT", "MCRD", "CHRG"): "fee",
    ("ACMT", "MDOP", "CHRG"): "fee",
    ("ACMT", "MDOP", "FEES"): "fee",
}
BOOKING: Final[dict[LineKind, tuple[str, str, str]]] = {
    "payout": ("PMNT", "ICDT", "ACDT"), "micro_deposit": ("PMNT", "ICDT", "ACDT"), "return": ("PMNT", "ICDT", "ARET"), "clearing": ("PMNT", "MCRD", "POSC"),
    "fee": ("ACMT", "MDOP", "CHRG"), "other": ("PMNT", "NTAV", "NTAV"),
}  # fmt: skip

# ISO's reason for a return -> NACHA's, which the rest of the platform speaks. A bank that sends NACHA's as its own needs no row.
RETURN_REASONS: Final = {
    "AM04": "R01", "AC04": "R02", "AC01": "R03", "AC03": "R04", "AC02": "R04", "BE01": "R03", "MS02": "R23", "MS03": "R17", "MD07": "R15", "AC06": "R16",
    "AG01": "R20", "AG02": "R17", "AM05": "R24", "RC01": "R13", "FOCR": "R06", "DUPL": "R24", "CUST": "R23",
}  # fmt: skip

# pain.002: of a group, a payment or a transfer.
STATES: Final[dict[str, BatchState]] = {
    "RCVD": "taken", "PDNG": "taken", "ACTC": "taken", "ACCP": "accepted", "ACSP": "accepted", "ACSC": "accepted", "ACWC": "accepted",
    "PART": "partly", "RJCT": "refused", "CANC": "refused",
}  # fmt: skip
REFUSALS: Final = {
    "AC01": "the account number is not valid", "AC04": "the account is closed", "AC06": "the account is blocked", "AM04": "our account holds too little",
    "AM05": "a duplicate", "RC01": "the routing number is not valid", "DT01": "the date is not valid", "AM02": "the amount is above what is allowed",
    "FF01": "the file is not as the format asks", "NARR": "see the bank's words", "AG01": "the account takes no such payments",
}  # fmt: skip
