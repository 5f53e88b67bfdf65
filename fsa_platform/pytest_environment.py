"""A pytest plugin, loaded before Django's: gives the tests a real PostgreSQL and Redis of their own."""

from __future__ import annotations

import os

from fsa_platform import embedded
from fsa_platform.bootstrap import BASE_DIR, data_dir, ensure_data_dir, ensure_secrets

# Tests need no durability; everything else is as in a real server.
FAST_AND_LOOSE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}

os.environ.setdefault("FSA_DATA_DIR", str(BASE_DIR / ".run" / "tests"))
os.environ.setdefault("FSA_ENVIRONMENT", "sandbox")
ensure_secrets()
if not os.environ.get("DATABASE_URL"):
    os.environ["DATABASE_URL"] = embedded.ensure_postgres(ensure_data_dir() / "postgres", settings=FAST_AND_LOOSE)
if not os.environ.get("REDIS_URL") or os.environ.get(
    "FSA_TESTS_OWN_REDIS"
):  # a test process inherits what its controller set here
    # Tests that run beside each other have a database of their own in both servers; pytest-django sees to PostgreSQL's.
    number = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    os.environ["REDIS_URL"] = f"{embedded.ensure_redis(data_dir() / 'redis')}?db={number}"
    os.environ["FSA_TESTS_OWN_REDIS"] = "1"
