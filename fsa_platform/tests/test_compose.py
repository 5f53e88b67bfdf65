"""docker-compose.yml is linted here, for want of a Docker engine: schema, pins, secrets, health, volumes, names."""

from __future__ import annotations

import hashlib
import json
import re
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = ROOT / "infra" / "compose-spec.schema.json"
ONE_SHOT = {"migrate"}  # ends by itself; the others wait for its success instead of its health
PINNED = re.compile(r"[\w./-]+:v?\d+\.\d+(\.\d+)?(-[\w.]+)*")
REQUIRED = re.compile(r"\$\{[A-Z_]+:\?[^}]+\}")
IS_SECRET = re.compile(r"PASSWORD|SECRET|ENCRYPTION_KEY|TOKEN:")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return dict(yaml.safe_load((ROOT / "docker-compose.yml").read_text()))


@pytest.fixture(scope="module")
def validator() -> Draft202012Validator:
    return Draft202012Validator(json.loads(SCHEMA.read_text()))


def platform_services(compose: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {name: service for name, service in compose["services"].items() if "build" in service}


def read_by_settings() -> set[str]:
    """The names that the settings read from the environment."""
    files = (ROOT / "fsa_platform" / "settings").glob("*.py")
    return {name for file in files for name in re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', file.read_text())}


def test_the_file_fits_the_compose_schema(compose, validator):
    assert [error.message for error in validator.iter_errors(compose)] == []


@pytest.mark.parametrize(
    ("key", "value"), [("restarts", "always"), ("enviroment", {}), ("healthcheck", {"tset": ["CMD", "true"]}), ("ports", "8000")]
)
def test_a_service_with_an_unknown_key_or_a_wrong_value_is_refused(compose, validator, key, value):
    broken = deepcopy(compose)

    broken["services"]["web"][key] = value

    assert not validator.is_valid(broken)


def test_the_schema_is_the_one_that_its_note_names():
    digest = hashlib.sha256(SCHEMA.read_bytes()).hexdigest()

    assert digest in (ROOT / "infra" / "README.md").read_text()


def test_every_process_of_the_platform_is_there(compose):
    assert set(compose["services"]) == {
        "migrate",
        "web",
        "worker",
        "webhooks",
        "catalogue",
        "rules",
        "beat",
        "telemetry",
        "telemetry-engine",
        "receive",
        "mqtt-bridge",
        "mosquitto",
        "acquirer",
        "custodian",
        "postgres",
        "pgbouncer",
        "redis",
        "telemetry-redis",
    }
    assert compose["services"]["acquirer"]["profiles"] == compose["services"]["custodian"]["profiles"] == ["sandbox"]


def test_every_image_is_pinned_to_a_version(compose):
    images = [service["image"] for service in compose["services"].values()]
    images += re.findall(r"^FROM (\S+)", (ROOT / "infra" / "Dockerfile").read_text(), re.MULTILINE)

    assert [image for image in images if not PINNED.fullmatch(image)] == []


def test_no_secret_has_a_default(compose):
    lines = [line for line in (ROOT / "docker-compose.yml").read_text().splitlines() if not line.lstrip().startswith("#")]
    written = [line for line in lines if IS_SECRET.search(line)]

    assert len(written) == 11
    assert [line for line in written if not REQUIRED.search(line)] == []


def test_workers_that_fork_reach_the_database_by_a_pooler_that_lends_by_transaction(compose):
    rules, pooler = compose["services"]["rules"]["environment"], compose["services"]["pgbouncer"]["environment"]

    assert f"@pgbouncer:{pooler['LISTEN_PORT']}/{pooler['DB_NAME']}" in rules["DATABASE_URL"]
    assert rules["DATABASE_POOL_SIZE"] == "0"
    assert (pooler["POOL_MODE"], pooler["AUTH_TYPE"]) == ("transaction", "scram-sha-256")
    assert pooler["MAX_PREPARED_STATEMENTS"] > 0  # or prepare_threshold would break behind it


def test_only_they_do_because_others_hold_locks_of_their_session(compose):
    urls = {name: (one.get("environment") or {}).get("DATABASE_URL", "") for name, one in compose["services"].items()}

    assert [name for name, url in urls.items() if "pgbouncer" in url] == ["rules"]


def test_the_sandbox_acquirer_gets_no_key_and_no_way_to_the_database(compose):
    acquirer = compose["services"]["acquirer"]

    assert acquirer["environment"] == {"FSA_ENVIRONMENT": "sandbox"}
    assert acquirer["networks"] == ["outside"]


def test_the_custodian_gets_its_two_credentials_and_nothing_of_the_platforms(compose):
    custodian, worker = compose["services"]["custodian"], compose["services"]["worker"]

    assert set(custodian["environment"]) == {"FSA_ENVIRONMENT", "CUSTODIAN_TOKEN", "CUSTODIAN_BANK_TOKEN"}
    assert custodian["networks"] == ["inside"]
    assert "CUSTODIAN_BANK_TOKEN" not in worker["environment"]
    assert "CUSTODIAN_BANK_TOKEN" in compose["services"]["web"]["environment"]


def test_every_service_says_whether_it_is_well(compose):
    without = {name for name, service in compose["services"].items() if "healthcheck" not in service}

    assert without == ONE_SHOT


def test_settings_reads_every_name_that_is_set_for_it(compose):
    known = read_by_settings()

    assert {"SECRET_KEY", "DATABASE_URL", "ACQUIRER_PORT"} <= known
    for name, service in platform_services(compose).items():
        assert set(service["environment"]) <= known, name


def test_every_volume_in_use_is_declared_and_the_other_way_round(compose):
    used = {
        volume.split(":")[0]
        for service in compose["services"].values()
        for volume in service.get("volumes", [])
        if not volume.startswith("./")
    }  # fmt: skip

    assert used == set(compose["volumes"])


def test_only_doors_are_reached_from_outside_and_only_from_this_machine(compose):
    published = {name: service["ports"] for name, service in compose["services"].items() if "ports" in service}

    assert published == {
        "web": ["127.0.0.1:${PORT:-8000}:8000"],
        "receive": ["127.0.0.1:${RECEIVE_PORT:-8001}:8001"],
        "mosquitto": ["127.0.0.1:${MQTT_PUBLISHED_PORT:-1883}:1883"],
    }


def test_reports_are_on_the_disk_before_they_are_acknowledged(compose):
    command = compose["services"]["telemetry-redis"]["command"]

    assert command[command.index("--appendfsync") + 1] == "always"
    assert command[command.index("--maxmemory-policy") + 1] == "noeviction"


def test_the_broker_lets_nobody_in_without_a_password_and_reads_the_files_that_are_there(compose):
    folder = ROOT / "infra" / "mosquitto"
    conf = (folder / "mosquitto.conf").read_text() + (folder / "shared" / "limits.conf").read_text()

    assert "allow_anonymous false" in conf
    assert {"./infra/mosquitto:/mosquitto/config:ro", "mqtt:/mqtt:ro"} == set(compose["services"]["mosquitto"]["volumes"])
    for named in ("acl", "shared", "run.sh"):
        assert (folder / named).exists()
    assert "pattern write pos/%u/up" in (folder / "acl").read_text()


def test_the_image_is_built_from_files_that_exist(compose):
    for service in platform_services(compose).values():
        build = service["build"]
        assert (ROOT / build["context"] / build["dockerfile"]).is_file()
        assert service["image"] == "fsa-platform:0.1.0"


def test_containers_can_neither_write_to_their_image_nor_gain_rights(compose):
    for name, service in platform_services(compose).items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
