"""Access that ends while tills report: at each door, for whoever it was taken from and for nobody else."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.db import connection

from common.scopes import across_merchants
from fsa_platform.tests.mqtt_world import World
from fsa_platform.tests.till_crowd import PATIENCE_S, PlayedTill, alive, be_impatient, until
from integrations.terminal_client import Identity
from integrations.terminal_client.client import TokenRefused
from merchants.keys.services import revoke_api_key
from merchants.models import ApiKey, Merchant
from pos_monitor.estate import tokens
from pos_monitor.models import Terminal
from pos_monitor.tests.doors_client import stored_names
from pos_monitor.tests.doors_server import served
from pos_monitor.tests.estate_samples import a_terminal

pytestmark = [pytest.mark.slow, pytest.mark.needs("mosquitto"), pytest.mark.django_db(transaction=True)]


async def aside(deed: Callable[[], Any]) -> None:
    def done() -> None:
        try:
            with across_merchants("a test takes access away"):
                deed()
        finally:
            connection.close()

    await asyncio.to_thread(done)


async def all_heard(*tills: PlayedTill) -> None:
    """Each says something, and all of it is stored. Over MQTT three reports are acknowledged together."""
    for till in tills:
        for _ in range(3):
            till.say()
    await until(lambda: not any(till.waiting for till in tills), "acknowledgements")


async def is_refused(till: PlayedTill) -> None:
    """It reports until its client ends, because the platform does not know its token any more."""
    running = till.running
    assert running is not None
    while not running.done():
        till.say()
        await asyncio.wait({running}, timeout=0.1)
    with pytest.raises(TokenRefused):
        running.result()


async def posted(till: PlayedTill, seq: int) -> int:
    """What HTTPS answers to a report of a start that no client has."""
    async with httpx.AsyncClient() as http:
        bearer = {"Authorization": f"Bearer {till.identity.token}"}
        return (await http.post(till.identity.https, json={"boot": 9, "seq": seq}, headers=bearer)).status_code


def test_a_token_is_revoked_and_a_merchant_switched_off_while_their_tills_report(
    acme: Merchant, globex: Merchant, acme_api: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    be_impatient(monkeypatch)
    rows = [a_terminal(merchant) for merchant in (acme, acme, acme, acme, globex, globex)]
    issued = [tokens.issue(terminal=row) for row in rows]
    world = World(tmp_path)  # the broker begins with all passwords
    broker = f"mqtt://127.0.0.1:{world.port}"

    def played(place: int, port: int, way: str) -> PlayedTill:
        doors = (f"http://127.0.0.1:{port}/v1/telemetry", f"ws://127.0.0.1:{port}/ws/terminal/")
        row: Terminal = rows[place]
        return PlayedTill(row.pk, Identity(row.public_id, issued[place], 10, *doors, broker if way == "mqtt" else ""), tmp_path)

    async def scenario() -> tuple[list[PlayedTill], list[int]]:
        async with served() as (doors, port):
            tills = [played(place, port, way) for place, way in enumerate(["ws", "mqtt", "ws", "mqtt", "ws", "mqtt"])]
            one_ws, one_mqtt, other_ws, other_mqtt, next_ws, next_mqtt = tills
            async with alive(*tills):
                await all_heard(*tills)
                await aside(lambda: [revoke_api_key(key=key) for key in ApiKey.objects.filter(merchant=acme)])
                await all_heard(*tills)  # keys are for programs; tills have tokens

                before = [await posted(one_ws, 1)]
                await aside(lambda: [tokens.revoke(terminal=row) for row in rows[:2]])
                await until(lambda: rows[0].pk not in doors.sessions.numbers(), "the end of the socket")
                await is_refused(one_ws)
                await is_refused(one_mqtt)
                await all_heard(other_ws, other_mqtt, next_ws, next_mqtt)

                await aside(lambda: Merchant.objects.filter(pk=acme.pk).update(is_active=False))
                await is_refused(other_ws)
                await is_refused(other_mqtt)
                statuses = [*before, await posted(one_ws, 2), await posted(other_ws, 1), await posted(next_ws, 1)]
                heard = set(stored_names())
                for till in tills:
                    till.say()  # what comes too late is kept by the till, and taken by nobody
                for till in (one_ws, one_mqtt, other_ws, other_mqtt):
                    till.start()
                    await is_refused(till)
                    assert till.waiting >= 1
                await all_heard(next_ws, next_mqtt)
                late = {number for number, _, _ in set(stored_names()) - heard}
                assert late == {next_ws.number, next_mqtt.number}
        return tills, statuses

    async def in_time() -> tuple[list[PlayedTill], list[int]]:
        return await asyncio.wait_for(scenario(), PATIENCE_S)

    try:
        tills, statuses = asyncio.run(in_time())
    finally:
        world.end()

    assert statuses == [200, 401, 401, 200]
    assert [till.waiting >= 1 for till in tills] == [True] * 4 + [False] * 2
