"""Recordings of the live API, by which the plugin's tests in PHP are answered: written with RECORD=1, compared otherwise.

What differs from run to run is exchanged for what does not: ids are numbered by their kind as they appear, times are two fixed ones.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder

FOLDER = Path(__file__).resolve().parents[3] / "integrations" / "woocommerce" / "tests" / "recordings"
ID = re.compile(r"(?<![a-z0-9])([a-z]{2,6})_([0-9a-hjkmnp-tv-z]{26,40})(?![0-9a-z])")
TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)$")
TO_COME = re.compile(r"(_until|_by|expires_at|due_at|deadline_at|ends_at|next_\w+_at)$")
PAST, FUTURE = "2026-11-24T12:00:00Z", "2099-01-01T00:00:00Z"
DAY = re.compile(r"\b20\d\d-\d\d-\d\d\b")
# Versions of the rules, and what the card network made up.
MASKED = frozenset({"taxonomy_version", "model_version", "auth_code", "etag"})
SECRET = re.compile(r"whsec_[A-Za-z0-9+/=]+")
RECEIPT = re.compile(r"/receipts?/[^/\"]+")
KEPT_HEADERS = ("retry-after", "idempotent-replayed", "etag", "cache-control")


class Recorder:
    """One story: an id has the same number in all that is recorded of it."""

    def __init__(self) -> None:
        self.numbers: dict[str, str] = {}
        self.counts: dict[str, int] = {}
        self.differing: list[str] = []

    def answer(self, name: str, response: Any) -> Any:
        """Keeps an answer with what was asked; gives the answer's body."""
        asked = response.wsgi_request
        body = json.loads(response.content) if response.content else None
        sent = getattr(response, "sent", None)
        self._keep(
            name,
            {
                "request": {"method": asked.method, "path": asked.get_full_path(), "body": sent},
                "response": {
                    "status": response.status_code,
                    "headers": {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers},
                    "body": body,
                },
            },
        )
        return body

    def event(self, name: str, event: dict[str, Any]) -> None:
        self._keep(name, {"event": json.loads(json.dumps(event, cls=DjangoJSONEncoder))})

    def _keep(self, name: str, recording: dict[str, Any]) -> None:
        text = json.dumps(self.stable(recording), indent=1, ensure_ascii=False, sort_keys=True) + "\n"
        file = FOLDER / f"{name}.json"
        if os.environ.get("RECORD") == "1":
            FOLDER.mkdir(exist_ok=True)
            file.write_text(text)
        elif not file.exists() or file.read_text() != text:
            self.differing.append(name)
            print(f"{name} is now:\n{text}")

    def stable(self, value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            return {self._text(name, ""): self.stable(part, name) for name, part in value.items()}
        if isinstance(value, list):
            return [self.stable(part, key) for part in value]
        return self._text(value, key) if isinstance(value, str) else value

    def _text(self, text: str, key: str) -> str:
        if TIME.match(text):
            return FUTURE if TO_COME.search(key) else PAST
        if key in MASKED and text:
            return "masked"
        text = SECRET.sub("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", text)
        text = RECEIPT.sub("/receipts/masked", text)
        if key == "evidence_detail":
            text = DAY.sub("2026-11-24", text)
        return ID.sub(self._number, text)

    def _number(self, found: re.Match[str]) -> str:
        whole, kind = found.group(0), found.group(1)
        if whole not in self.numbers:
            self.counts[kind] = self.counts.get(kind, 0) + 1
            self.numbers[whole] = f"{kind}_{self.counts[kind]:026d}"
        return self.numbers[whole]
