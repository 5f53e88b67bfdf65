"""Rows and results as the API tells them."""

from __future__ import annotations

from typing import Any

from rules.feed.evaluate import Evaluation
from rules.feed.snoop import Snoop
from rules.fields.catalogue import FIELDS
from rules.fields.values import to_json
from rules.models import Customer, CustomerFeatures, PushDevice, PushService, SnoopFeedback


def render_customer(customer: Customer) -> dict[str, Any]:
    return {
        "id": customer.public_id, "kind": customer.kind, "shopper": customer.shopper.public_id if customer.shopper else None,
        "created_at": customer.created_at,
    }  # fmt: skip


def render_customer_whole(customer: Customer) -> dict[str, Any]:
    row = CustomerFeatures.objects.filter(customer=customer).first()
    known = {field.name: getattr(row, field.name) for field in FIELDS} if row else {}
    sets = {name: frozenset(value) if isinstance(value, list) else value for name, value in known.items()}
    return {**render_customer(customer), "fields_as_of": row.as_of_on if row else None, "fields": to_json(sets)}


def render_snoop(snoop: Snoop) -> dict[str, Any]:
    action = {"label": snoop.action_label or "Open", "url": snoop.action_url} if snoop.action_url else None
    return {
        "rule": snoop.rule, "slug": snoop.slug, "title": snoop.title, "body": snoop.body, "category": snoop.category,
        "priority": snoop.priority, "score": snoop.score, "action": action, "why": list(snoop.why), "position": snoop.position,
        "seen": snoop.was_seen, "judged_at": snoop.judged_at, "version": snoop.version,
    }  # fmt: skip


def render_feedback(row: SnoopFeedback) -> dict[str, Any]:
    return {
        "id": row.public_id, "customer": row.customer.public_id, "rule": row.rule.public_id, "kind": row.kind,
        "channel": row.channel, "at": row.at,
    }  # fmt: skip


def render_device(row: PushDevice) -> dict[str, Any]:
    return {
        "id": row.public_id, "customer": row.customer.public_id, "platform": row.platform, "registered_at": row.registered_at,
    }  # fmt: skip


def render_evaluation(found: Evaluation) -> dict[str, Any]:
    return {
        "rule": found.rule, "slug": found.slug, "customer": found.customer, "qualifies": found.qualifies, "score": found.score,
        "reasons": [{"condition": words, "holds": holds} for words, holds in found.reasons], "missing": list(found.missing),
        "version": found.version, "evaluated_at": found.evaluated_at, "stored": found.is_stored,
    }  # fmt: skip


def render_service(service: PushService | None) -> dict[str, Any]:
    return {"url": service.url if service else None, "changed_at": service.changed_at if service else None}
