"""Whatever lies in a bank's drop is read by what it is, not by its name or by who sends orders there."""

from __future__ import annotations

import re
from typing import Final

from treasury.banks.errors import FileUnreadable
from treasury.banks.iso20022.camt053 import MESSAGE as STATEMENT
from treasury.banks.iso20022.camt053 import statements
from treasury.banks.iso20022.pain002 import MESSAGE as REPORT
from treasury.banks.iso20022.pain002 import receipt
from treasury.banks.nacha.reading import is_ach, read_ach
from treasury.banks.types import News

MAX_BYTES: Final = 64 * 1024 * 1024
MESSAGE: Final = re.compile(rb"urn:iso:std:iso:20022:tech:xsd:([a-z0-9.]{1,40})")
HEAD: Final = 4_096


def read_file(raw: bytes) -> News:
    """Raises FileUnreadable, with what it seems to be."""
    if len(raw) > MAX_BYTES:
        raise FileUnreadable(f"The file is larger than {MAX_BYTES:,} bytes.")
    if is_ach(raw):
        return read_ach(raw)
    named = MESSAGE.search(raw[:HEAD])
    message = named[1].decode() if named else ""
    if message == STATEMENT:
        return statements(raw)
    if message == REPORT:
        return News(receipts=(receipt(raw),))
    seems = f"{message} in XML" if message else "neither an ACH file nor an ISO 20022 message"
    raise FileUnreadable(f"The file seems to be {seems}; read here are ACH files, {STATEMENT} and {REPORT}.")
