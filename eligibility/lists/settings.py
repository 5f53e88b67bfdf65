"""How a list is fetched, as a person may write it down: each setting is read strictly, and a refusal says what mends it."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import asyncssh

from common.outgoing import AddressForbidden, also_reaching, check_url
from eligibility.lists.errors import ListFault
from eligibility.lists.sources.port import own_networks
from eligibility.models import ListSource

KEY_BYTES: Final = 32
MAX_URL: Final = 300
RAREST_MIN, OFTENEST_MIN = 7 * 24 * 60, 5
SLOWEST_ROWS: Final = 100
LIST_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
HOST: Final = re.compile(r"[A-Za-z0-9.-]{1,253}|[0-9A-Fa-f:]+")
KEY_KINDS: Final = ("ssh-", "ecdsa-")
SETTINGS: Final = (
    "list_id", "name", "kind", "url", "public_key", "username", "host_key", "zone", "check_every_min", "window_from", "window_until",
    "small_rows", "rows_per_s", "gone_limit_percent", "change_limit_percent", "fault_limit_percent",
)  # fmt: skip
Kind = ListSource.Kind


class SettingsRefused(ListFault):
    """Settings with which the list could not be fetched. faults: setting -> a sentence."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        super().__init__(" ".join(faults.values()))
        self.faults = dict(faults)


def checked(values: Mapping[str, Any], *, secret: str) -> dict[str, Any]:
    """The settings as they are kept: addresses and keys in one form, and nothing that the kind has no use for. Raises SettingsRefused.

    secret: the one that would be used.
    """
    said = dict(values)
    readers: dict[str, Callable[[Any], Any]] = {
        "list_id": _list_id,
        "name": _name,
        "kind": _kind,
        "public_key": _public_key,
        "zone": _zone,
        "check_every_min": _rhythm,
    }
    faults: dict[str, str] = {}
    if said["kind"] == Kind.SFTP:
        readers |= {"url": _sftp_url, "username": _username, "host_key": _host_key}
    else:
        readers["url"] = _https_url
        said |= {"username": "", "host_key": ""}
    for name, read in readers.items():
        try:
            said[name] = read(said[name])
        except ValueError as error:
            faults[name] = str(error)
    faults |= _windows(said) | _limits(said)
    if said["kind"] == Kind.SFTP and (fault := _secret_fault(secret)):
        faults["secret"] = fault
    if faults:
        raise SettingsRefused(faults)
    return said


def machine(kind: str, url: str) -> tuple[str, str, int | None]:
    """Who would be shown the secret."""
    try:
        parts = urlsplit(url)
        return kind, parts.hostname or "", parts.port
    except ValueError:
        return kind, "", None


def _list_id(text: str) -> str:
    if not LIST_ID.fullmatch(text):
        raise ValueError("The list's id is what its index calls it: letters, digits, “.”, “_” and “-”, at most 40.")
    return text


def _name(text: str) -> str:
    if not text.strip():
        raise ValueError("Decisions name the list: give it a name.")
    return text.strip()


def _kind(text: str) -> str:
    if text not in {Kind.HTTPS, Kind.SFTP}:
        raise ValueError("A list is fetched over HTTPS or SFTP.")
    return text


def _https_url(text: str) -> str:
    try:
        with also_reaching(*own_networks(text.strip())):
            address = check_url(text.strip())
    except AddressForbidden as error:
        raise ValueError(str(error)) from error
    if "?" in address.target:
        raise ValueError("The address is that of a folder: take out “?” and what follows.")
    return _short(address.url.rstrip("/"))


def _sftp_url(text: str) -> str:
    try:
        parts = urlsplit(text.strip())
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme != "sftp" or not parts.hostname or not HOST.fullmatch(parts.hostname) or port == 0:
        raise ValueError("Write the address like sftp://files.example.com/folder, with :port where it is not 22.")
    if "@" in parts.netloc:
        raise ValueError("The address holds a user name or password: they have their own fields.")
    if parts.query or parts.fragment or ".." in parts.path.split("/"):
        raise ValueError("The address is that of a folder: take out “?”, “#” and “..”.")
    return _short(text.strip().rstrip("/"))


def _short(url: str) -> str:
    if len(url) > MAX_URL:
        raise ValueError(f"The address is longer than {MAX_URL} characters.")
    return url


def _public_key(text: str) -> str:
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except binascii.Error:
        key = b""
    if len(key) != KEY_BYTES:
        raise ValueError(
            f"The key that verifies the index is Ed25519: {KEY_BYTES} bytes in base64, 44 characters. Ask the publisher for it."
        )
    return base64.b64encode(key).decode()


def _username(text: str) -> str:
    if not text.strip():
        raise ValueError("SFTP needs a user.")
    return text.strip()


def _host_key(text: str) -> str:
    """Kind and key alone: a line of known_hosts names the host before them, and may end with a remark."""
    words = text.split()
    start = next((at for at, word in enumerate(words[:2]) if word.startswith(KEY_KINDS)), None)
    if start is None or len(words) < start + 2:
        raise ValueError(
            "SFTP needs the server's key, such as “ssh-ed25519 AAAA…”: without it nobody can prove to be the publisher."
        )
    key = " ".join(words[start : start + 2])
    try:
        asyncssh.import_public_key(key)
    except asyncssh.KeyImportError as error:
        raise ValueError("The server's key cannot be read: copy its line of known_hosts, or what ssh-keyscan shows.") from error
    return key


def _zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"“{text[:40]}” is no time zone: write it like America/New_York.") from error
    return text


def _rhythm(minutes: int) -> int:
    if not OFTENEST_MIN <= minutes <= RAREST_MIN:
        raise ValueError(f"Publishers are asked every {OFTENEST_MIN} to {RAREST_MIN:,} minutes.")
    return minutes


def _windows(said: Mapping[str, Any]) -> dict[str, str]:
    begins, ends = said["window_from"], said["window_until"]
    if (begins is None) != (ends is None):
        missing = "window_from" if begins is None else "window_until"
        return {missing: "The quiet hours have a beginning and an end: give both, or neither."}
    return (
        {"window_until": "The quiet hours end when they begin: leave both empty for any time."}
        if begins and begins == ends
        else {}
    )


def _limits(said: Mapping[str, Any]) -> dict[str, str]:
    names = ("gone_limit_percent", "change_limit_percent", "fault_limit_percent")
    faults = {name: "A share is 0 % or more." for name in names if said[name] < 0}
    if said["rows_per_s"] is not None and said["rows_per_s"] < SLOWEST_ROWS:
        faults["rows_per_s"] = (
            f"Slower than {SLOWEST_ROWS} rows a second a list would never arrive. Empty: as fast as sales allow."
        )
    return faults


def _secret_fault(secret: str) -> str:
    if not secret:
        return "SFTP needs a private key or a password."
    if "PRIVATE KEY" in secret:
        try:
            asyncssh.import_private_key(secret)
        except asyncssh.KeyImportError:
            return "The private key cannot be read. It is in OpenSSH's form, without a passphrase."
    return ""
