"""A bank that is spoken to over its core-banking API."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final
from urllib.parse import quote

from treasury.banks.core_api.client import Answer, ApiClient
from treasury.banks.core_api.messages import batch_said, name_match, news, sent
from treasury.banks.errors import BankFault, BankSilent, BankUnavailable
from treasury.banks.reading import MAX_BYTES
from treasury.banks.rows import EndpointRow
from treasury.banks.types import Batch, Health, Incoming, NameMatch, News, Sent

MOST_MESSAGES: Final = 100  # in one call; the rest come with the next


def open_endpoint(row: EndpointRow) -> CoreApiBank:
    return CoreApiBank(row)


class CoreApiBank:
    def __init__(self, row: EndpointRow) -> None:
        self._row, self._api = row, ApiClient(row)

    def send(self, batch: Batch) -> Sent:
        answer = self._api.call("POST", "/v1/batches", body=batch_said(batch, self._row.originator), key=batch.id)
        if answer is None:
            raise BankUnavailable(f"{self._row.name} has no such call: look at its address.")
        return self._receipt(answer)

    def status(self, batch_id: str) -> Sent | None:
        answer = self._api.call("GET", f"/v1/batches/{batch_id}")
        return self._receipt(answer) if answer is not None else None

    def incoming(self, *, is_taken: Callable[[str], bool]) -> Sequence[Incoming]:
        listed = self._api.call("GET", "/v1/messages")
        try:
            names = [str(one["name"]) for one in listed.said()["data"]] if listed is not None else []
        except (ValueError, KeyError, TypeError):
            raise BankUnavailable(f"{self._row.name} lists its messages in another way than its API promises.") from None
        found = []
        for name in [name for name in names if not is_taken(name)][:MOST_MESSAGES]:
            answer = self._api.call("GET", f"/v1/messages/{quote(name, safe='')}")
            if answer is not None:
                found.append(Incoming(name, answer.body[: MAX_BYTES + 1]))
        return found

    def read(self, incoming: Incoming) -> News:
        return news(incoming.raw)

    def match_name(self, *, routing_number: str, account_number: str, name: str) -> NameMatch:
        body = {"routing_number": routing_number, "account_number": account_number, "name": name}
        answer = self._api.call("POST", "/v1/accounts/match", body=body)
        try:
            return name_match(answer.said()) if answer is not None else NameMatch("unknown")
        except (ValueError, KeyError, TypeError):
            return NameMatch("unknown")

    def check(self) -> Health:
        try:
            answer = self._api.call("GET", "/v1/health")
        except BankFault as fault:
            return Health(False, str(fault))
        is_well = answer is not None
        return Health(
            is_well, f"{self._row.name} answers." if is_well else f"{self._row.name} has no such call: look at its address."
        )

    def _receipt(self, answer: Answer) -> Sent:
        try:
            return sent(answer.said())
        except (ValueError, KeyError, TypeError):
            raise BankSilent(f"{self._row.name} answered with something that is no receipt.") from None
