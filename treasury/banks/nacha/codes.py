"""NACHA's codes: transactions, why money comes back, what must be corrected."""

from __future__ import annotations

from typing import Final

from treasury.banks.types import AccountKind

CREDIT: Final[dict[AccountKind, int]] = {"checking": 22, "savings": 32}
PRENOTE: Final[dict[AccountKind, int]] = {"checking": 23, "savings": 33}
RETURN_OF_CREDIT: Final[dict[AccountKind, int]] = {"checking": 21, "savings": 31}
DEBIT_CHECKING: Final = 27  # takes the money of a balanced batch from our own account
# Transaction code -> (kind of account, is it a prenote) of the credits that we send.
SENT: Final[dict[int, tuple[AccountKind, bool]]] = {
    **{code: (kind, False) for kind, code in CREDIT.items()},
    **{code: (kind, True) for kind, code in PRENOTE.items()},
}
# In a correction any code of an account of this kind may stand.
KINDS: Final[dict[str, AccountKind]] = {"2": "checking", "3": "savings"}

CREDITS_ONLY, MIXED = 220, 200


def is_debit(transaction: int) -> bool:
    """Of every kind of account the codes from 5 on are debits, and the returns of debits."""
    return transaction % 10 >= 5


RETURNS: Final = {
    "R01": "insufficient funds", "R02": "account closed", "R03": "no account, or the account cannot be found", "R04": "not a valid account number",
    "R05": "unauthorised debit to a consumer account", "R06": "returned at our own bank's request", "R07": "authorisation revoked",
    "R08": "payment stopped", "R09": "uncollected funds", "R10": "the customer did not authorise it", "R11": "not as authorised",
    "R12": "account sold to another bank", "R13": "routing number not valid", "R14": "representative payee deceased", "R15": "account holder deceased",
    "R16": "account frozen", "R17": "the receiving bank could not read the entry", "R18": "effective date not valid", "R19": "amount wrong",
    "R20": "no account for such payments", "R21": "company identification not valid", "R22": "individual identification not valid",
    "R23": "the receiver refused the money", "R24": "duplicate entry", "R25": "addenda wrong", "R26": "mandatory field wrong", "R27": "trace number wrong",
    "R28": "routing number's check digit wrong", "R29": "the company did not authorise it", "R30": "cheque truncation",
    "R31": "permissible return of a corporate entry", "R32": "the receiving bank does not settle", "R33": "return of a XCK entry",
    "R34": "the receiving bank's participation is limited", "R35": "return of an improper debit",
}  # fmt: skip
# What banks say to each other about returns. None of it is for us to act on.
DISHONOURED: Final = frozenset(f"R{number}" for number in range(61, 78))
REFUSED_CHANGES: Final = frozenset(f"C{number}" for number in range(61, 70))

CHANGES: Final = {
    "C01": "account number", "C02": "routing number", "C03": "routing number and account number", "C04": "name",
    "C05": "kind of account", "C06": "account number and kind of account", "C07": "routing number, account number and kind of account",
    "C09": "identification number", "C13": "format of the addenda",
}  # fmt: skip
# Code -> field -> (from, to) in the 29 characters of corrected data.
CORRECTED: Final[dict[str, dict[str, tuple[int, int]]]] = {
    "C01": {"account_number": (0, 17)},
    "C02": {"routing_number": (0, 9)},
    "C03": {"routing_number": (0, 9), "account_number": (12, 29)},
    "C04": {"name": (0, 22)},
    "C05": {"account_kind": (0, 2)},
    "C06": {"account_number": (0, 17), "account_kind": (20, 22)},
    "C07": {"routing_number": (0, 9), "account_number": (9, 26), "account_kind": (26, 28)},
    "C09": {},
    "C13": {},
}
