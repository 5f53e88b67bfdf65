"""What runs beside us and what we call: database, Redis and Celery, others’ addresses."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from fsa_platform.beat import CELERY_BEAT_SCHEDULE as CELERY_BEAT_SCHEDULE
from fsa_platform.settings.base import IS_TEST, env

# --- Database -----------------------------------------------------------------------------------------------------
WITHOUT_SERVERS: bool = env.bool("FSA_WITHOUT_SERVERS", False) and "DATABASE_URL" not in env.ENVIRON
if WITHOUT_SERVERS:
    DATABASES: dict[str, Any] = {"default": {"ENGINE": "django.db.backends.dummy"}}
else:
    DATABASES = {"default": env.db("DATABASE_URL")}
    DATABASES["default"]["ENGINE"] = "common.postgres"  # writes the audit trail as a transaction's last statement
    DATABASES["default"]["CONN_MAX_AGE"] = 0  # the pool below keeps connections; a thread must not
    DATABASES["default"].setdefault("OPTIONS", {})
    # Values travel beside the statement, and a statement seen three times is planned once for the connection's life.
    DATABASES["default"]["OPTIONS"] |= {"server_side_binding": True, "prepare_threshold": 3}
    DATABASE_POOL_SIZE: int = env.int("DATABASE_POOL_SIZE", 0 if IS_TEST else 16)
    if DATABASE_POOL_SIZE:
        DATABASES["default"]["OPTIONS"]["pool"] = {
            "min_size": 1,
            "max_size": DATABASE_POOL_SIZE,
            "timeout": env.int("DATABASE_POOL_TIMEOUT_S", 10),
        }
    elif not IS_TEST:  # a process with one thread, such as a forked worker's, keeps one connection and looks whether it lives
        DATABASES["default"] |= {"CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": True}
        CELERY_DB_REUSE_MAX = 1_000  # tasks; else Celery would connect anew for each
# Hosts of database and Redis that are reached over a network of nobody else's, so that the link needs no TLS.
TRUSTED_LINKS: list[str] = env.list("TRUSTED_LINKS", default=[])
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Redis and Celery ---------------------------------------------------------------------------------------------
REDIS_URL: str = env.str("REDIS_URL", "redis://127.0.0.1:6379/0")
REDIS_TIMEOUT_S = 0.25  # rate limits and caches do without Redis rather than make a sale wait
# What allauth counts (sign-ins, codes) must hold without Redis, and is little.
# Above the limit Django drops a third by name, used codes and counts first: nobody may get there by asking much.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "common_cache", "OPTIONS": {"MAX_ENTRIES": 10_000_000},
    }
}  # fmt: skip
CHANNEL_LAYERS = {"default": {"BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer", "CONFIG": {"hosts": [REDIS_URL]}}}
CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://").replace("?db=", "?virtual_host=")  # as Celery spells it
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 3600, "socket_timeout": None}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_ROUTES = {
    "webhooks.*": {"queue": "webhooks"},  # a worker of its own: it calls strangers and waits for them
    "eligibility.redecide_products": {
        "queue": "catalogue"
    },  # a worker of its own, at the lowest priority: hours of work that can wait
    "eligibility.run_catalogue_job": {"queue": "catalogue"},
    "eligibility.watch_lists": {"queue": "catalogue"},
    "eligibility.tell_of_lists": {"queue": "catalogue"},
    "eligibility.write_of_changes": {"queue": "catalogue"},
    "eligibility.bring_list": {"queue": "catalogue"},
    "eligibility.pull_feed": {"queue": "catalogue"},
    "eligibility.run_catalogue_deed": {"queue": "catalogue"},
    "shoppers.refresh_consent": {"queue": "webhooks"},  # it waits for others as they do
    "shoppers.tell_provider": {"queue": "webhooks"},
    "pos_monitor.try_alert_rule": {"queue": "catalogue"},  # minutes of work that can wait
    "pos_monitor.*": {"queue": "telemetry"},  # compaction, notices, commands of tills
    "rules.judge_part": {"queue": "rules"},  # workers of their own, as many as there are cores to spare
}
WORKER_IN_BACKGROUND: bool = env.bool(
    "WORKER_IN_BACKGROUND", False
)  # this worker runs only while nobody else wants the processor
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False

# --- Calls to addresses that others wrote down --------------------------------------------------------------------
# Private networks that may be called in spite of it, such as 127.0.0.0/8 on a developer's own machine.
OUTGOING_MAY_REACH: list[str] = env.list("OUTGOING_MAY_REACH", default=[])
for written in OUTGOING_MAY_REACH:
    try:
        ip_network(written)
    except ValueError as error:
        raise ImproperlyConfigured(
            f"OUTGOING_MAY_REACH has “{written}”: write networks like 10.1.0.0/16, with commas."
        ) from error
