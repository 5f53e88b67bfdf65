"""POST /v1/telemetry: one report or a list of them, plain or gzip. A plain ASGI callable, because Django's own handler costs ten times as much.

The answer comes once the reports are in the stream: 200 with what was taken and what was wrong. 400: none was taken. 401: whose token? 429 and 503
with Retry-After: keep them and send the same ones again.
"""

from __future__ import annotations

import asyncio
import json
import zlib
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, Final

from common.api.body_limit import refuse as body_too_large
from common.errors import PlatformError
from pos_monitor.estate.certificates import presented
from pos_monitor.receiving.buffer import Name
from pos_monitor.receiving.errors import (
    ReportsEncodingUnknown,
    ReportsNotNow,
    ReportsRefused,
    ReportsTooMany,
    ReportsUnreadable,
    TerminalTokenInvalid,
)
from pos_monitor.receiving.handing_down import HandingDown
from pos_monitor.receiving.receiver import Receiver
from pos_monitor.receiving.refusals import answer, refuse, refuse_method
from pos_monitor.wire.schema import MOST_BYTES, Batch, BodyUnreadable

STORE_TIMEOUT_S: Final = 10.0

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class TooLarge(Exception):
    """More bytes than are allowed."""


class Told:
    """Waits until all reports of one message are in the stream. An Owner."""

    def __init__(self, count: int) -> None:
        self.missing, self.done = count, asyncio.get_running_loop().create_future()

    def stored(self, names: list[Name]) -> None:
        self.missing -= len(names)
        if self.missing <= 0 and not self.done.done():
            self.done.set_result(None)


async def telemetry(receiver: Receiver, handing_down: HandingDown, scope: Scope, receive: Receive, send: Send) -> None:
    """One call."""
    if scope["method"] != "POST":
        return await refuse_method(send)
    try:
        told = await _handle(receiver, handing_down, scope, receive)
    except TooLarge:
        return await body_too_large(send, MOST_BYTES)
    except PlatformError as error:
        return await refuse(send, error)
    await answer(send, 200, told, {})


async def _handle(receiver: Receiver, handing_down: HandingDown, scope: Scope, receive: Receive) -> dict[str, Any]:
    headers: Mapping[bytes, bytes] = dict(scope["headers"])
    found = await receiver.admit(bearer(headers), certificate=certificate(scope), address=address(scope))
    if receiver.pressure.is_shut:
        receiver.counts.turned_away += 1
        raise ReportsNotNow(retry_after_s=receiver.pressure.retry_after_s())
    if wait_s := receiver.is_over(found):
        raise ReportsTooMany(retry_after_s=wait_s)
    body = await _body(headers, receive)
    try:
        batch = receiver.read(found, body)
    except BodyUnreadable as error:
        receiver.counts.refused += 1
        raise ReportsUnreadable(str(error)) from None
    if wait_s := receiver.wait_s(found, batch.weight, is_here=False):
        raise ReportsTooMany(retry_after_s=wait_s)
    if not batch.records:
        receiver.hand_over(found.shard, batch, None)
        raise ReportsRefused(_first_refusal(batch), faults=[fault.told() for fault in batch.faults])
    told = Told(len(batch.records))
    receiver.hand_over(found.shard, batch, told)
    try:
        await asyncio.wait_for(told.done, STORE_TIMEOUT_S)
    except TimeoutError:
        raise ReportsNotNow(retry_after_s=receiver.pressure.retry_after_s()) from None
    boot, seq = batch.names[-1]
    refused = sum(fault.is_refused for fault in batch.faults)
    faults = [fault.told() for fault in batch.faults]
    commands = [json.loads(order.body) for order in await handing_down.orders_of(found.number)]
    ack = {"boot": boot, "seq": seq}
    return {"accepted": len(batch.records), "refused": refused, "ack": ack, "faults": faults, "commands": commands}


def _first_refusal(batch: Batch) -> str:
    return next((fault.message for fault in batch.faults if fault.is_refused), "There is no report in it.")


def bearer(headers: Mapping[bytes, bytes]) -> str:
    """The token of `Authorization: Bearer …`; raises where there is none."""
    kind, _, token = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
    if kind.lower() != "bearer" or not token:
        raise TerminalTokenInvalid("Send the terminal's token as “Authorization: Bearer trm_…”.")
    return token.strip()


def certificate(scope: Scope) -> str:
    """SHA-256 of the client's certificate as a trusted proxy says it, in lower-case hex; empty where none is said, or nobody may be believed."""
    return presented(scope["headers"], scope.get("client"))


def address(scope: Scope) -> str:
    """The caller's; empty where the server does not know it."""
    client = scope.get("client")
    return str(client[0]) if client else ""


async def _body(headers: Mapping[bytes, bytes], receive: Receive) -> bytes:
    encoding = headers.get(b"content-encoding", b"identity").decode("latin-1").strip().lower()
    if encoding not in ("identity", "gzip"):
        raise ReportsEncodingUnknown
    parts, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ReportsUnreadable("The connection ended before the body did.")
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > MOST_BYTES:
            raise TooLarge
        if not message.get("more_body"):
            break
    body = b"".join(parts)
    return _unpacked(body) if encoding == "gzip" else body


def _unpacked(body: bytes) -> bytes:
    """Never more than MOST_BYTES, whatever the body would grow to."""
    unpacking = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
    try:
        unpacked = unpacking.decompress(body, MOST_BYTES + 1)
    except zlib.error:
        raise ReportsUnreadable("The body is said to be gzip and is not.") from None
    if len(unpacked) > MOST_BYTES:
        raise TooLarge
    if not unpacking.eof:
        raise ReportsUnreadable("The gzip body is cut short.")
    return unpacked
