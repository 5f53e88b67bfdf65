"""The way to a merchant's own push service: one signed HTTPS call, as webhooks are made and signed.

POST <url>   webhook-id, webhook-timestamp, webhook-signature
{"type": "push", "id": "psh_…", "customer": "cus_…", "rule": "rule_…", "title", "body", "url",
 "devices": [{"id": "pdv_…", "platform": "ios", "token": "…"}]}
-> 2xx, and optionally {"gone": ["pdv_…"]} for devices that take nothing any more
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from typing import Final

from common.outgoing import AddressForbidden, CallFailed, call
from rules.push.port import Note, PushUnsure, Sent, Target
from webhooks.signing import signed_headers

TIMEOUT_S: Final = 8.0  # a worker waits meanwhile
NEVER_ARRIVED: Final = frozenset({"dns", "connect", "tls"})  # kinds of failure before anything was sent


class HttpsPush:
    name = "https"

    def __init__(self, *, url: str, secret: str) -> None:
        self.url, self.secret = url, secret

    def send(self, note: Note, targets: Sequence[Target]) -> Sent:
        body = json.dumps(_message(note, targets), separators=(",", ":")).encode()
        headers = signed_headers(secrets=[self.secret], message_id=note.id, timestamp=int(time.time()), body=body)
        try:
            answer = call(
                "POST", self.url, data=body, headers={**headers, "Content-Type": "application/json"}, timeout_s=TIMEOUT_S
            )
        except AddressForbidden as refusal:
            return Sent(is_taken=False, note=refusal.message)
        except CallFailed as failure:
            if failure.kind in NEVER_ARRIVED:
                return Sent(is_taken=False, note=str(failure))
            raise PushUnsure(str(failure)) from failure
        return Sent(is_taken=200 <= answer.status < 300, note=f"Answered {answer.status}.", gone=_gone(answer.body, targets))


def _message(note: Note, targets: Sequence[Target]) -> dict[str, object]:
    return {
        "type": "push", "id": note.id, "customer": note.customer, "rule": note.rule, "title": note.title, "body": note.body,
        "url": note.url, "devices": [{"id": one.device, "platform": one.platform, "token": one.token} for one in targets],
    }  # fmt: skip


def _gone(body: bytes, targets: Sequence[Target]) -> list[str]:
    """Only devices of this call: a service says nothing about others."""
    try:
        told = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        return []
    named = told.get("gone") if isinstance(told, dict) else None
    return [target.device for target in targets if isinstance(named, list) and target.device in named]
