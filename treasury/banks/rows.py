"""One endpoint of a bank as its owner writes it down: a table of a TOML file, each value read strictly."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from treasury.banks.originator import Originator

SCHEMES: Final = ("https", "sftp")
LONGEST_TIMEOUT_S: Final = 120.0


class RowRefused(ValueError):
    """The file of banks cannot be used. The message names the table and says what mends it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointRow:
    """bank: endpoints of one name share one book, so that a transfer that one of them knows is paid by none again.

    address: https://host:port or sftp://host:port/folder. Keys are named by files, so that they are changed without a new row:
    secret_file: our private key or password for SFTP; certificate_file, key_file: ours for TLS; authority_file: who signed the bank's.
    host_key: the SFTP server's, `ssh-ed25519 AAAA…`. archive: the folder into which the bank moves what it took; empty: it keeps none.
    """

    name: str
    bank: str
    adapter: str
    region: str
    address: str
    originator: Originator
    timeout_s: float = 20.0
    username: str = ""
    secret_file: Path | None = None
    host_key: str = ""
    certificate_file: Path | None = None
    key_file: Path | None = field(default=None, repr=False)
    authority_file: Path | None = None
    inbox: str = "inbox"
    outbox: str = "outbox"
    archive: str = "archive"

    @property
    def host(self) -> str:
        return urlsplit(self.address).hostname or ""

    @property
    def port(self) -> int:
        return urlsplit(self.address).port or (443 if self.address.startswith("https:") else 22)

    @property
    def folder(self) -> str:
        return urlsplit(self.address).path.strip("/")


FILES: Final = frozenset({"secret_file", "certificate_file", "key_file", "authority_file"})
NEEDED: Final = {"https": ("certificate_file", "key_file", "authority_file"), "sftp": ("username", "secret_file", "host_key")}


def read_rows(path: Path) -> tuple[EndpointRow, ...]:
    """In the order in which they are tried. Raises RowRefused."""
    try:
        known = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise RowRefused(f"The file of banks {path} cannot be read ({error.strerror}).") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RowRefused(f"The file of banks {path} is not TOML: {error}.") from error
    tables = known.get("endpoint")
    if not isinstance(tables, list) or not tables or set(known) != {"endpoint"}:
        raise RowRefused(f"The file of banks {path} has one table [[endpoint]] or more, and nothing besides.")
    rows = tuple(_row(table, path.parent) for table in tables)
    if len({row.name for row in rows}) != len(rows):
        raise RowRefused("Two endpoints have the same name: files taken are remembered by it.")
    return rows


def _row(table: Mapping[str, Any], folder: Path) -> EndpointRow:
    name = str(table.get("name", ""))
    about = f"Endpoint “{name}”"
    known = {one.name for one in fields(EndpointRow)}
    if unknown := set(table) - known:
        raise RowRefused(f"{about}: there is no {', '.join(sorted(unknown))}.")
    if missing := {"name", "bank", "adapter", "region", "address", "originator"} - set(table):
        raise RowRefused(f"{about}: {', '.join(sorted(missing))} is missing.")
    values: dict[str, Any] = {key: folder / str(value) if key in FILES else value for key, value in table.items()}
    scheme = _scheme(str(table["address"]), about)
    for needed in NEEDED[scheme]:
        if not table.get(needed):
            raise RowRefused(f"{about}: {scheme} needs {needed}.")
    if not 0 < float(table.get("timeout_s", 20)) <= LONGEST_TIMEOUT_S:
        raise RowRefused(f"{about}: timeout_s is above 0 and at most {LONGEST_TIMEOUT_S:g}.")
    if not str(table["adapter"]).isidentifier():
        raise RowRefused(f"{about}: adapter is the name of a folder in treasury/banks.")
    try:
        return EndpointRow(**values | {"originator": Originator(**table["originator"])})
    except (TypeError, ValueError) as error:
        raise RowRefused(f"{about}, originator: {error}.") from error


def _scheme(address: str, about: str) -> str:
    try:
        parts = urlsplit(address)
        is_whole = (
            parts.scheme in SCHEMES and bool(parts.hostname) and parts.port != 0 and "@" not in parts.netloc and not parts.query
        )
    except ValueError:
        is_whole = False
    if not is_whole:
        raise RowRefused(f"{about}: write its address like https://api.bank.example or sftp://files.bank.example:22/folder.")
    return parts.scheme
