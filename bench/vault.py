"""What sealing and the audit trail cost, and how fast a lock at the bank is felt in three processes.

make bench NAME=vault        the last line is JSON
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.stack import BASE_DIR, Platform, machine, running_platform

ROUNDS = 5  # the best of each is taken: other work on the machine only ever makes a run slower
VALUES = 2_000
TTL_S = 30  # the platform's default: what a process without Redis waits for at most
PATIENCE_S = 75
PROCESSES = ("web", "worker", "second web")


def main() -> None:
    with running_platform("vault", web=1) as platform:
        costs = json.loads(run_inside(platform, "costs")) | json.loads(run_inside(platform, "sale"))
        pushed_s = revoke(platform, with_redis=True)
        without_redis_s = revoke(platform, with_redis=False)
    figures = {
        **costs, "revoke_pushed_s": round(pushed_s, 3), "revoke_without_redis_s": round(without_redis_s, 1), "processes": len(PROCESSES),
        "cache_ttl_s": TTL_S,
    }  # fmt: skip
    print(f"sealed columns and locks, {machine()}, {datetime.now(UTC):%Y-%m-%d}")
    for name, value in figures.items():
        print(f"{name:<32}{value:>12}")
    print(json.dumps(figures))


# --- How fast a lock is felt ---


def revoke(platform: Platform, *, with_redis: bool) -> float:
    """Seconds from the bank's lock until the last of three processes refuses; the key is unlocked again afterwards."""
    nowhere = {} if with_redis else {"REDIS_URL": "redis://127.0.0.1:1/0"}
    logs = [platform.data_dir / f"watch{number}.log" for number in range(len(PROCESSES))]
    watchers = [watch(platform, log, nowhere) for log in logs]
    try:
        wait_for(logs, "open, told at once" if with_redis else "open")
        locked_at = float(run_inside(platform, "lock", **nowhere))
        told = wait_for(logs, "merchant_key_revoked")
    finally:
        run_inside(platform, "unlock")
        for watcher in watchers:
            watcher.terminate()
            watcher.wait(10)
    return max(told) - locked_at


def watch(platform: Platform, log: Path, extra: dict[str, str]) -> subprocess.Popen[bytes]:
    command = [sys.executable, str(BASE_DIR / "manage.py"), "watch_key", platform.demo["merchant_id"]]
    with log.open("wb") as file:
        return subprocess.Popen(command, stdout=file, stderr=file, env=environment(platform) | extra, cwd=BASE_DIR)


def wait_for(logs: list[Path], word: str) -> list[float]:
    """When each process said this as its latest word (seconds of the epoch)."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        latest = [log.read_text().splitlines()[-1:] for log in logs]
        if all(lines and lines[0].split(" ", 1)[-1] == word for lines in latest):
            return [float(lines[0].split(" ", 1)[0]) for lines in latest]
        if time.monotonic() > deadline:
            sys.exit(f"not every process said “{word}”: {latest}")
        time.sleep(0.02)


def environment(platform: Platform) -> dict[str, str]:
    """What a process of that platform is given; `up` keeps its servers where its data are."""
    return {
        **os.environ, "PORT": str(platform.port), "FSA_DATA_DIR": str(platform.data_dir), "VAULT_CACHE_TTL_S": str(TTL_S),
        "CUSTODIAN_URL": f"http://127.0.0.1:{platform.port + 85}",
    }  # fmt: skip


def run_inside(platform: Platform, what: str, **extra: str) -> str:
    """Run one of the pieces below in a process of that platform; its last line."""
    code = f"from bench.vault import inside; inside({what!r}, {platform.demo['merchant_id']!r})"
    command = [sys.executable, str(BASE_DIR / "manage.py"), "shell", "--no-imports", "-v", "0", "-c", code]
    done = subprocess.run(command, env=environment(platform) | extra, cwd=BASE_DIR, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{what} failed: {done.stderr[-800:]}")
    return done.stdout.strip().splitlines()[-1]


def inside(what: str, owner: str) -> None:
    """Runs in the platform's own process."""
    from django.conf import settings

    from vault import merchant_keys
    from vault.models import MerchantKey

    merchant_id = MerchantKey.objects.get(owner=owner).merchant_id
    match what:
        case "costs":
            print(json.dumps(costs(merchant_id)))
        case "sale":
            from bench.sale_cost import sale_costs

            print(json.dumps(sale_costs(json.loads((settings.DATA_DIR / "demo.json").read_text())["secret_key"])))
        case "lock":
            from vault.custody.keeper import custodian

            custodian().disable(reference=MerchantKey.objects.get(owner=owner).reference)
            locked_at = time.time()  # from here on the bank refuses; telling the processes counts as part of it
            merchant_keys.lock_key(merchant_id=merchant_id)
            print(locked_at)
        case "unlock":
            merchant_keys.unlock_key(merchant_id=merchant_id)
            print(time.time())


# --- What sealing costs ---


def costs(merchant_id: int) -> dict[str, Any]:
    """Values a second, sealed and opened, beside the library's own field in the same run."""
    from encrypted_model_fields.fields import EncryptedTextField

    from shoppers.models import Shopper
    from vault import keyring, opened
    from vault.sealed import Sealed

    opened.listeners.clear()  # what writing each opening down costs is the audit trail's figure, not this one's
    field = Shopper._meta.get_field("email")
    bare = EncryptedTextField()
    shopper = Shopper(merchant_id=merchant_id, email="ann.example@example.com")
    token = field.pre_save(shopper, True).token
    bare_token = bare.get_db_prep_save("ann.example@example.com", connection=None)

    def seal() -> None:
        shopper.email = "ann.example@example.com"
        field.pre_save(shopper, True)

    def unseal() -> None:
        shopper.__dict__["email"] = Sealed(token)
        _ = shopper.email

    rates = per_s(
        seal, unseal, lambda: bare.get_db_prep_save("ann.example@example.com", connection=None), lambda: bare.from_db_value(bare_token),
        lambda: keyring.require_open(merchant_id),
    )  # fmt: skip
    names = ("seal_per_s", "unseal_per_s", "reference_seal_per_s", "reference_unseal_per_s", "require_open_per_s")
    found = dict(zip(names, map(round, rates), strict=True))
    return {
        **found, "seal_ratio": round(found["seal_per_s"] / found["reference_seal_per_s"], 2),
        "unseal_ratio": round(found["unseal_per_s"] / found["reference_unseal_per_s"], 2),
    }  # fmt: skip


def per_s(*works: Callable[[], object]) -> list[float]:
    """Each piece of work at its best; they take turns, so that a busy machine is busy for all of them."""
    best = [float("inf")] * len(works)
    for _ in range(ROUNDS):
        for at, work in enumerate(works):
            started = time.perf_counter()
            for _ in range(VALUES):
                work()
            best[at] = min(best[at], time.perf_counter() - started)
    return [VALUES / taken for taken in best]


if __name__ == "__main__":
    main()
