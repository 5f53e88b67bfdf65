"""What the page of disputes shows, ready for its templates."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from typing import Any

from django.http import HttpResponse

from eligibility.models import DisputeFile, EligibilityDispute
from eligibility.taxonomy import taxonomy


def dispute_rows(disputes: Iterable[EligibilityDispute]) -> list[dict[str, Any]]:
    return [
        {
            "id": dispute.public_id, "title": dispute.title, "brand": dispute.brand, "gtin": dispute.gtin, "claim": dispute.claim_status,
            "before": dispute.status_before, "after": dispute.status_after, "state": dispute.state, "outcome": dispute.outcome,
            "opened_at": dispute.opened_at, "answered_at": dispute.answered_at,
        }
        for dispute in disputes
    ]  # fmt: skip


def dispute_page(dispute: EligibilityDispute) -> dict[str, Any]:
    category = taxonomy().by_code.get(dispute.category_after)
    return {
        "dispute": dispute_rows([dispute])[0], "evidence": str(dispute.evidence), "links": dispute.links, "files": list(dispute.files.all()),
        "answer": dispute.answer, "category": category.name if category else dispute.category_after,
    }  # fmt: skip


def file_answer(file: DisputeFile) -> HttpResponse:
    response = HttpResponse(base64.b64decode(str(file.content)), content_type=file.content_type)
    response["Content-Disposition"] = f'attachment; filename="{file.title.encode("ascii", "replace").decode()}"'
    response["Cache-Control"] = "no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response
