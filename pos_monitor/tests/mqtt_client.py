"""A terminal at the real broker, spoken by paho: another implementation of MQTT 5 than the bridge's own."""

from __future__ import annotations

import json
import queue
from typing import Any

from paho.mqtt.client import CallbackAPIVersion, Client, MQTTv5
from paho.mqtt.enums import MQTTErrorCode

SOON_S = 10


class Till:
    """Connects at once; `refused` says why not."""

    def __init__(self, port: int, name: str, token: str, *, listens_to: str | None = None, client_id: str = "") -> None:
        self.name, self.frames, self._connected = name, queue.Queue[Any](), queue.Queue[Any]()
        self.subscribed, self.gone = queue.Queue[Any](), queue.Queue[Any]()
        self._client = Client(CallbackAPIVersion.VERSION2, client_id=client_id or name, protocol=MQTTv5)
        self._client.username_pw_set(name, token)
        self._client.on_connect = lambda client, data, flags, reason, properties: self._connected.put(reason)
        self._client.on_message = lambda client, data, message: self.frames.put((message.topic, json.loads(message.payload)))
        self._client.on_subscribe = lambda client, data, number, reasons, properties: self.subscribed.put(reasons)
        self._client.on_disconnect = lambda client, data, flags, reason, properties: self.gone.put(reason)
        self._client.reconnect_delay_set(1, 1)
        self._client.connect("127.0.0.1", port, keepalive=30)
        self._client.loop_start()
        self.reason = self._connected.get(timeout=SOON_S)
        if not self.reason.is_failure:
            self.listen(listens_to or f"pos/{name}/down")

    def listen(self, topic: str) -> None:
        self._client.subscribe(topic, qos=1)
        self.subscribed.get(timeout=SOON_S)

    def say(self, body: Any, *, topic: str | None = None) -> MQTTErrorCode:
        """Publish at least once, and wait until the broker has it."""
        content = body if isinstance(body, bytes) else json.dumps(body)
        sent = self._client.publish(topic or f"pos/{self.name}/up", content, qos=1)
        sent.wait_for_publish(SOON_S)
        return sent.rc

    def hear(self) -> Any:
        return self.frames.get(timeout=SOON_S)[1]

    def hears_nothing(self, timeout_s: float = 0.5) -> bool:
        try:
            self.frames.get(timeout=timeout_s)
        except queue.Empty:
            return True
        return False

    def leave(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()
