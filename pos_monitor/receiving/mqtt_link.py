"""One connection to the broker that is made again whenever it breaks."""

from __future__ import annotations

import asyncio
import hmac
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, cast

from pos_monitor.receiving import mqtt_packets as packets

logger = logging.getLogger(__name__)
KEEP_ALIVE_S: Final = 30
AGAIN_S: Final = (0.1, 2.0)
MOST_UNSENT_BYTES: Final = (
    16_000_000  # that the broker does not take: acknowledgements beyond are left out, and terminals send again
)


@dataclass(frozen=True, slots=True)
class Broker:
    """Where it is, and who we are there. name: our user name; two bridges have two (`mqtt_broker.BRIDGES`).

    The broker takes the user name for the name of the connection (`use_username_as_clientid`), so nobody ends another's by taking its name. It
    lets anybody join any group that shares a subscription, though, which takes a part of the messages away even from whoever may not read
    them. So the group's name follows from the password, and no terminal can guess it.
    """

    host: str
    port: int
    name: str
    password: str

    @property
    def group(self) -> str:
        """The same for all bridges, which share the terminals' messages."""
        return "bridge-" + hmac.new(self.password.encode(), b"pos_monitor.mqtt group", "sha256").hexdigest()[:32]


class MqttLink(asyncio.Protocol):
    """heard: called with topic and body of each message, in the order in which the broker sends them."""

    def __init__(self, broker: Broker, topic: str, heard: Callable[[bytes, bytes], None]) -> None:
        self.broker, self.topic, self.heard = broker, topic, heard
        self.transport: asyncio.Transport | None = None
        self.is_up = False
        self._rest, self._unsent, self._gone = b"", list[bytes](), asyncio.Event()
        self.may_read = True

    async def run(self) -> None:
        """Keep the connection, for ever."""
        loop, pause_s = asyncio.get_running_loop(), AGAIN_S[0]
        while True:
            self._gone.clear()
            try:
                await asyncio.wait_for(loop.create_connection(lambda: self, self.broker.host, self.broker.port), 5)
                ping = asyncio.create_task(self._ping())
                await self._gone.wait()
                ping.cancel()
                pause_s = AGAIN_S[0] if self.is_up else pause_s
            except (OSError, TimeoutError) as error:
                logger.warning("the MQTT broker at %s:%s does not answer: %s", self.broker.host, self.broker.port, error)
            self.is_up = False
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, AGAIN_S[1])

    def send(self, packet: bytes) -> None:
        """Goes out with everything else of this turn of the loop, in one write."""
        if not self._unsent:
            asyncio.get_running_loop().call_soon(self._flush)
        self._unsent.append(packet)

    def stop_reading(self) -> None:
        self.may_read = False
        if self.transport is not None and self.transport.is_reading():
            self.transport.pause_reading()

    def read_on(self) -> None:
        self.may_read = True
        if self.transport is not None and not self.transport.is_closing():
            self.transport.resume_reading()
            self._read(b"")

    def close(self) -> None:
        if self.transport is not None and not self.transport.is_closing():
            self._flush()
            self.transport.write(packets.GOODBYE)
            self.transport.close()

    # asyncio calls these.
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport, self._rest, self._unsent = cast(asyncio.Transport, transport), b"", []
        broker = self.broker
        self.transport.write(
            packets.connect(client_id=broker.name, user=broker.name, password=broker.password, keep_alive_s=KEEP_ALIVE_S)
        )

    def connection_lost(self, error: Exception | None) -> None:
        if self.is_up:
            logger.warning("the connection to the MQTT broker broke: %s", error or "it ended")
        self.transport = None
        self._gone.set()

    def data_received(self, data: bytes) -> None:
        try:
            self._read(data)
        except (packets.Malformed, IndexError) as error:
            logger.error("the MQTT broker says what cannot be read: %s", error)
            if self.transport is not None:
                self.transport.abort()

    def _read(self, data: bytes) -> None:
        data = self._rest + data if self._rest else data
        at = 0
        while self.may_read and (found := packets.split(data, at)) is not None:
            start, end = found
            kind = data[at]
            if kind >> 4 == packets.PUBLISH:
                self.heard(*packets.read_publish(data, kind, start, end))
            else:
                self._told(kind >> 4, data[start:end])
            at = end
        self._rest = data[at:]

    def _told(self, kind: int, body: bytes) -> None:
        if kind == packets.CONNACK:
            if body[1]:
                raise packets.Malformed(f"it does not let us in (reason {body[1]:#04x})")
            self.send(packets.subscribe(self.topic))
        elif kind == packets.SUBACK:
            if body[-1] >= 0x80:
                raise packets.Malformed(f"it does not let us listen (reason {body[-1]:#04x})")
            self.is_up = True
            logger.info("listening at the MQTT broker as %s", self.broker.name)
        elif kind == packets.DISCONNECT:
            logger.warning("the MQTT broker ends the connection (reason %s)", f"{body[0]:#04x}" if body else "none")

    def _flush(self) -> None:
        unsent, self._unsent = self._unsent, []
        if self.transport is None or self.transport.is_closing() or not unsent:
            return
        if self.transport.get_write_buffer_size() < MOST_UNSENT_BYTES:
            self.transport.write(b"".join(unsent))

    async def _ping(self) -> None:
        while True:
            await asyncio.sleep(KEEP_ALIVE_S / 2)
            self.send(packets.PING)
