"""What happened at a till lately, the newest first: as its reports tell, its faults, its versions, what was sent to it, and what people did."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Q
from django.utils import timezone

from merchants.models import ApiKey, Member
from people.models import User
from pos_monitor.history import read
from pos_monitor.history.copying import time_of
from pos_monitor.history.happenings import FIELDS, happenings
from pos_monitor.models import Alert, CommandDelivery, Terminal, VersionChange
from vault.audit.models import AuditEntry

DAY_MS: Final = 86_400_000
LATELY: Final = timedelta(days=30)
MOST: Final = 60
TONES: Final = {"warn": "warn", "fault": "fault", "good": "good"}
DELIVERY_TONES: Final = {CommandDelivery.State.DONE: "good", CommandDelivery.State.FAILED: "fault", CommandDelivery.State.EXPIRED: "warn"}  # fmt: skip
# Verb of the audit trail -> what it says to the merchant. What is not here stands elsewhere in the story, or is nobody's news.
DEEDS: Final = {
    "created": "Registered", "changed": "Changed", "moved": "Moved", "enrolment_code_made": "Enrolment code made", "enrolled": "Enrolled",
    "token_rotated": "New token", "token_revoked": "Tokens revoked",
}  # fmt: skip
FIELD_WORDS: Final = {
    "store": "shop", "label": "name", "report_every_s": "how often it reports", "sim_iccid": "SIM", "network_operator": "network operator",
}  # fmt: skip
Step = dict[str, Any]  # as templates/components/timeline.html shows it: at, title, text, tone


def story_of(till: Terminal) -> list[Step]:
    since = timezone.now() - LATELY
    found = [
        *_reported(till),
        *_faults(till, since),
        *_versions(till, since),
        *_commands(till, since),
        *_deeds(till, since),
    ]
    return sorted(found, key=lambda step: step["at"], reverse=True)[:MOST]


def _step(at: datetime, title: str, text: str = "", tone: str = "") -> Step:
    return {"at": at, "title": title, "text": text, "tone": tone}


def _reported(till: Terminal) -> Iterator[Step]:
    """Of the last day, by its reports. Versions are told for longer, of what is kept about them."""
    now = round(time.time() * 1000)
    for one in happenings(read.reports(till.pk, now - DAY_MS, now + 1000, FIELDS), till.report_every_s):
        if one.kind != "version":
            yield _step(time_of(one.at_ms), one.words, tone=TONES.get(one.tone, ""))


def _faults(till: Terminal, since: datetime) -> Iterator[Step]:
    alerts = Alert.objects.filter(terminal=till, rule__tells_merchant=True, opened_at__gte=since).select_related("rule")
    for alert in alerts.order_by("-opened_at")[:MOST]:
        yield _step(alert.began_at, alert.rule.name, "Fault", "fault" if alert.severity > 2 else "warn")
        if alert.resolved_at:
            yield _step(alert.resolved_at, alert.rule.name, "Over", "good")


def _versions(till: Terminal, since: datetime) -> Iterator[Step]:
    for change in VersionChange.objects.filter(terminal=till, at__gte=since)[:MOST]:
        yield _step(change.at, f"{change.get_software_display()} changed", f"{change.before} → {change.after}")


def _commands(till: Terminal, since: datetime) -> Iterator[Step]:
    sent = CommandDelivery.objects.filter(terminal=till, command__created_at__gte=since).select_related("command")
    for one in sent[:MOST]:
        what = one.command.get_kind_display()
        yield _step(one.command.created_at, f"Command: {what}")
        if one.ended_at:
            said = f": {one.message}" if one.message else ""
            tone = DELIVERY_TONES.get(CommandDelivery.State(one.state), "")
            yield _step(one.ended_at, f"{what}: {one.get_state_display().lower()}", f"It said{said}" if said else "", tone)


def _deeds(till: Terminal, since: datetime) -> Iterator[Step]:
    verbs = Q(action__in=[f"terminal.{verb}" for verb in DEEDS])
    rows = AuditEntry.objects.filter(
        verbs, merchant_id=till.merchant_id, subject="pos_monitor.Terminal", subject_id=till.public_id, at__gte=since
    )
    entries = list(rows.order_by("-pk")[:MOST])
    names = _names(till.merchant_id, {entry.actor_id for entry in entries if entry.actor_kind in {"user", "api_key"}})
    for entry in entries:
        verb = entry.action.partition(".")[2]
        by = names.get(entry.actor_id, "our support") if entry.actor_kind == "user" else names.get(entry.actor_id, "")
        yield _step(entry.at, _deed(verb, entry), f"By {by}" if by else "")


def _deed(verb: str, entry: AuditEntry) -> str:
    if verb == "moved":
        state = str(entry.details.get("to", ""))
        return f"State: {Terminal.State(state).label.lower()}" if state in Terminal.State.values else DEEDS[verb]
    if verb == "changed" and entry.fields:
        return f"Changed: {', '.join(FIELD_WORDS.get(name, name) for name in entry.fields)}"
    return DEEDS[verb]


def _names(merchant: int, ids: set[str]) -> dict[str, str]:
    """Of the merchant's own people and keys. Whoever else it was is not named to them."""
    people = User.objects.filter(public_id__in=ids, pk__in=Member.objects.filter(merchant=merchant).values("user"))
    keys = ApiKey.objects.filter(merchant=merchant, public_id__in=ids)
    return {one.public_id: one.get_full_name() or one.get_username() for one in people} | {
        one.public_id: f"the API key ending {one.last4}" for one in keys
    }
