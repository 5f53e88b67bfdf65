"""What an evidence file holds: one section for each question that auditors ask, with the meaning of each column."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from allauth.mfa.models import Authenticator
from axes.models import AccessAttempt, AccessFailureLog
from django.conf import settings
from django.db.models import Count, Max, Q

from compliance.evidence.releases import releases
from compliance.models import AccessDecision, Finding, RestoreDrill
from merchants.models import ApiKey, Member
from people.models import User
from vault.audit.models import AuditEntry

Row = dict[str, Any]
KEY_ACTIONS = ("merchant_key.", "custody.", "vault.", "keyring.", "data_key.", "bank_key.")
SCRIPT_ACTIONS = ("script_inventory.", "page_scripts.", "csp.")


@dataclass(frozen=True, slots=True)
class Period:
    """since <= moment < until, both in UTC."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Section:
    """columns: name -> (JSON type, meaning). rows: makes them, oldest first."""

    name: str
    answers: str
    columns: Mapping[str, tuple[str, str]]
    rows: Callable[[Period, bool], Iterable[Row]]

    def schema(self) -> Row:
        """JSON Schema (2020-12) of the section's `.json` file."""
        properties = {
            name: {"type": [kind, "null"] if kind != "boolean" else ["boolean", "null"], "description": meaning}
            for name, (kind, meaning) in self.columns.items()
        }
        return {
            "$schema": "https://json-schema.org/draft/2020-12/schema", "title": self.name, "description": self.answers, "type": "array",
            "items": {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False},
        }  # fmt: skip


