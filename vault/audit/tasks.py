from __future__ import annotations

from celery import shared_task

from vault.audit.anchors import write_anchor
from vault.audit.checks import check_trail


@shared_task(name="vault.anchor_audit_trail")
def anchor_audit_trail() -> bool:
    return write_anchor()


@shared_task(name="vault.verify_audit_trail")
def verify_audit_trail() -> int:
    return check_trail().fault_count
