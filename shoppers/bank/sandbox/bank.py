"""The sandbox's bank: who gave which consent, and which tokens open it. Kept in one file, as a restart must not end a consent."""

from __future__ import annotations

import json
import secrets
import threading
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from shoppers.bank.sandbox.customers import CUSTOMERS, events_of

TOKEN_LIFE = timedelta(minutes=30)
CODE_LIFE = timedelta(minutes=10)
PAGE = 200
INSTITUTION = "Sandbox Bank"
Told = dict[str, Any]


class Refused(Exception):
    """A call that is answered with this status."""

    def __init__(self, status: int, error: str) -> None:
        super().__init__(error)
        self.status = status


@dataclass
class Faults:
    """How the bank misbehaves. fail_times calls are answered with fail_status; repeat_pages: each page brings the one before again;
    stuck: a page leads to itself."""

    delay_s: float = 0.0
    fail_status: int = 0
    fail_times: int = 0
    retry_after_s: float = 0.0
    repeat_pages: bool = False
    stuck: bool = False


@dataclass
class Bank:
    """file: where consents are kept; nowhere for tests. extra: events that a test or a person added, by customer."""

    file: Path | None = None
    consents: dict[str, Told] = field(default_factory=dict)
    extra: dict[str, list[Told]] = field(default_factory=dict)
    faults: Faults = field(default_factory=Faults)
    today: date | None = None
    calls: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._lock = threading.RLock()
        if self.file and self.file.exists():
            known = json.loads(self.file.read_text("utf-8"))
            self.consents, self.extra = known["consents"], known["extra"]

    def begin(self, asked: Told) -> Told:
        consent_id = f"sbc_{secrets.token_urlsafe(12)}"
        self._keep(
            consent_id,
            {"state": asked["state"], "return_url": asked["return_url"], "ends_at": asked["ends_at"], "status": "waiting"},
        )
        return {"consent": consent_id}

    def waiting(self, consent_id: str) -> Told:
        consent = self.consents.get(consent_id)
        if consent is None or consent["status"] != "waiting":
            raise Refused(404, "there is no such request")
        return consent

    def answer(self, consent_id: str, customer: str) -> str:
        """The owner's answer at the bank: where the browser goes next. customer: empty where they refused."""
        with self._lock:
            consent = self.waiting(consent_id)
            back = f"{consent['return_url']}?state={consent['state']}"
            if customer not in CUSTOMERS:
                self._keep(consent_id, {**consent, "status": "refused"})
                return f"{back}&error=access_denied"
            code = secrets.token_urlsafe(24)
            self._keep(
                consent_id, {**consent, "status": "given", "customer": customer, "code": code, "code_until": _later(CODE_LIFE)}
            )
            return f"{back}&code={code}"

    def exchange(self, asked: Told) -> Told:
        with self._lock:
            consent_id = self._having(code=asked["code"])
            consent = self.consents[consent_id]
            self._keep(consent_id, {**consent, "code": None})  # taken once, whatever follows
            if consent["code_until"] < _now():
                raise Refused(403, "the code is too old")
            return {**self._new_tokens(consent_id), "institution": INSTITUTION, "consent_ends_at": consent["ends_at"]}

    def refresh(self, asked: Told) -> Told:
        """New tokens. The one before stays good until the new one was used, so that an answer that got lost locks nobody out."""
        with self._lock:
            for name in ("refresh", "old_refresh"):
                for consent_id, consent in self.consents.items():
                    if consent.get(name) and secrets.compare_digest(consent[name], asked["refresh_token"]):
                        return self._new_tokens(self._in_force(consent_id))
        raise Refused(403, "this refresh token is not known")

    def accounts(self, access_token: str) -> Told:
        customer = self._opened(access_token)
        now = _now()
        return {
            "accounts": [
                {
                    "id": f"{customer}-{key}",
                    "masked_number": number,
                    "kind": kind,
                    "currency": "USD",
                    "balance_cents": cents,
                    "balance_at": now,
                }
                for key, (number, kind, cents) in CUSTOMERS[customer].accounts.items()
            ]
        }

    def transactions(self, access_token: str, cursor: str, count: int = PAGE) -> Told:
        customer = self._opened(access_token)
        after = _place(cursor)
        today = self.today or datetime.now(UTC).date()
        events = [*events_of(customer, after=after, today=today), *self._extra_events(customer, after, today)]
        if self.faults.repeat_pages and after > (0, 0):
            before = [*events_of(customer, after=(after[0] - 20, 0), today=today)]
            events = [*_last(before, after, count), *events]
        page = events[:count]
        place = page[-1][0] if page else after
        return {
            "written": [event["written"] for _, event in page if "written" in event],
            "removed": [event["removed"] for _, event in page if "removed" in event],
            "cursor": cursor if self.faults.stuck else f"{place[0]}.{place[1]}",
            "has_more": len(events) > count or self.faults.stuck,
        }

    def revoke(self, consent_id: str) -> Told:
        with self._lock:
            if consent_id in self.consents:
                self._keep(consent_id, {"status": "revoked"})
        return {}

    def misbehave(self, asked: Told) -> Told:
        self.faults = Faults(**asked)
        return {}

    def add_events(self, asked: Told) -> Told:
        """Something happens at a customer's accounts that their usual days do not have."""
        with self._lock:
            day = (self.today or datetime.now(UTC).date()).toordinal()
            known = self.extra.setdefault(asked["customer"], [])
            known += [{"day": day, "event": event} for event in asked["events"]]
            self._save()
        return {}

    # --- Inside ---

    def _extra_events(self, customer: str, after: tuple[int, int], today: date) -> list[tuple[tuple[int, int], Told]]:
        rows = [((row["day"], 1_000 + number), row["event"]) for number, row in enumerate(self.extra.get(customer, []))]
        return [row for row in rows if after < row[0] and row[0][0] <= today.toordinal()]

    def _having(self, **fact: str) -> str:
        [(name, value)] = fact.items()
        for consent_id, consent in self.consents.items():
            if consent.get(name) and secrets.compare_digest(consent[name], value):
                return consent_id
        raise Refused(403, f"this {name} is not known")

    def _opened(self, access_token: str) -> str:
        with self._lock:
            try:
                consent = self.consents[self._having(access=access_token)]
            except Refused:
                raise Refused(401, "this token is over") from None
            if consent["access_until"] < _now():
                raise Refused(401, "this token is over")
            consent.pop("old_refresh", None)
            return str(self.consents[self._in_force(self._having(access=access_token))]["customer"])

    def _in_force(self, consent_id: str) -> str:
        consent = self.consents[consent_id]
        if consent["status"] != "given" or consent["ends_at"] < _now():
            raise Refused(403, "the consent is over")
        return consent_id

    def _new_tokens(self, consent_id: str) -> Told:
        consent, ends_at = self.consents[consent_id], _later(TOKEN_LIFE)
        access, refresh = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        more = {"old_refresh": consent["refresh"]} if consent.get("refresh") else {}
        self._keep(consent_id, {**consent, **more, "access": access, "access_until": ends_at, "refresh": refresh})
        return {"access_token": access, "refresh_token": refresh, "ends_at": ends_at}

    def _keep(self, consent_id: str, consent: Told) -> None:
        with self._lock:
            self.consents[consent_id] = consent
            self._save()

    def _save(self) -> None:
        if self.file:
            text = json.dumps({"consents": self.consents, "extra": self.extra})
            new = self.file.with_suffix(".new")
            new.touch(mode=0o600)
            new.write_text(text, "utf-8")
            new.replace(self.file)


def _last(before: list[tuple[tuple[int, int], Told]], after: tuple[int, int], count: int) -> list[tuple[tuple[int, int], Told]]:
    """What the page before ended with: at most half a page, so that the row goes on."""
    return [row for row in before if row[0] <= after][-(count // 2) :]


def _place(cursor: str) -> tuple[int, int]:
    try:
        day, number = cursor.split(".") if cursor else ("0", "0")
        return int(day), int(number)
    except ValueError:
        raise Refused(400, "this cursor is none of ours") from None


def _now() -> str:
    return datetime.now(UTC).isoformat()


def _later(by: timedelta) -> str:
    return (datetime.now(UTC) + by).isoformat()
