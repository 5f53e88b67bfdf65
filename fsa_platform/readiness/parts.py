"""Which parts is this deployment made of, and do any of them come from the sandbox?"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any, Final
from urllib.parse import SplitResult, urlsplit

from checkout.payment_pages.inventory import changed_scripts

LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
SANDBOX_HOSTS: Final = LOOPBACK | {"acquirer", ""}  # “acquirer” is its name in docker-compose.yml
TLS_MODES: Final = frozenset({"verify-ca", "verify-full"})  # “require” takes any certificate, also a thief's
MAIL_TO_NOWHERE: Final = ("filebased", "console", "locmem", "dummy")


def embedded_database(conf: Any) -> str:
    database = conf.DATABASES["default"]
    if "dummy" in database["ENGINE"]:
        return "DATABASE_URL is not set."
    host = str(database.get("HOST", ""))
    return "The database is the embedded one of a single machine." if _lies_in(host, conf.DATA_DIR) else ""


def embedded_redis(conf: Any) -> str:
    for parts in _redis_urls(conf):
        if parts.scheme == "unix" and (_lies_in(parts.path, conf.DATA_DIR) or Path(parts.path).parent.name.startswith("fsa-")):
            return "Redis is the embedded one of a single machine."
    return ""


def open_database_link(conf: Any) -> str:
    database = conf.DATABASES["default"]
    host = str(database.get("HOST", ""))
    mode = database.get("OPTIONS", {}).get("sslmode", "")
    if host and not host.startswith("/") and _is_elsewhere(host, conf) and mode not in TLS_MODES:
        return f"The link to the database at {host} is not protected (sslmode is “{mode or 'unset'}”)."
    return ""


def open_redis_link(conf: Any) -> str:
    for parts in _redis_urls(conf):
        if parts.scheme == "redis" and _is_elsewhere(parts.hostname or "", conf):
            return f"The link to Redis at {parts.hostname} is not protected."
    return ""


def _redis_urls(conf: Any) -> list[SplitResult]:
    """That of everything, and that of tills' reports where it is another."""
    return [urlsplit(url) for url in (conf.REDIS_URL, conf.TELEMETRY_REDIS_URL) if url]


def mail_to_nowhere(conf: Any) -> str:
    is_nowhere = any(f".{kind}." in conf.EMAIL_BACKEND for kind in MAIL_TO_NOWHERE)
    return f"Letters reach nobody: EMAIL_BACKEND is {conf.EMAIL_BACKEND}." if is_nowhere else ""


def local_custodian(conf: Any) -> str:
    return "The merchants' keys are kept by the sandbox's own process, which plays the bank." if conf.CUSTODIAN == "local" else ""


def sandbox_acquirer(conf: Any) -> str:
    if conf.ACQUIRER_HOST in SANDBOX_HOSTS:
        return f"ACQUIRER_HOST is “{conf.ACQUIRER_HOST}”, where the sandbox's card network listens."
    return ""


def sandbox_bins(conf: Any) -> str:
    try:
        with Path(conf.CARD_BINS_FILE).open(newline="", encoding="utf-8") as rows:
            sources = {row["source"] for row in csv.DictReader(rows)}
    except (OSError, KeyError, ValueError) as error:
        return f"CARD_BINS_FILE cannot be read ({type(error).__name__})."
    return (
        "The table of card ranges is the sandbox's: real cards would be taken for unknown, test cards for real."
        if "sandbox" in sources
        else ""
    )


def private_calls(conf: Any) -> str:
    written = ", ".join(map(str, conf.OUTGOING_MAY_REACH))
    return f"OUTGOING_MAY_REACH lets calls to merchants' addresses reach {written}." if written else ""


def scripts_changed(conf: Any) -> str:
    changed = ", ".join(script.path for script in changed_scripts())
    return f"Scripts of payment pages are not those that were authorised: {changed}." if changed else ""


def _is_elsewhere(host: str, conf: Any) -> bool:
    return host not in LOOPBACK and host not in conf.TRUSTED_LINKS


def _lies_in(path: str, folder: Path) -> bool:
    return path.startswith("/") and (Path(path).is_relative_to(folder) or "/fsa-" in path)
