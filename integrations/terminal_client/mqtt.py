"""Reports over MQTT 5, for whoever uses it already: `client.run(mqtt_dial(client.buffer))`. Needs the library paho-mqtt, which nothing else here does."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Callable
from typing import Any
from urllib.parse import urlsplit

from paho.mqtt.client import Client, MQTTMessage, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode

from integrations.terminal_client.buffer import Buffer
from integrations.terminal_client.client import Dial
from integrations.terminal_client.identity import Identity

OPEN_TIMEOUT_S = 10
KEEP_ALIVE_S = 60
PORTS = {"mqtt": 1883, "mqtts": 8883}


class MqttBroke(OSError):
    """The broker does not let us in, or is gone. Whether the token is to blame HTTPS says: a broker hears of a new one some seconds later."""


def mqtt_dial(buffer: Buffer) -> Dial:
    """A `Dial` for the broker that enrolment named."""

    async def dial(identity: Identity) -> MqttConnection:
        connection = MqttConnection(identity, buffer)
        try:
            await connection.open()
        except BaseException:
            await connection.close()
            raise
        return connection

    return dial


class MqttConnection:
    """One connection, as the client uses a WebSocket. paho has a thread of its own; everything here is of the event loop."""

    def __init__(self, identity: Identity, buffer: Buffer) -> None:
        self.identity = identity
        self.up, self.down = (f"pos/{identity.terminal}/{way}" for way in ("up", "down"))
        self._frames: asyncio.Queue[str | None] = asyncio.Queue()  # None: the connection is gone
        self._loop = asyncio.get_running_loop()
        self._opened: asyncio.Future[None] = self._loop.create_future()
        self._client = Client(
            CallbackAPIVersion.VERSION2, client_id=identity.terminal, protocol=MQTTv5, reconnect_on_failure=False
        )
        self._client.username_pw_set(identity.terminal, identity.token)
        self._client.will_set(self.up, json.dumps(_will(buffer)), qos=0)
        self._client.on_connect = self._on_connect
        self._client.on_subscribe = lambda client, data, number, reasons, properties: self._tell(self._is_open, reasons[0])
        self._client.on_message = lambda client, data, message: self._tell(self._heard, message)
        self._client.on_disconnect = lambda client, data, flags, reason, properties: self._tell(self._gone, str(reason))

    async def open(self) -> None:
        """Connect and listen. Raises MqttBroke, TimeoutError."""
        where = urlsplit(self.identity.mqtt)
        if where.scheme not in PORTS or not where.hostname:
            raise MqttBroke(f"“{self.identity.mqtt}” is no address of a broker")
        if where.scheme == "mqtts":
            self._client.tls_set_context(ssl.create_default_context())
        await asyncio.to_thread(self._client.connect, where.hostname, where.port or PORTS[where.scheme], KEEP_ALIVE_S)
        self._client.loop_start()
        await asyncio.wait_for(self._opened, OPEN_TIMEOUT_S)

    async def send(self, text: str) -> None:
        """At most once: what counts is the platform's own acknowledgement. Raises MqttBroke."""
        sent = self._client.publish(self.up, text, qos=0)
        if sent.rc != MQTTErrorCode.MQTT_ERR_SUCCESS:
            raise MqttBroke(f"not sent: {sent.rc.name}")

    async def __aiter__(self) -> AsyncIterator[str]:
        while (frame := await self._frames.get()) is not None:
            yield frame

    async def close(self) -> None:
        self._client.disconnect()
        await asyncio.to_thread(self._client.loop_stop)

    # Called in paho's thread.
    def _on_connect(self, client: Client, data: Any, flags: Any, reason: Any, properties: Any) -> None:
        if reason.is_failure:
            self._tell(self._gone, str(reason))
        else:
            client.subscribe(self.down, qos=0)

    def _tell(self, what: Callable[[Any], None], *told: Any) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(what, *told)

    # Called in the loop.
    def _is_open(self, reason: Any) -> None:
        if reason.is_failure:
            self._gone(str(reason))
        elif not self._opened.done():
            self._opened.set_result(None)

    def _heard(self, message: MQTTMessage) -> None:
        self._frames.put_nowait(message.payload.decode())

    def _gone(self, why: str) -> None:
        if not self._opened.done():
            self._opened.set_exception(MqttBroke(f"the broker does not let us in: {why}"))
        self._frames.put_nowait(None)


def _will(buffer: Buffer) -> dict[str, Any]:
    """What the broker says for us when we are gone without a goodbye. When that is nobody knows yet, so the platform dates it."""
    boot, seq = buffer.skip()
    return {"v": 1, "boot": boot, "seq": seq, "urgent": True, "events": ["connection_lost"]}
