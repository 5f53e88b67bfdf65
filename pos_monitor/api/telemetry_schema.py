"""How the API's description tells of `POST /v1/telemetry`, which stands in front of Django and so is no view that drf-spectacular would find.

The fields and their bounds are those of `wire.report.Report`, which is what reads them; only their meaning is written here.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from common.errors import PlatformError
from pos_monitor.receiving.doors import HTTP_PATH
from pos_monitor.receiving.errors import (
    ReportsEncodingUnknown,
    ReportsNotNow,
    ReportsRefused,
    ReportsTooMany,
    ReportsUnreadable,
    TerminalCertificateWrong,
    TerminalTokenInvalid,
)
from pos_monitor.wire.report import Report
from pos_monitor.wire.schema import MOST_BYTES, MOST_LISTED, MOST_REPORTS

SINCE_LAST: Final = "since the last report"
MEANING: Final = {
    "boot": "Grows with each start of the device; kept on its disk. With `seq` it names the report for ever: repeats are harmless.",
    "seq": "Grows by one with each report of a boot; the first is 1, and 0 is taken too.",
    "v": "Version of these fields.",
    "at": "When it was true: Unix time in ms, by the device's own clock. Left out or unbelievable: ours counts.",
    "battery_percent": "In %.",
    "charging": "Left out by devices without a battery.",
    "signal_dbm": "Of the network's signal, in dBm.",
    "network": "By which network it is connected.",
    "latency_ms": "Of its last call to us, in ms.",
    "memory_free_percent": "In %.",
    "storage_free_percent": "In %.",
    "temperature_c": "Of the board, in °C.",
    "printer": "The state of its printer.",
    "tamper": "The case was opened, or a sensor says so.",
    "latitude": "In degrees; kept to a hundredth.",
    "longitude": "In degrees; kept to a hundredth.",
    "firmware": "Its version.",
    "app": "Version of the application on it.",
    "reader_errors": f"Card reads that failed {SINCE_LAST}.",
    "sales_ok": f"Sales that went through {SINCE_LAST}.",
    "sales_failed": f"Sales that failed {SINCE_LAST}.",
    "offline_queue": "Sales that wait in the device now.",
    "api_errors": f"Online stores: calls to us that failed {SINCE_LAST}.",
    "webhook_failures": f"Online stores: our webhooks that could not be taken {SINCE_LAST}.",
    "visits": f"Online stores: checkouts begun {SINCE_LAST}.",
    "orders": f"Online stores: checkouts paid {SINCE_LAST}.",
    "urgent": "Somebody must know: never merged with another report, under any load.",
    "stored": "It waited in the device before it could be sent.",
    "going_down": "Switched off on purpose: its silence is no alarm.",
    "events": "What happened, in words: texts or objects, 2,000 bytes of them at most.",
    "command_results": "What came of commands: `received` before you act, then `done` or `failed`.",
}
RESULT: Final = {
    "type": "object", "required": ["id", "state"],
    "properties": {
        "id": {"type": "string"}, "state": {"type": "string", "enum": ["received", "done", "failed"]}, "message": {"type": "string"},
    },
}  # fmt: skip
ITEMS: Final[dict[str, Any]] = {"events": {"anyOf": [{"type": "string"}, {"type": "object"}]}, "command_results": RESULT}
WHOLE: Final = {"type": "integer", "minimum": 0}
FAULT: Final = {
    "type": "object", "description": "What is wrong with one report.", "required": ["index", "code", "message", "param", "refused"],
    "properties": {
        "index": {**WHOLE, "description": "Of the report in what was sent, from 0."},
        "code": {"type": "string", "description": "Stable: write your code against it."},
        "message": {"type": "string"},
        "param": {"type": "string", "nullable": True, "description": "The field it is about."},
        "refused": {
            "type": "boolean",
            "description": "true: the report was not taken, and never will be. false: it was, without this value or with its nearest bound.",
        },
        "boot": WHOLE, "seq": WHOLE,
    },
}  # fmt: skip
ORDER: Final = {
    "type": "object", "description": "A command that waits for this terminal.", "required": ["id", "kind", "parameters", "expires_at_ms"],
    "properties": {
        "id": {"type": "string"}, "kind": {"type": "string"}, "parameters": {"type": "object", "additionalProperties": {}},
        "expires_at_ms": {**WHOLE, "description": "Unix time in ms: after it, do nothing and answer `failed`."},
    },
}  # fmt: skip


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


ANSWER: Final = {
    "type": "object", "required": ["accepted", "refused", "ack", "faults", "commands"],
    "properties": {
        "accepted": {**WHOLE, "description": "Reports that are on our disk."},
        "refused": {**WHOLE, "description": "Reports that were not taken: see `faults`."},
        "ack": {
            "type": "object", "required": ["boot", "seq"], "properties": {"boot": WHOLE, "seq": WHOLE},
            "description": "The last report that was taken.",
        },
        "faults": {"type": "array", "items": _ref("TelemetryFault")},
        "commands": {"type": "array", "items": _ref("TelemetryCommand")},
    },
}  # fmt: skip
REFUSAL: Final = {
    "allOf": [
        _ref("ErrorResponse"),
        {
            "type": "object",
            "properties": {
                "error": {"type": "object", "properties": {"faults": {"type": "array", "items": _ref("TelemetryFault")}}}
            },
        },
    ]
}
MESSAGE: Final = {
    "description": f"One report, or a list of at most {MOST_REPORTS}.",
    "anyOf": [_ref("TelemetryReport"), {"type": "array", "items": _ref("TelemetryReport"), "minItems": 1, "maxItems": MOST_REPORTS}],
}  # fmt: skip
SCHEMAS: Final[dict[str, Any]] = {
    "TelemetryFault": FAULT, "TelemetryCommand": ORDER, "TelemetryAnswer": ANSWER, "TelemetryRefusal": REFUSAL, "TelemetryMessage": MESSAGE,
}  # fmt: skip
ONE: Final = {
    "v": 1, "boot": 17, "seq": 4211, "at": 1_795_000_000_000, "battery_percent": 86, "charging": False, "signal_dbm": -71, "network": "4g",
    "latency_ms": 120, "printer": "ok", "firmware": "4.2.1", "sales_ok": 3,
}  # fmt: skip
EXAMPLES: Final = {
    "one": {"summary": "One report", "value": ONE},
    "batch": {
        "summary": "What waited while there was no network",
        "value": [{**ONE, "stored": True}, {"boot": 17, "seq": 4212, "urgent": True, "events": ["network_back"]}],
    },
}


def add_telemetry(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """A postprocessing hook of drf-spectacular: the operation, and the schemas that it needs."""
    components = result["components"]["schemas"]
    components.update({"TelemetryReport": _report(), **SCHEMAS})
    result["components"]["schemas"] = dict(sorted(components.items()))
    result["paths"][HTTP_PATH] = {"post": _operation()}
    result["paths"] = dict(sorted(result["paths"].items()))
    return result


def _operation() -> dict[str, Any]:
    gzip = "How the body is packed; left out: not at all."
    return {
        "operationId": "devices_report", "tags": ["devices"], "summary": "Report how a terminal is",
        "description": (
            f"One report or a list of at most {MOST_REPORTS}, and at most {MOST_BYTES:,} bytes, unpacked. The answer comes once the reports are on "
            "our disk; until then keep them. What is wrong with one report of a list does not touch the others. Fields that are not listed "
            "here are kept beside the report, so that newer firmware is understood."
        ),
        "parameters": [
            {"in": "header", "name": "Content-Encoding", "schema": {"type": "string", "enum": ["identity", "gzip"]}, "description": gzip}
        ],
        "requestBody": {"required": True, "content": {"application/json": {"schema": _ref("TelemetryMessage"), "examples": EXAMPLES}}},
        "security": [{"terminalToken": []}],
        "responses": {
            "200": _answer("TelemetryAnswer", "What was taken, what was wrong, and what the terminal is to do."),
            "400": _answer("TelemetryRefusal", _why(ReportsUnreadable, ReportsRefused)),
            "401": _answer("ErrorResponse", _why(TerminalTokenInvalid, TerminalCertificateWrong)),
            "413": _answer("ErrorResponse", f"`body_too_large`: more than {MOST_BYTES:,} bytes, unpacked. Send fewer reports at a time."),
            "415": _answer("ErrorResponse", _why(ReportsEncodingUnknown)),
            "429": _answer("ErrorResponse", _why(ReportsTooMany), waits=True),
            "503": _answer("ErrorResponse", _why(ReportsNotNow), waits=True),
            "default": _answer("ErrorResponse", "A refusal."),
        },
    }  # fmt: skip


def _why(*errors: type[PlatformError]) -> str:
    return " ".join(f"`{error.code}`: {' '.join((error.__doc__ or '').split())}" for error in errors)


def _answer(schema: str, description: str, *, waits: bool = False) -> dict[str, Any]:
    answer: dict[str, Any] = {"description": description, "content": {"application/json": {"schema": _ref(schema)}}}
    if waits:
        retry = {
            "description": "In s: then send the same reports again.",
            "required": True,
            "schema": {"type": "integer", "minimum": 1},
        }
        answer["headers"] = {"Retry-After": retry}
    return answer


def _report() -> dict[str, Any]:
    """`Report` as OpenAPI has it. Defaults stand for “said nothing” on the wire, so they are not told."""
    _, components = msgspec.json.schema_components([Report])
    fields = {name: _field(name, shape) for name, shape in components["Report"]["properties"].items()}
    required = components["Report"]["required"]
    description = "`boot` and `seq` must be there. What a device does not know it leaves out."
    return {"type": "object", "description": description, "required": required, "properties": fields}


def _field(name: str, shape: dict[str, Any]) -> dict[str, Any]:
    shape = next(
        (one for one in shape.get("anyOf", []) if one != {"type": "null"}), shape
    )  # a null is passed over, so none is asked for
    shape = {key: value for key, value in shape.items() if key != "default"}
    if "enum" in shape:
        shape["enum"] = [value for value in shape["enum"] if value != ""]
        shape["type"] = "integer" if name == "v" else "string"
    if name in ITEMS:
        shape = {"type": "array", "items": ITEMS[name], "maxItems": MOST_LISTED}
    return shape | {"description": MEANING[name]}