def stamp(moment: datetime | None) -> str | None:
    """ISO 8601 in UTC, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None


def _people(period: Period, with_emails: bool) -> Iterator[Row]:
    factors = dict(Authenticator.objects.values_list("user").annotate(kinds=Count("pk")))
    for user in User.objects.prefetch_related("groups").order_by("pk").iterator(chunk_size=500):
        row = {
            "person_id": user.public_id, "is_active": user.is_active, "is_staff": user.is_staff, "is_superuser": user.is_superuser,
            "staff_roles": " ".join(sorted(group.name for group in user.groups.all())), "has_second_factor": user.pk in factors,
            "last_sign_in_at": stamp(user.last_login), "since": stamp(user.date_joined),
            "email": str(user.email) if with_emails else None,
        }  # fmt: skip
        yield row


def _members(period: Period, with_emails: bool) -> Iterator[Row]:
    for member in Member.objects.select_related("user", "merchant").order_by("pk").iterator(chunk_size=500):
        yield {
            "person_id": member.user.public_id, "merchant_id": member.merchant.public_id, "role": member.role, "since": stamp(member.created_at),
            "is_active": member.user.is_active and member.merchant.is_active,
        }  # fmt: skip


def _keys(period: Period, with_emails: bool) -> Iterator[Row]:
    for key in ApiKey.objects.select_related("merchant").order_by("pk").iterator(chunk_size=500):
        yield {
            "key_id": key.public_id, "merchant_id": key.merchant.public_id, "kind": key.kind, "last4": key.last4,
            "created_at": stamp(key.created_at), "last_used_at": stamp(key.last_used_at), "revoked_at": stamp(key.revoked_at),
        }  # fmt: skip


def _entries(condition: Q) -> Callable[[Period, bool], Iterator[Row]]:
    def rows(period: Period, with_emails: bool) -> Iterator[Row]:
        found = AuditEntry.objects.filter(condition, at__gte=period.since, at__lt=period.until).order_by(
            "at", "chain", "sequence"
        )
        for entry in found.iterator(chunk_size=1000):
            yield {
                "at": stamp(entry.at), "actor_kind": entry.actor_kind, "actor_id": entry.actor_id, "actor_role": entry.actor_role,
                "action": entry.action, "subject": entry.subject, "subject_id": entry.subject_id, "fields": " ".join(entry.fields),
                "reason": entry.reason, "request_id": entry.request_id, "chain": entry.chain, "sequence": entry.sequence,
                "seal": bytes(entry.seal).hex(),
            }  # fmt: skip

    return rows


def _starting_with(prefixes: Iterable[str]) -> Q:
    condition = Q(pk__in=[])
    for prefix in prefixes:
        condition |= Q(action__startswith=prefix)
    return condition


def _findings(period: Period, with_emails: bool) -> Iterator[Row]:
    found = (
        Finding.objects.filter(created_at__lt=period.until)
        .select_related("owner", "approver")
        .prefetch_related("events", "evidence")
    )
    for finding in found.order_by("pk"):
        yield {
            "finding_id": finding.public_id, "external_id": finding.external_id, "title": finding.title, "framework": finding.framework,
            "control_id": finding.control_id, "severity": finding.severity, "state": finding.state, "due_on": finding.due_on.isoformat(),
            "is_overdue": finding.is_overdue, "owner_id": finding.owner.public_id if finding.owner else None,
            "risk_accepted_by": finding.approver.public_id if finding.approver else None, "created_at": stamp(finding.created_at),
            "history": " | ".join(f"{stamp(event.at)} {event.step} → {event.to_state}" for event in finding.events.all()),
            "evidence": " ".join(one.url or one.sha256 for one in finding.evidence.all()),
        }  # fmt: skip


def _drills(period: Period, with_emails: bool) -> Iterator[Row]:
    for drill in RestoreDrill.objects.filter(started_at__gte=period.since, started_at__lt=period.until).order_by("pk"):
        yield {
            "drill_id": drill.public_id, "started_at": stamp(drill.started_at), "duration_s": drill.duration_s, "backup": drill.backup,
            "performed_by": drill.performed_by, "method": drill.method, "result": drill.result,
            "checks": " | ".join(f"{check['name']}: {'passed' if check['passed'] else 'FAILED'}" for check in drill.checks), "note": drill.note,
        }  # fmt: skip


def _decisions(period: Period, with_emails: bool) -> Iterator[Row]:
    found = AccessDecision.objects.filter(at__gte=period.since, at__lt=period.until).select_related("line__review", "reviewer")
    for decision in found.order_by("pk"):
        yield {
            "review_id": decision.line.review.public_id, "at": stamp(decision.at), "kind": decision.line.kind, "subject_id": decision.line.subject_id,
            "merchant_id": decision.line.merchant_public_id, "role": decision.line.role, "verdict": decision.verdict,
            "reviewer_id": decision.reviewer.public_id, "note": decision.note,
        }  # fmt: skip


def _sign_ins(period: Period, with_emails: bool) -> Iterator[Row]:
    """Counts by day and account; what was typed where no account was found stays out, since it may be a password."""
    known = set(User.objects.values_list("public_id", flat=True))
    failures = AccessFailureLog.objects.filter(attempt_time__gte=period.since, attempt_time__lt=period.until)
    days: dict[tuple[str, str], list[int]] = {}
    for failure in failures.values("username", "attempt_time", "locked_out").iterator(chunk_size=1000):
        name = failure["username"] if failure["username"] in known else "unknown account"
        counts = days.setdefault((failure["attempt_time"].date().isoformat(), name), [0, 0])
        counts[0] += 1
        counts[1] += bool(failure["locked_out"])
    held = AccessAttempt.objects.filter(failures_since_start__gte=settings.AXES_FAILURE_LIMIT)
    locked_now = set(held.values_list("username").annotate(last=Max("attempt_time")).values_list("username", flat=True))
    for (day, name), (count, locked) in sorted(days.items()):
        yield {"day": day, "person_id": name, "failed": count, "refused_as_locked": locked, "is_locked_now": name in locked_now}


def _releases(period: Period, with_emails: bool) -> Iterable[Row]:
    return releases(period.since, period.until)


TEXT, NUMBER, FLAG = "string", "integer", "boolean"
ENTRY = {
    "at": (TEXT, "when, UTC"), "actor_kind": (TEXT, "user, api_key, page, system, anonymous"), "actor_id": (TEXT, "who, by public id"),
    "actor_role": (TEXT, "their role then"), "action": (TEXT, "what was done"), "subject": (TEXT, "to what kind of thing"),
    "subject_id": (TEXT, "to which"), "fields": (TEXT, "names of the fields, with spaces between"), "reason": (TEXT, "why, where one was asked for"),
    "request_id": (TEXT, "the request that did it"), "chain": (NUMBER, "chain of the audit trail"), "sequence": (NUMBER, "place in the chain"),
    "seal": (TEXT, "HMAC-SHA256 of the entry, hex; `manage.py verify_audit` checks the chains"),
}  # fmt: skip
SECTIONS = (
    Section("people", "Who can sign in, with which role and second factor?", {
        "person_id": (TEXT, "usr_…"), "is_active": (FLAG, "may sign in"), "is_staff": (FLAG, "works for the platform"), "is_superuser": (FLAG, "holds every staff role"),
        "staff_roles": (TEXT, "with spaces between"), "has_second_factor": (FLAG, "has set up a second factor"), "last_sign_in_at": (TEXT, "UTC, or null"),
        "since": (TEXT, "UTC"), "email": (TEXT, "null unless the export was asked to hold addresses")}, _people),
    Section("memberships", "Who works for which merchant?", {
        "person_id": (TEXT, "usr_…"), "merchant_id": (TEXT, "mer_…"), "role": (TEXT, "owner, admin, developer, accountant, viewer"),
        "since": (TEXT, "UTC"), "is_active": (FLAG, "person and merchant are both active")}, _members),
    Section("api_keys", "Which keys open the API, and when were they last used?", {
        "key_id": (TEXT, "key_…"), "merchant_id": (TEXT, "mer_…"), "kind": (TEXT, "secret, publishable, restricted"), "last4": (TEXT, "its end"),
        "created_at": (TEXT, "UTC"), "last_used_at": (TEXT, "UTC, to the minute, or null"), "revoked_at": (TEXT, "UTC, or null while it works")}, _keys),
    Section("releases", "What was changed in the software?", {
        "at": (TEXT, "when it was committed, UTC"), "commit": (TEXT, "its id"), "subject": (TEXT, "what it says")}, _releases),
    Section("admin_changes", "What did staff change by hand?", ENTRY, _entries(Q(actor_kind="user") & ~Q(action__endswith=".read"))),
    Section("key_events", "What happened to encryption keys?", ENTRY, _entries(_starting_with(KEY_ACTIONS))),
    Section("script_checks", "Were the payment page’s scripts and headers checked?", ENTRY, _entries(_starting_with(SCRIPT_ACTIONS))),
    Section("sensitive_reads", "Who read personal data, or this evidence?", ENTRY, _entries(Q(action__endswith=".read") | Q(action="evidence.exported"))),
    Section("findings", "What did auditors find, and what became of it?", {
        "finding_id": (TEXT, "fnd_…"), "external_id": (TEXT, "the auditor's own"), "title": (TEXT, ""), "framework": (TEXT, ""), "control_id": (TEXT, ""),
        "severity": (TEXT, "critical, high, medium, low, note"), "state": (TEXT, "open, in_progress, remediated, verified, closed, accepted_risk"),
        "due_on": (TEXT, "date"), "is_overdue": (FLAG, "not settled by its date, today"), "owner_id": (TEXT, "usr_…"), "risk_accepted_by": (TEXT, "usr_…"),
        "created_at": (TEXT, "UTC"), "history": (TEXT, "time, step, state"), "evidence": (TEXT, "links and SHA-256 of files")}, _findings),
    Section("access_reviews", "Was access reviewed, and what was decided?", {
        "review_id": (TEXT, "arv_…"), "at": (TEXT, "UTC"), "kind": (TEXT, "staff, member, api_key"), "subject_id": (TEXT, "usr_… or key_…"),
        "merchant_id": (TEXT, "mer_…, or empty"), "role": (TEXT, "as the review opened"), "verdict": (TEXT, "confirmed, remove"), "reviewer_id": (TEXT, "usr_…"),
        "note": (TEXT, "")}, _decisions),
    Section("restore_drills", "Can backups be restored?", {
        "drill_id": (TEXT, "drl_…"), "started_at": (TEXT, "UTC"), "duration_s": (NUMBER, "seconds"), "backup": (TEXT, "which"), "performed_by": (TEXT, "who"),
        "method": (TEXT, "how"), "result": (TEXT, "passed, failed"), "checks": (TEXT, "each with its result"), "note": (TEXT, "")}, _drills),
    Section("failed_sign_ins", "Who guessed passwords, and was locked out?", {
        "day": (TEXT, "UTC"), "person_id": (TEXT, "usr_…, or “unknown account”"), "failed": (NUMBER, "wrong tries"),
        "refused_as_locked": (NUMBER, "tries that met a lock-out"), "is_locked_now": (FLAG, "at the time of the export")}, _sign_ins),
)  # fmt: skip
