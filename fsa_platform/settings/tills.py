"""Terminals: what they report, what they are told, and how long it is kept."""

from __future__ import annotations

from django.core.exceptions import ImproperlyConfigured

from fsa_platform.settings.base import IS_SANDBOX, PORT, env

# Reports wait in a Redis of their own between their acknowledgement and their commit: one that writes before it answers.
TELEMETRY_REDIS_URL: str = env.str("TELEMETRY_REDIS_URL", "")  # empty: REDIS_URL
# Engines that share the fleet; a terminal’s number modulo this is its shard.
TELEMETRY_SHARDS: int = env.int("TELEMETRY_SHARDS", 1)
# Reports of one terminal, once its burst is spent.
TELEMETRY_TERMINAL_RATE_PER_S: float = env.float("TELEMETRY_TERMINAL_RATE_PER_S", 20)
# In which header the proxy says the SHA-256 of a client's certificate; empty: none is asked for.
TELEMETRY_CERTIFICATE_HEADER: str = env.str("TELEMETRY_CERTIFICATE_HEADER", "").lower()
TELEMETRY_TICK_S: float = env.float("TELEMETRY_TICK_S", 0.25)  # how often an engine stores, judges and tells screens
COMMAND_TAKES_TWO_ABOVE: int = env.int("COMMAND_TAKES_TWO_ABOVE", 100)  # terminals; a command to more waits for a second person
# Where the bridge finds the MQTT broker, and with which password; empty: there is none.
MQTT_HOST: str = env.str("MQTT_HOST", "127.0.0.1")
MQTT_PORT: int = env.int("MQTT_PORT", PORT + 88)
MQTT_BRIDGE_PASSWORD: str = env.str("MQTT_BRIDGE_PASSWORD", "")
# Where terminals find the MQTT broker, such as mqtts://mqtt.example.com:8883; empty: they are told of none.
TERMINAL_MQTT_URL: str = env.str("TERMINAL_MQTT_URL", "")
# How long history is kept: every report; summaries of five minutes; of an hour.
TELEMETRY_REPORT_DAYS: int = env.int("TELEMETRY_REPORT_DAYS", 30)
TELEMETRY_FINE_MONTHS: int = env.int("TELEMETRY_FINE_MONTHS", 3)
TELEMETRY_HOURLY_MONTHS: int = env.int("TELEMETRY_HOURLY_MONTHS", 13)
if not 1 <= TELEMETRY_REPORT_DAYS <= TELEMETRY_FINE_MONTHS * 31 <= TELEMETRY_HOURLY_MONTHS * 31:
    raise ImproperlyConfigured(
        "TELEMETRY_REPORT_DAYS, _FINE_MONTHS and _HOURLY_MONTHS: each at least as long as the one before, from a day on."
    )

# Who of support's desk is written to of incidents, escalations and their ends: shared addresses, not persons'.
FLEET_SUPPORT_EMAILS: list[str] = env.list("FLEET_SUPPORT_EMAILS", default=["support@fsa-platform.example"] if IS_SANDBOX else [])
