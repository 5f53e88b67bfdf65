"""Doors that are killed while tills report through them: what was acknowledged is stored, and stored once."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from fsa_platform.bootstrap import BASE_DIR
from fsa_platform.running import accepts
from fsa_platform.tests.mqtt_world import World, database, free_port
from fsa_platform.tests.test_engine_faults import Stage, wait_for
from fsa_platform.tests.till_crowd import PlayedTill, acknowledged, alive, be_impatient, talking, until
from integrations.terminal_client import Identity
from merchants.models import Merchant
from pos_monitor.estate import tokens
from pos_monitor.models import DeadLetter
from pos_monitor.tests.doors_client import stored_names
from pos_monitor.tests.engine_samples import stored
from pos_monitor.tests.estate_samples import a_terminal

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
TILLS = 5


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    be_impatient(monkeypatch)


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    stage = Stage(tmp_path)
    try:
        yield stage
    finally:
        stage.end()


class Receiver:
    """`manage.py receive` on the tests' servers, always on the same port."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.port, self.starts = stage, free_port(), 0
        self.start()

    def start(self) -> None:
        self.starts += 1
        told = {
            "DATABASE_URL": database(), "TELEMETRY_REDIS_URL": self.stage.url, "REDIS_URL": settings.REDIS_URL, "DATABASE_POOL_SIZE": "0",
        }  # fmt: skip
        with (self.stage.folder / f"engine_receiver{self.starts}.log").open("wb") as log:
            command = [sys.executable, "manage.py", "receive", "--port", str(self.port)]
            self.process = subprocess.Popen(command, cwd=BASE_DIR, env={**os.environ, **told}, stdout=log, stderr=log)
        wait_for(lambda: accepts(self.port), "the receiver", self.stage.said)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


def test_a_receiver_is_killed_in_the_middle_of_its_work(stage: Stage, acme: Merchant, tmp_path: Path) -> None:
    stage.start_engine()
    receiver = Receiver(stage)
    places = (f"http://127.0.0.1:{receiver.port}/v1/telemetry", f"ws://127.0.0.1:{receiver.port}/ws/terminal/")
    rows = [a_terminal(acme) for _ in range(TILLS)]
    made = [(row.pk, Identity(row.public_id, tokens.issue(terminal=row), 10, *places)) for row in rows]

    async def scenario() -> list[PlayedTill]:
        tills = [PlayedTill(number, identity, tmp_path) for number, identity in made]
        async with alive(*tills):
            async with talking(*tills):
                await until(lambda: acknowledged(tills) > 8 * TILLS, "the first reports")
                receiver.kill()
                await until(lambda: sum(till.waiting for till in tills) > 4 * TILLS, "reports that wait")
                before = acknowledged(tills)
                await asyncio.to_thread(receiver.start)
                await until(lambda: acknowledged(tills) > before + 10 * TILLS, "the tills' return")
            await until(lambda: all(till.waiting == 0 for till in tills), "the last reports")
        return tills

    try:
        tills = asyncio.run(scenario())
    finally:
        receiver.kill()
    said = set().union(*(till.said for till in tills))
    wait_for(lambda: len(stored()) >= len(said), "all that was acknowledged", stage.said)

    assert stored() == sorted(said)
    assert not DeadLetter.objects.exists()


@pytest.mark.needs("mosquitto")
def test_the_bridge_is_killed_and_then_the_broker(acme: Merchant, tmp_path: Path) -> None:
    rows = [a_terminal(acme) for _ in range(TILLS)]
    issued = {row.pk: tokens.issue(terminal=row) for row in rows}
    world = World(tmp_path)

    async def scenario() -> list[PlayedTill]:
        broker = f"mqtt://127.0.0.1:{world.port}"
        tills = [
            PlayedTill(
                row.pk, Identity(row.public_id, issued[row.pk], 10, "http://127.0.0.1:1/", "ws://127.0.0.1:1/", broker), tmp_path
            )
            for row in rows
        ]
        async with alive(*tills):
            async with talking(*tills):
                await until(lambda: acknowledged(tills) > 5 * TILLS, "the first reports")
                for kill, restart in ((world.kill_bridge, _start_bridge), (world.kill_broker, _start_broker)):
                    kill()
                    await asyncio.sleep(0.5)
                    before = acknowledged(tills)
                    restart(world)
                    await until(lambda before=before: acknowledged(tills) > before + 6 * TILLS, "the tills' return")  # type: ignore[misc]
            await until(lambda: all(till.waiting == 0 for till in tills), "the last reports")
        return tills

    try:
        tills = asyncio.run(scenario())
    finally:
        world.end()

    assert set().union(*(till.said for till in tills)) <= set(stored_names())


def _start_bridge(world: World) -> None:
    world.bridge = world.start_bridge()


def _start_broker(world: World) -> None:
    world.broker = world.start_broker()
