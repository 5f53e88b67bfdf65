"""A minute of 2,000 made-up tills over real processes: an operator is gone for a while, the engine is killed, and nothing is lost or told twice."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from fsa_platform import embedded
from fsa_platform.bootstrap import BASE_DIR
from fsa_platform.running import accepts
from fsa_platform.tests.test_engine_faults import Stage, wait_for
from pos_monitor.models import Alert, DeadLetter, Incident
from pos_monitor.simulation.faults import Kind
from pos_monitor.simulation.fleet import Recipe, fleet_of
from pos_monitor.simulation.making import Naming, make_fleet
from pos_monitor.simulation.processes import Play, playing, with_sources
from pos_monitor.simulation.scenarios import Weather
from pos_monitor.simulation.sending.door import Door
from pos_monitor.simulation.world import Size

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
TILLS, EVERY_S = 2_000, 2
MOST_INCIDENTS = 10
STORED_SQL = "SELECT count(*), count(DISTINCT (terminal, boot, seq)) FROM pos_monitor_report"


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    stage = Stage(tmp_path)
    try:
        yield stage
    finally:
        stage.end()


@pytest.fixture
def receiver_port(stage: Stage) -> Iterator[int]:
    """A dedicated receiver on the tests' servers."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = int(probe.getsockname()[1])
    database = os.environ["DATABASE_URL"].replace(f"/{embedded.DATABASE}?", f"/{connection.settings_dict['NAME']}?")
    told = {
        "DATABASE_URL": database,
        "TELEMETRY_REDIS_URL": stage.url,
        "REDIS_URL": settings.REDIS_URL,
        "DATABASE_POOL_SIZE": "0",
    }
    with (stage.folder / "engine_receiver.log").open("wb") as log:
        command = [sys.executable, "manage.py", "receive", "--port", str(port)]
        process = subprocess.Popen(command, cwd=BASE_DIR, env={**os.environ, **told}, stdout=log, stderr=log)
    try:
        wait_for(lambda: accepts(port), "the receiver", stage.said)
        yield port
    finally:
        process.terminate()
        process.wait(20)


def counted() -> tuple[int, int]:
    with connection.cursor() as cursor:
        cursor.execute(STORED_SQL)
        rows, distinct = cursor.fetchone()
    return rows, distinct


def silent(terminals: list[int]) -> Any:
    """Alerts that say so of these; on a machine with other work, others may be late as well."""
    return Alert.objects.filter(rule__kind="absence", terminal__in=terminals)


def test_a_minute_of_a_fleet_with_an_outage_and_a_killed_engine(
    stage: Stage, receiver_port: int, tmp_path: Path, settings: Any
) -> None:
    settings.DATA_DIR = tmp_path
    call_command("load_alert_rules", verbosity=0)
    recipe = Recipe(Size(TILLS, 5), seed=3, scenario="minute", began_s=time.time(), every_s=EVERY_S)
    fleet = fleet_of(recipe)
    terminals = make_fleet(fleet.plan, naming=Naming(), every_s=EVERY_S)
    gone = next(fault for fault in fleet.faults.faults if fault.kind is Kind.CUT_OFF)
    open_all_night = gone.who[fleet.plan.store_closes[fleet.plan.store[gone.who]] == 0]  # a closed shop is expected to be silent
    cut_off = [terminals[place].number for place in open_all_night]
    engine = stage.start_engine()
    recipe = Recipe(recipe.size, recipe.seed, recipe.scenario, time.time() + 3, EVERY_S)
    play = Play(recipe, Door("ws", "127.0.0.1", (receiver_port,)), Weather(), with_sources(terminals, "127.0.0.1"))

    with playing(play) as crowd:
        wait_for(lambda: counted()[0] > TILLS, "the first reports", stage.said)
        engine.kill()
        engine.wait()
        stage.start_engine()
        everybody = silent(cut_off).values("terminal").distinct()
        wait_for(lambda: everybody.count() == len(cut_off), "everybody whose operator is gone", stage.said)
        incidents = Incident.objects.filter(alerts__in=silent(cut_off)).distinct().count()
        wait_for(lambda: not silent(cut_off).filter(resolved_at=None).exists(), "their return", stage.said)
        wait_for(lambda: crowd.look().waiting < TILLS, "what had waited in them", stage.said)
        acknowledged = crowd.look().acked
    wait_for(lambda: counted()[1] >= acknowledged, "all that was acknowledged", stage.said)

    rows, distinct = counted()
    assert rows == distinct
    assert 1 <= incidents <= MOST_INCIDENTS
    assert not DeadLetter.objects.exists()
