"""What a checkout needs before Django starts: secrets of its own, a database and Redis when none are given."""

from __future__ import annotations

import json
import os
import secrets
import threading
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from pathlib import Path

from fsa_platform import embedded
from fsa_platform.running import accepts, running_environment
from vault.custody.local.server import CustodianServer
from vault.custody.local.store import KeyStore, StoreUnusable

BASE_DIR = Path(__file__).resolve().parent.parent

TELEMETRY_REDIS_FOLDER = "telemetry"

# These work on files or on the network alone; starting servers for them would waste a second.
COMMANDS_WITHOUT_SERVERS = frozenset(
    {"help", "version", "--help", "--version", "collectstatic", "export_encoder", "train_eligibility",
     "evaluate_eligibility", "sandbox_acquirer", "check", "authorise_scripts", "sandbox_custodian",
     "sandbox_bank", "sandbox_bank_data", "sandbox_list_publisher", "up"}
)  # fmt: skip

# These touch no merchant's keys, and may run many at a time.
COMMANDS_WITHOUT_CUSTODIAN = frozenset({"receive", "telemetry_engine", "mqtt_bridge", "mqtt_passwords"})


class BootstrapError(Exception):
    """The platform cannot start; the message is one sentence that says what would fix it."""


def data_dir() -> Path:
    """The folder that holds everything a running checkout writes (`FSA_DATA_DIR`, else `.run`)."""
    return Path(os.environ.get("FSA_DATA_DIR") or BASE_DIR / ".run").resolve()


def ensure_data_dir() -> Path:
    folder = data_dir()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "static").mkdir(exist_ok=True)
        (folder / ".writable").touch()
    except OSError as error:
        raise BootstrapError(
            f"The data folder {folder} cannot be written ({error.strerror}): make it writable, or set FSA_DATA_DIR to another."
        ) from error
    return folder


def ensure_secrets() -> None:
    """Give this checkout keys of its own, made once and kept beside its data, unless the environment brings them.

    Outside the sandbox nothing is made up: a production start without its secrets must fail.
    """
    if os.environ.get("FSA_ENVIRONMENT", "sandbox") != "sandbox":
        return
    path = ensure_data_dir() / "secrets.json"
    try:
        known = json.loads(path.read_text()) if path.exists() else {}
    except (ValueError, OSError) as error:
        raise BootstrapError(
            f"{path} cannot be read ({error}): restore it from a backup, or remove the folder {path.parent} to start anew."
        ) from error
    made = {
        "SECRET_KEY": known.get("SECRET_KEY") or secrets.token_urlsafe(50),
        "FIELD_ENCRYPTION_KEY": known.get("FIELD_ENCRYPTION_KEY") or urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "CUSTODIAN_TOKEN": known.get("CUSTODIAN_TOKEN") or secrets.token_urlsafe(32),
        "CUSTODIAN_BANK_TOKEN": known.get("CUSTODIAN_BANK_TOKEN") or secrets.token_urlsafe(32),
    }
    if made != known:
        path.touch(mode=0o600)
        path.write_text(json.dumps(made, indent=1))
    for name, value in made.items():
        os.environ.setdefault(name, value)


def ensure_servers() -> None:
    """Start (or join) the embedded PostgreSQL and Redis of this checkout where no address is given."""
    try:
        if not os.environ.get("DATABASE_URL"):
            os.environ["DATABASE_URL"] = embedded.ensure_postgres(ensure_data_dir() / "postgres")
        if not os.environ.get("REDIS_URL"):
            os.environ["REDIS_URL"] = embedded.ensure_redis(ensure_data_dir() / "redis")
            folder = ensure_data_dir() / TELEMETRY_REDIS_FOLDER
            os.environ.setdefault("TELEMETRY_REDIS_URL", embedded.ensure_redis(folder, settings=embedded.TELEMETRY_REDIS))
    except embedded.EmbeddedServerError as error:
        raise BootstrapError(str(error)) from error


def join_running() -> None:
    """Beside a running platform, use its port and its keeper of keys where the environment names no others."""
    if os.environ.get("FSA_ENVIRONMENT", "sandbox") == "sandbox":
        for name, value in running_environment(data_dir()).items():
            os.environ.setdefault(name, value)


def ensure_custodian() -> None:
    """In a sandbox without one running, keep the keys in this process for as long as it lives.

    `up` runs the custodian as a process of its own and says where (`CUSTODIAN_URL`, see `join_running`).
    """
    given = {"CUSTODIAN_URL", "CUSTODIAN"} & set(os.environ)
    port = _port() + 85
    if given or os.environ.get("FSA_ENVIRONMENT", "sandbox") != "sandbox" or accepts(port):
        return
    try:
        server = CustodianServer(
            store=KeyStore(data_dir() / "custodian"), platform_token=os.environ["CUSTODIAN_TOKEN"],
            bank_token=os.environ["CUSTODIAN_BANK_TOKEN"],
        )  # fmt: skip
    except StoreUnusable as error:
        raise BootstrapError(str(error)) from error
    threading.Thread(target=server.serve, name="custodian", daemon=True).start()
    os.environ["CUSTODIAN_URL"] = server.url


def _port() -> int:
    try:
        return int(os.environ.get("PORT") or 8000)
    except ValueError:
        raise BootstrapError(f"PORT is “{os.environ['PORT']}”: it must be a whole number, such as 8000.") from None


def prepare(argv: Sequence[str]) -> None:
    """Fill the environment for one management command."""
    command = argv[1] if len(argv) > 1 else "help"
    ensure_secrets()
    if command in COMMANDS_WITHOUT_SERVERS or "--help" in argv:
        os.environ.setdefault("FSA_WITHOUT_SERVERS", "1")
    else:
        ensure_servers()
        join_running()
        if command not in COMMANDS_WITHOUT_CUSTODIAN:
            ensure_custodian()
