"""Who we are at one bank: what its files ask for besides the transfers."""

from __future__ import annotations

from dataclasses import dataclass, field

from treasury.banks.words import account_fault, routing_fault

WIDTHS = {"company_name": 16, "company_id": 10, "bank_name": 23}


@dataclass(frozen=True, slots=True, kw_only=True)
class Originator:
    """company_id: ten characters that the bank gave us. routing_number, account_number: of our own account there.

    is_balanced: the bank wants each batch to hold the entry that takes the money from our account; else it books that itself.
    """

    company_name: str
    company_id: str
    bank_name: str
    routing_number: str
    account_number: str = field(repr=False)
    is_balanced: bool = False

    def __post_init__(self) -> None:
        for name, width in WIDTHS.items():
            text: str = getattr(self, name)
            if not 1 <= len(text) <= width or not text.isascii() or not text.isprintable() or text != text.strip():
                raise ValueError(f"{name} has 1 to {width} printable ASCII characters and no spaces around them")
        if fault := routing_fault(self.routing_number) or account_fault(self.account_number):
            raise ValueError(fault)
