"""One bank with its endpoints: who is asked, in which order, and what is done when one does not answer."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from pathlib import Path
from typing import Final, Literal, TypeVar, cast

from common.breaker import Breaker
from treasury.banks.errors import BankFault, BankSilent, BankUnavailable, KeyRevoked
from treasury.banks.rows import EndpointRow, RowRefused, read_rows
from treasury.banks.types import Bank, Batch, Health, Incoming, NameMatch, NameMatcher, News, Sent

FAILURES_TO_OPEN: Final = 3
LONGEST_PAUSE_S: Final = 60.0
BankState = Literal["well", "degraded", "down"]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """row: as it is written down. bank: what speaks to it. breaker: shared by all of this process who ask it."""

    row: EndpointRow
    bank: Bank
    breaker: Breaker = field(default_factory=lambda: Breaker(failures_to_open=FAILURES_TO_OPEN, longest_pause_s=LONGEST_PAUSE_S))

    @property
    def name(self) -> str:
        return self.row.name

    def ask(self, call: Callable[[Bank], T]) -> T:
        """Ask the bank behind the breaker. What counts against it is a line that fails, not a bank that says no."""
        if not self.breaker.may_try():
            raise BankUnavailable(f"{self.name} failed several times in a row; it is tried again in {self.breaker.wait_s:.0f} s.")
        try:
            answer = call(self.bank)
        except (BankUnavailable, BankSilent, KeyRevoked):
            self.breaker.failed()
            raise
        except BankFault:
            self.breaker.succeeded()
            raise
        self.breaker.succeeded()
        return answer


@dataclass(frozen=True, slots=True)
class Partner:
    """A bank and its endpoints, the preferred one first. They share one book."""

    name: str
    endpoints: tuple[Endpoint, ...]

    def send_with_failover(self, batch: Batch, *, was_sent_before: bool = False) -> tuple[Sent, str]:
        """Hand the batch over, and say at which endpoint.

        The next endpoint is tried only when the one before certainly did not take it. Where one falls silent, every endpoint is asked
        for the batch first; only when all of them have never had it is it sent once more, to the same one.
        was_sent_before: an earlier try may have arrived, as when the process died: ask first.
        Raises BankUnavailable (nobody took it), BankSilent (somebody may have), BankRefused, or KeyRevoked where no endpoint takes our key.
        """
        if was_sent_before and (known := self.status(batch.id)):
            return known
        refusals: list[BankFault] = []
        for endpoint in self.endpoints:
            try:
                return self._sent(endpoint, batch), endpoint.name
            except (BankUnavailable, KeyRevoked) as fault:
                refusals.append(fault)
            except BankSilent:
                return self.status(batch.id) or (self._sent(endpoint, batch), endpoint.name)
        raise (
            refusals[0]
            if all(isinstance(fault, KeyRevoked) for fault in refusals)
            else BankUnavailable(" ".join(map(str, refusals)))
        )

    def status(self, batch_id: str) -> tuple[Sent, str] | None:
        """What any endpoint knows of the batch, and which; None when all were asked and none has had it.

        Raises BankSilent where one that might know cannot be asked.
        """
        unasked = []
        for endpoint in self.endpoints:
            try:
                known = endpoint.ask(lambda bank: bank.status(batch_id))
            except BankFault as fault:
                unasked.append(f"{endpoint.name}: {fault}")
                continue
            if known:
                return known, endpoint.name
        if unasked:
            raise BankSilent(f"Whether the batch was taken cannot be told yet. {' '.join(unasked)}")
        return None

    def incoming(self, *, is_taken: Callable[[str, str], bool]) -> Iterator[tuple[str, Sequence[Incoming]]]:
        """Endpoint by endpoint, what lies there; one that cannot be asked now is left out. is_taken: (endpoint, name) -> bool."""
        for endpoint in self.endpoints:
            ask = partial(_incoming, is_taken=partial(is_taken, endpoint.name))
            try:
                yield endpoint.name, endpoint.ask(ask)
            except BankFault:
                continue

    def read(self, endpoint_name: str, incoming: Incoming) -> News:
        """What a file from that endpoint says. Raises FileUnreadable."""
        return self.endpoint(endpoint_name).bank.read(incoming)

    def match_name(self, *, routing_number: str, account_number: str, name: str) -> NameMatch:
        """Whose account it is, by the first endpoint that can tell; unknown where none can."""
        ask = partial(_name_match, routing_number=routing_number, account_number=account_number, name=name)
        for endpoint in self.endpoints:
            if not hasattr(endpoint.bank, "match_name"):
                continue
            try:
                return endpoint.ask(ask)
            except BankFault:
                continue
        return NameMatch("unknown")

    def endpoint(self, name: str) -> Endpoint:
        return next(endpoint for endpoint in self.endpoints if endpoint.name == name)

    def check(self) -> dict[str, Health]:
        """Ask every endpoint, whatever its breaker says; a good answer closes it."""
        found = {}
        for endpoint in self.endpoints:
            found[endpoint.name] = health = endpoint.bank.check()
            (endpoint.breaker.succeeded if health.is_well else endpoint.breaker.failed)()
        return found

    def _sent(self, endpoint: Endpoint, batch: Batch) -> Sent:
        return endpoint.ask(lambda bank: bank.send(batch))


def _incoming(bank: Bank, *, is_taken: Callable[[str], bool]) -> Sequence[Incoming]:
    return bank.incoming(is_taken=is_taken)


def _name_match(bank: Bank, *, routing_number: str, account_number: str, name: str) -> NameMatch:
    return cast(NameMatcher, bank).match_name(routing_number=routing_number, account_number=account_number, name=name)


def state_of(health: Mapping[str, Health]) -> BankState:
    """Of the bank as a whole, by what its endpoints said."""
    well = [one.is_well for one in health.values()]
    return "well" if all(well) and well else "degraded" if any(well) else "down"


def partners(rows: Sequence[EndpointRow]) -> dict[str, Partner]:
    """Bank -> its endpoints in the order of the rows. Raises RowRefused where an adapter is not there."""
    by_bank: dict[str, list[Endpoint]] = {}
    for row in rows:
        by_bank.setdefault(row.bank, []).append(Endpoint(row, _opened(row)))
    return {name: Partner(name, tuple(endpoints)) for name, endpoints in by_bank.items()}


@lru_cache(maxsize=4)
def _kept(path: Path, changed_ns: int) -> dict[str, Partner]:
    return partners(read_rows(path))


def partners_at(path: Path) -> dict[str, Partner]:
    """The banks of this file, read anew when it changes; breakers live as long as it does not. Raises RowRefused."""
    try:
        changed_ns = path.stat().st_mtime_ns
    except OSError as error:
        raise RowRefused(f"The file of banks {path} cannot be read ({error.strerror}).") from error
    return _kept(path, changed_ns)


def _opened(row: EndpointRow) -> Bank:
    where = f"treasury.banks.{row.adapter}.adapter"
    try:
        return cast(Bank, importlib.import_module(where).open_endpoint(row))
    except ModuleNotFoundError as error:
        if error.name and where.startswith(error.name):
            raise RowRefused(f"Endpoint “{row.name}”: there is no adapter “{row.adapter}” in treasury/banks.") from error
        raise
