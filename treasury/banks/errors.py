"""What can go wrong between us and a bank, by name. None of it reaches a merchant as it is: who calls a bank says what it means."""

from __future__ import annotations


class BankFault(Exception):
    """The message is a sentence for staff: it names no account number. reason_code: the bank's own, where it gave one."""

    def __init__(self, message: str = "", *, reason_code: str = "") -> None:
        super().__init__(message or (self.__doc__ or "").strip().splitlines()[0])
        self.reason_code = reason_code


class BankUnavailable(BankFault):
    """The bank could not be reached, so it certainly took nothing. Try again, or another endpoint."""


class BankSilent(BankFault):
    """The batch left for the bank and no answer came: neither yes nor no. Ask for its status before anything is sent again."""


class BankRefused(BankFault):
    """The bank said no for good. The message carries its reason."""


class KeyRevoked(BankFault):
    """The bank no longer takes our key or certificate, or shows another one than is written down. A person must look."""


class FileUnreadable(BankFault):
    """A file from the bank is not what its format says. It is kept as it came, and a person looks at it."""
