"""MQTT's door: what terminals publish on `pos/<public id>/up` goes the way of every report, and what they are told is published on `pos/<public id>/down`.

The broker has proved who publishes (password: the token; its rules let a terminal at its own two topics only), so the topic names the terminal. MQTT's own
levels of delivery end at the broker and promise nothing about storing; what counts is our acknowledgement, so everything travels at most once, which
costs the broker half, and a terminal sends again what was not acknowledged. An acknowledgement here names the run of reports that it stands for,
`{"ack": {"boot": b, "seq": n, "from": m}}`: with several bridges a later report may be stored before an earlier one.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from typing import Any, Final

from pos_monitor.estate.tokens import Found
from pos_monitor.receiving import mqtt_packets as packets
from pos_monitor.receiving.handing_down import HandingDown
from pos_monitor.receiving.mqtt_acks import Acks
from pos_monitor.receiving.mqtt_link import Broker, MqttLink
from pos_monitor.receiving.mqtt_terminals import MqttTerminals
from pos_monitor.receiving.receiver import Receiver
from pos_monitor.wire.schema import Batch, BodyUnreadable

logger = logging.getLogger(__name__)
GIVE_UP_WAIT_S: Final = 5.0  # a terminal that is told to wait and sends on is no longer taken
NEAR_S: Final = 300.0  # who reported so lately is thought to listen


class MqttBridge:
    """One for each process and event loop."""

    def __init__(self, receiver: Receiver, terminals: MqttTerminals, broker: Broker) -> None:
        self.receiver, self.terminals = receiver, terminals
        self.link = MqttLink(broker, f"$share/{broker.group}/pos/+/up", self.heard)
        self.handing_down, self.acks = HandingDown(self), Acks(self.link.send)
        self._tasks: list[asyncio.Task[None]] = []
        self._near: dict[int, float] = {}  # number -> when it last reported, monotonic
        self._told: set[tuple[int, str]] = set()  # flaws that were told, by terminal and field

    async def start(self) -> None:
        await self.handing_down.start()
        saying = self.receiver.say(lambda: 0, lambda: self.handing_down.sent)
        running = (self.link.run(), self.handing_down.run(), self.acks.run(), saying)
        self._tasks = [asyncio.create_task(one) for one in running]

    async def stop(self) -> None:
        """Store what was taken, tell it, and go."""
        self.link.stop_reading()
        self.handing_down.stop()
        await self.receiver.stop()
        self.acks.send_all()
        self.link.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def heard(self, topic: bytes, body: bytes) -> None:
        """A terminal published."""
        known = self.terminals.find(topic[4:-3])
        if known is None:  # retired a moment ago, perhaps; the broker will let it go too
            self.receiver.counts.strangers += 1
            return None
        found, down = known
        if self.receiver.pressure.is_shut and self.link.may_read:
            self.link.stop_reading()  # after this one; the network holds back the others, and the broker with it
            self.receiver.pressure.when_open(self.link.read_on)
        if (wait_s := self.receiver.is_over(found)) > GIVE_UP_WAIT_S:  # it was told; reading it would cost the others
            self.receiver.counts.turned_away += 1
            return self._pause(down, wait_s)
        try:
            batch = self.receiver.read(found, body)
        except BodyUnreadable as error:
            self.receiver.counts.refused += 1
            return self._tell(down, {"error": {"code": "reports_unreadable", "message": str(error)}})
        self._take(found, down, batch)

    def _take(self, found: Found, down: bytes, batch: Batch) -> None:
        wait_s = self.receiver.wait_s(found, batch.weight, is_here=True)
        if wait_s:
            self._pause(down, wait_s)
        if wait_s > GIVE_UP_WAIT_S:
            self.receiver.counts.turned_away += 1
            return
        self.receiver.hand_over(found.shard, batch, self.acks.of(down))
        if batch.faults:
            self._tell_faults(found.number, down, batch)
        self._near[found.number] = time.monotonic()
        self.handing_down.has_come(found.number)

    def _tell_faults(self, number: int, down: bytes, batch: Batch) -> None:
        news = [fault for fault in batch.faults if fault.is_refused or (number, fault.param or "") not in self._told]
        if len(self._told) > 50_000:
            self._told.clear()
        self._told.update((number, fault.param or "") for fault in news if not fault.is_refused)
        if news:
            self._tell(down, {"faults": [fault.told() for fault in news]})

    def _pause(self, down: bytes, wait_s: float) -> None:
        self._tell(down, {"pause": {"ms": round(wait_s * 1000)}})

    def _tell(self, down: bytes, frame: dict[str, Any]) -> None:
        self.link.send(packets.publish(down, json.dumps(frame, separators=(",", ":")).encode()))

    # For HandingDown.
    def numbers(self) -> list[int]:
        """Who is near enough to be sent something."""
        since = time.monotonic() - NEAR_S
        self._near = {number: at for number, at in self._near.items() if at > since}
        return list(self._near)

    def hand(self, number: int, frame: bytes) -> bool:
        down = self.terminals.down(number)
        if down is None:
            return False
        self.link.send(packets.publish(down, frame))
        return True
