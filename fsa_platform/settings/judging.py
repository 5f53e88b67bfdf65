"""How items and shoppers are judged: the classifier, bank data, rules."""

from __future__ import annotations

from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from fsa_platform.settings.base import BASE_DIR, DATA_DIR, IS_SANDBOX, IS_TEST, PORT, env
from fsa_platform.settings.servers import WITHOUT_SERVERS

# --- Eligibility --------------------------------------------------------------------------------------------------
ENCODER_DIR: Path = Path(env.str("ENCODER_DIR", str(BASE_DIR / ".cache" / "encoder")))
ENCODER_THREADS: int = env.int("ENCODER_THREADS", 1)
CATALOGUE_FILES_KEPT_DAYS: int = env.int("CATALOGUE_FILES_KEPT_DAYS", 30)  # rows of merchants' files, with what came of them
# Where files of eligible-product lists lie while they are worked on.
LISTS_DIR: Path = Path(env.str("LISTS_DIR", str(DATA_DIR / "lists")))
FEED_MAX_BYTES: int = env.int("FEED_MAX_BYTES", 200_000_000)  # of a catalogue that is fetched, as it comes and unpacked
ENCODER_LOAD_AT_START: bool = env.bool("ENCODER_LOAD_AT_START", False)
# Where trained models lie, file by file under their SHA-256: one folder for all machines.
MODEL_STORE_DIR: Path = Path(env.str("MODEL_STORE_DIR", str(DATA_DIR / "models")))
# How often a process looks which model is live, should it not be told; 0: it never asks and serves the release's own model.
MODEL_POLL_S: float = env.float("MODEL_POLL_S", 0 if IS_TEST or WITHOUT_SERVERS else 2)
MODEL_GOLDEN_FILE: Path = Path(env.str("MODEL_GOLDEN_FILE", str(BASE_DIR / "eligibility" / "data" / "golden.csv")))
SHADOW_SHARE: float = env.float("SHADOW_SHARE", 1.0)  # of the calls on live traffic that the shadow model judges as well
if not 0 <= SHADOW_SHARE <= 1:
    raise ImproperlyConfigured(f"SHADOW_SHARE is {SHADOW_SHARE}: it must be from 0 to 1.")
# Entries of at most 50 judged items that wait to be counted; beyond it they are dropped, and counted as dropped.
JUDGED_MAX_WAITING: int = env.int("JUDGED_MAX_WAITING", 10_000)

# --- The sandbox's publisher of an eligible-product list -----------------------------------------------------------
LIST_PUBLISHER_PORT: int = env.int("LIST_PUBLISHER_PORT", PORT + 87)
LIST_PUBLISHER_SFTP_PORT: int = env.int("LIST_PUBLISHER_SFTP_PORT", PORT + 89)
LIST_PUBLISHER_ITEMS: int = env.int("LIST_PUBLISHER_ITEMS", 4_000)  # of the list that `up` publishes; 0: it starts no publisher

# --- Bank data that shoppers let us read --------------------------------------------------------------------------
# Which provider's adapter reads it; empty: linking a bank is not offered. The sandbox's bank is a process of its own.
BANK_DATA: str = env.str("BANK_DATA", "sandbox" if IS_SANDBOX else "")
if BANK_DATA not in {"", "sandbox"} or (BANK_DATA and not IS_SANDBOX):
    raise ImproperlyConfigured(f"BANK_DATA is “{BANK_DATA}”: it must be empty, or in a sandbox “sandbox”.")
BANK_DATA_URL: str = env.str("BANK_DATA_URL", f"http://127.0.0.1:{PORT + 86}").rstrip("/")

# --- Rules --------------------------------------------------------------------------------------------------------
RULES_TIME_ZONE: str = env.str("RULES_TIME_ZONE", "America/New_York")  # whose day “today” is in rules, and whose night it is
# Where rule files lie, for all machines: empty for a folder of the data folder, else a path, or s3://bucket/prefix.
RULES_STORE: str = env.str("RULES_STORE", "")
# How often a process looks which rules are in force, should it not be told; 0: it looks whenever it needs them.
RULES_POLL_S: float = env.float("RULES_POLL_S", 0 if IS_TEST or WITHOUT_SERVERS else 2)
# The hours of that zone between which the nightly run starts, and by the end of which it must be done.
RULES_NIGHT_HOURS: list[int] = [int(hour) for hour in env.list("RULES_NIGHT_HOURS", default=["1", "6"])]
if len(RULES_NIGHT_HOURS) != 2 or not 0 <= RULES_NIGHT_HOURS[0] < RULES_NIGHT_HOURS[1] <= 24:
    raise ImproperlyConfigured(f"RULES_NIGHT_HOURS is {RULES_NIGHT_HOURS}: give two hours of one day, such as 1,6.")

METRICS_TOKEN: str = env.str("METRICS_TOKEN", "")  # what a monitor shows for /metrics; empty: nobody may look
# How long a ranker of learned relevance that was switched off may still count in some process; 0: each feed looks.
RULES_RANKER_POLL_S: float = env.float("RULES_RANKER_POLL_S", 0 if IS_TEST else 2)
