"""Our ISO 8583 (1987) dialect: the fields we speak, and bytes to fields and back through pyiso8583.

The last field is a checksum (CRC-32) of all bytes before it: it finds what a line or a program damaged. It is no MAC and keeps
nobody out: there is no key in it, so whoever changes a message can reckon it anew. Against that, the line itself must be closed.
Everything is ASCII, bitmaps are 16 hexadecimal characters, so a captured frame reads well.
A message is a plain dict: "t" is the message type, "2".."128" are the data elements.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final
from zlib import crc32

import iso8583

from checkout.network.errors import MalformedMessage

Message = dict[str, str]

CHECKSUM: Final = "127"
CHECKSUM_CHARS: Final = 8


@dataclass(frozen=True, slots=True)
class Field:
    """One data element. kind: n (digits) or ans (printable). length_digits 0: exactly `length` characters."""

    name: str
    kind: str
    length: int
    length_digits: int = 0


FIELDS: Final[dict[str, Field]] = {
    "2": Field("Primary account number", "n", 19, 2),
    "3": Field("Processing code", "n", 6),
    "4": Field("Amount in minor units", "n", 12),
    "7": Field("Transmission date and time, UTC, MMDDhhmmss", "n", 10),
    "11": Field("System trace audit number", "n", 6),
    "12": Field("Local time, hhmmss", "n", 6),
    "13": Field("Local date, MMDD", "n", 4),
    "14": Field("Expiry, YYMM", "n", 4),
    "18": Field("Merchant category code", "n", 4),
    "22": Field("Point of service entry mode", "n", 3),
    "25": Field("Point of service condition code", "n", 2),
    "32": Field("Acquiring institution", "n", 11, 2),
    "37": Field("Retrieval reference number", "ans", 12),
    "38": Field("Authorisation code", "ans", 6),
    "39": Field("Response code", "ans", 2),
    "41": Field("Terminal", "ans", 8),
    "42": Field("Card acceptor", "ans", 15),
    "43": Field("Card acceptor name and place", "ans", 40),
    "44": Field("Processor's own response code", "ans", 25, 2),
    "48": Field("Mastercard additional data, sub-elements", "ans", 255, 3),
    "49": Field("Currency", "n", 3),
    "54": Field("Additional amounts, blocks of 20", "ans", 120, 3),
    "60": Field("Visa capabilities, sub-fields", "ans", 60, 3),
    "61": Field("Visa card verification, substantiation and kept cards, sub-fields", "ans", 99, 3),
    "62": Field("Visa payment service data, sub-fields", "ans", 60, 3),
    "63": Field("Host's own reference", "ans", 20, 3),
    "70": Field("Network management code", "n", 3),
    "90": Field("Original data elements", "n", 42),
    "127": Field("Checksum of the bytes before it, CRC-32 in hexadecimal: no MAC", "ans", 8),
}

MANDATORY: Final[dict[str, frozenset[str]]] = {
    "0100": frozenset({"2", "3", "4", "7", "11", "14", "18", "22", "25", "32", "37", "41", "42", "43", "49"}),
    "0110": frozenset({"3", "4", "7", "11", "37", "39", "41", "42", "49"}),
    "0220": frozenset({"3", "4", "7", "11", "32", "37", "41", "42", "49", "90"}),
    "0230": frozenset({"7", "11", "37", "39", "41", "42"}),
    "0420": frozenset({"3", "4", "7", "11", "32", "37", "41", "42", "49", "90"}),
    "0430": frozenset({"7", "11", "37", "39", "41", "42"}),
    "0800": frozenset({"7", "11", "70"}),
    "0810": frozenset({"7", "11", "39", "70"}),
}
MANDATORY["0221"] = MANDATORY["0220"]
MANDATORY["0421"] = MANDATORY["0420"]

ANSWER_TO: Final = {
    "0100": "0110",
    "0220": "0230",
    "0221": "0230",
    "0420": "0430",
    "0421": "0430",
    "0800": "0810",
}


def encode(message: Message) -> bytes:
    """The message as bytes with its checksum, after checking that it has its mandatory fields and that every field fits."""
    check(message)
    try:
        raw, _ = iso8583.encode(message | {CHECKSUM: "0" * CHECKSUM_CHARS}, SPEC)  # a copy: the library writes into its argument
    except iso8583.EncodeError as refused:
        # `from None`: the library's exception carries the whole message, card number included
        raise MalformedMessage(f"field {refused.field} cannot be encoded") from None
    body = bytes(raw[:-CHECKSUM_CHARS])
    return body + checksum(body)


def checksum(body: bytes) -> bytes:
    """CRC-32 of the bytes before the last field, as that field holds it."""
    return b"%08X" % crc32(body)


def decode(raw: bytes) -> Message:
    """The message in these bytes; anything that is not one of ours is refused."""
    message = decode_unchecked(raw)
    check(message)
    return message


def decode_unchecked(raw: bytes) -> Message:
    """The fields in these bytes, for the one who must answer a faulty message with "format error". The checksum fits."""
    if raw[-CHECKSUM_CHARS:] != checksum(raw[:-CHECKSUM_CHARS]):
        raise MalformedMessage("the checksum does not fit: the message was damaged")
    try:
        message, _ = iso8583.decode(raw, SPEC)
    except iso8583.DecodeError as refused:
        raise MalformedMessage(f"not a message: field {refused.field} at byte {refused.pos}") from None
    except KeyError as unknown:
        raise MalformedMessage(f"not a message: field {unknown.args[0]} is not spoken here") from None
    for number in ("p", "1", CHECKSUM):
        message.pop(number, None)
    return message


def check(message: Message) -> None:
    """Refuse a message of another type, without a mandatory field, or with characters a field cannot hold."""
    mandatory = MANDATORY.get(message["t"])
    if mandatory is None:
        raise MalformedMessage("this message type is not spoken here")
    if missing := mandatory - message.keys():
        raise MalformedMessage(f"{message['t']} lacks field {min(missing, key=int)}")
    for number, value in message.items():
        if number in _DIGITS_ONLY:
            if not value.isdigit():
                raise MalformedMessage(f"field {number} holds something other than digits")
        elif not value.isprintable():
            raise MalformedMessage(f"field {number} holds unprintable characters")


def _spec() -> dict[str, dict[str, Any]]:
    fixed = {"data_enc": "ascii", "len_enc": "ascii", "len_type": 0}
    spec = {
        "h": fixed | {"max_len": 0, "desc": "Header, none"},
        "t": fixed | {"max_len": 4, "desc": "Message type"},
        "p": fixed | {"max_len": 16, "desc": "Primary bitmap"},
        "1": fixed | {"max_len": 16, "desc": "Secondary bitmap"},
    }
    for number, field in FIELDS.items():
        spec[number] = fixed | {"len_type": field.length_digits, "max_len": field.length, "desc": field.name}
    return spec


_DIGITS_ONLY: Final = frozenset({"t"} | {number for number, field in FIELDS.items() if field.kind == "n"})
SPEC: Final = _spec()
