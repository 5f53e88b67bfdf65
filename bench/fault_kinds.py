"""What can strike a running platform: a process is killed without a word, a server goes, a store is emptied."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

import psutil
import redis

from bench.stack import Platform
from fsa_platform.embedded import ensure_redis


@dataclass(frozen=True, slots=True)
class Fault:
    """One kind, how often it comes beside the others, and how it strikes."""

    name: str
    weight: int
    strike: Callable[[Platform, random.Random], None]


def _family(platform: Platform) -> list[psutil.Process]:
    """Every process of this platform, and of no other: those that listen to its data folder."""
    return psutil.Process(platform.pid).children(recursive=True)


def _kill(*words: str) -> Callable[[Platform, random.Random], None]:
    """Kill -9 one process whose command line holds all these words."""

    def strike(platform: Platform, chance: random.Random) -> None:
        found = []
        for process in _family(platform):
            try:
                if all(word in process.cmdline() for word in words):
                    found.append(process)
            except psutil.Error:
                continue
        if found:
            chance.choice(found).kill()

    return strike


def _kill_postgres(platform: Platform, _: random.Random) -> None:
    pid = int((platform.data_dir / "postgres" / "postmaster.pid").read_text().splitlines()[0])
    psutil.Process(pid).kill()


def _empty_redis(platform: Platform, _: random.Random) -> None:
    redis.Redis.from_url(ensure_redis(platform.data_dir / "redis")).flushall()


FAULTS = (
    Fault("web server killed", 4, _kill("web", "--fd")),
    Fault("worker killed", 3, _kill("worker", "default,telemetry")),
    Fault("card network killed", 4, _kill("sandbox_acquirer")),
    Fault("Redis emptied", 2, _empty_redis),
    Fault("PostgreSQL killed", 2, _kill_postgres),
)
