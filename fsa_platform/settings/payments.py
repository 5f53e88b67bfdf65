"""The card network, clearing, disputes and what payment pages speak."""

from __future__ import annotations

from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from checkout.network.profiles import PROFILES
from fsa_platform.settings.base import BASE_DIR, DATA_DIR, IS_TEST, PORT, env
from fsa_platform.settings.servers import WITHOUT_SERVERS

# --- Card network -------------------------------------------------------------------------------------------------
ACQUIRER_HOST: str = env.str("ACQUIRER_HOST", "127.0.0.1")
ACQUIRER_PORT: int = env.int("ACQUIRER_PORT", PORT + 83)
ACQUIRER_STATUS_PORT: int = env.int("ACQUIRER_STATUS_PORT", PORT + 84)
ACQUIRER_TIMEOUT_S: float = env.float("ACQUIRER_TIMEOUT_S", 8.0)
ACQUIRER_CONNECTIONS: int = env.int("ACQUIRER_CONNECTIONS", 2)  # of each process; a further one is opened when all are in use
ACQUIRER_MAX_IN_FLIGHT: int = env.int("ACQUIRER_MAX_IN_FLIGHT", 256)  # of each process; above it a sale is told to try again
ACQUIRER_PROFILE: str = env.str(
    "ACQUIRER_PROFILE", "sandbox"
)  # whose ways the near end has: a row of checkout/network/profiles.py
if ACQUIRER_PROFILE not in PROFILES:
    raise ImproperlyConfigured(f"ACQUIRER_PROFILE is “{ACQUIRER_PROFILE}”: it must be one of {', '.join(PROFILES)}.")
CLEARING_DIR: Path = Path(env.str("CLEARING_DIR", str(DATA_DIR / "clearing")))  # where the acquirer lays its daily files
CLEARING_LATE_DAYS: int = env.int("CLEARING_LATE_DAYS", 3)  # over a weekend no file may come
DISPUTES_LATE_DAYS: int = env.int("DISPUTES_LATE_DAYS", 7)
DISPUTES_DIR: Path = Path(
    env.str("DISPUTES_DIR", str(DATA_DIR / "disputes"))
)  # its dispute messages, and our answers under answers/
DISPUTE_FEE_CENTS: int = env.int(
    "DISPUTE_FEE_CENTS", 1500
)  # what a dispute costs the merchant, won or lost; retrievals cost nothing
if DISPUTE_FEE_CENTS < 0:
    raise ImproperlyConfigured("DISPUTE_FEE_CENTS is below 0.")
# The first list of which first digits belong to which network and kind of account; in production your acquirer's. Later ones are imported.
CARD_BINS_FILE: Path = Path(env.str("CARD_BINS_FILE", str(BASE_DIR / "checkout" / "data" / "card_bins.csv")))
# How often a process looks whether the ranges changed, should it not be told; 0: it never asks and serves the file's.
CARD_BINS_POLL_S: float = env.float("CARD_BINS_POLL_S", 0 if IS_TEST or WITHOUT_SERVERS else 5)
CARD_BINS_STALE_DAYS: int = env.int("CARD_BINS_STALE_DAYS", 35)  # acquirers send a list each month; a few days of grace
MAX_DECLINES_A_SESSION: int = env.int("MAX_DECLINES_A_SESSION", 10)  # a shopper has not so many cards; a thief has
INTEGRITY_CHECKS = [
    "checkout.disputes.integrity.CHECKS",
    "pos_monitor.sales.integrity.CHECKS",
    "sales.counting.integrity.CHECKS",
    "treasury.integrity.CHECKS",
]  # of other rooms, run with checkout's
SALE_LEGS = 4  # of one payment at most: two benefit cards, one of them once more for a letter, and an ordinary card
SALE_STEP_S = 4.0  # of each: to find room and a connection, and to write down what was said
# A sale still running after this lost its process: each leg in turn has timed out by then.
SALE_DEADLINE_S: float = SALE_LEGS * (ACQUIRER_TIMEOUT_S + SALE_STEP_S)
CARD_TOKEN_TTL_MINUTES = 15

# --- Payment pages ------------------------------------------------------------------------------------------------
# After how long an open sale is told to be left; the shopper who asked for a reminder gets it then.
ABANDONED_AFTER_MINUTES: int = env.int("ABANDONED_AFTER_MINUTES", 60)
# What payment pages speak, the first to whoever asks for none of them. A language here needs its catalogue below locale/.
CHECKOUT_LANGUAGES: list[str] = env.list("CHECKOUT_LANGUAGES", default=["en", "es"])
