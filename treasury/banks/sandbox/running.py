"""All doors of the bank: two regions, each with SFTP and the API, for a command (`serve`) or for a test (`RunningBank`)."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from common.loopback_server import LOOPBACK
from treasury.banks.sandbox import keys
from treasury.banks.sandbox.ach_out import BANK, BANK_NAME, COMPANY
from treasury.banks.sandbox.api import ApiDoor
from treasury.banks.sandbox.bank import Region, SandboxBank
from treasury.banks.sandbox.book import ACCOUNT
from treasury.banks.sandbox.sftp import listen_sftp

REGIONS: Final[tuple[Region, ...]] = ("east", "west")
ROWS: Final = "banks.toml"
ADAPTERS: Final = {"sandbox": ("core_api", "api"), "sandbox-ach": ("nacha", "sftp"), "sandbox-iso": ("iso20022", "sftp")}


@dataclass(frozen=True, slots=True)
class Ports:
    """By region."""

    api: dict[Region, int]
    sftp: dict[Region, int]


@asynccontextmanager
async def serve(bank: SandboxBank, *, host: str = LOOPBACK, first_port: int = 0) -> AsyncIterator[Ports]:
    """Listen inside the `with` block. first_port: of four in a row (API and SFTP of the first region, then of the second); 0: any.

    Raises OSError where one is taken.
    """
    keys.ensure_certificates(bank.keys)
    ports = Ports({}, {})
    async with AsyncExitStack() as open_doors:
        for number, region in enumerate(REGIONS):
            port = first_port + 2 * number if first_port else 0
            door = open_doors.enter_context(ApiDoor(bank, region=region, host=host, port=port))
            ports.api[region] = door.port
            over_ssh = await listen_sftp(bank, region=region, host=host, port=port and port + 1)
            open_doors.callback(over_ssh.close)
            ports.sftp[region] = over_ssh.get_port()
        yield ports


def write_rows(bank: SandboxBank, ports: Ports, folder: Path, *, names: Iterable[str] = ADAPTERS) -> Path:
    """The file of banks by which a platform on this machine speaks to it. names: one for each language that it is to speak."""
    path = folder / ROWS
    rows = [_row(bank, ports, name, ADAPTERS[name][0], region) for name in names for region in REGIONS]
    path.write_text(
        "# Written by sandbox_bank at each start. docs/banks.md says what each line means.\n\n" + "\n".join(rows), "utf-8"
    )
    path.chmod(0o600)
    return path


def _row(bank: SandboxBank, ports: Ports, name: str, adapter: str, region: Region) -> str:
    lines = {"name": f"{name}-{region}", "bank": name, "adapter": adapter, "region": region}
    if ADAPTERS[name][1] == "api":
        lines |= {
            "address": f"https://{LOOPBACK}:{ports.api[region]}", "certificate_file": str(bank.keys / f"{keys.CUSTOMER}.pem"),
            "key_file": str(bank.keys / f"{keys.CUSTOMER}.key"), "authority_file": str(bank.keys / f"{keys.AUTHORITY}.pem"),
        }  # fmt: skip
    else:
        lines |= {
            "address": f"sftp://{LOOPBACK}:{ports.sftp[region]}", "username": keys.USER, "secret_file": str(bank.keys / keys.CUSTOMER_KEY),
            "host_key": keys.host_key_line(bank.keys),
        }  # fmt: skip
    originator = {
        "company_name": COMPANY,
        "company_id": "1234567890",
        "bank_name": BANK_NAME,
        "routing_number": BANK,
        "account_number": ACCOUNT,
    }
    body = "".join(f'{key} = "{value}"\n' for key, value in lines.items())
    who = "".join(f'{key} = "{value}"\n' for key, value in originator.items())
    return f"[[endpoint]]\n{body}[endpoint.originator]\n{who}"


class RunningBank:
    """A context manager: the bank listens on loopback inside the `with` block, on a thread of its own; time passes by `bank.tick()`."""

    def __init__(self, bank: SandboxBank, folder: Path) -> None:
        self.bank, self.folder = bank, folder
        self.rows = folder / ROWS
        self._ready, self._stop = threading.Event(), asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), name="sandbox-bank", daemon=True)

    async def _run(self) -> None:
        self._loop = asyncio.get_running_loop()
        async with serve(self.bank) as ports:
            write_rows(self.bank, ports, self.folder)
            self._ready.set()
            await self._stop.wait()

    def __enter__(self) -> Self:
        self._thread.start()
        if not self._ready.wait(30):
            raise RuntimeError("The bank did not start.")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._loop:
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)
        self.bank.close()
