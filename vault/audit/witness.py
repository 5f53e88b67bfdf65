"""The audit trail's ear for what the rooms below it show and change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Model

from vault.audit import reads
from vault.audit.services import note_read, record_about


class TrailWitness:
    """Writes what common's pages show and change; see `common.witness.Witness`."""

    def saw(self, row: Model, fields: Sequence[str]) -> None:
        note_read(reads.of_row(row, *fields))

    def saw_list(self, model: type[Model], count: int, filters: Mapping[str, str], merchant_id: int | None) -> None:
        note_read(reads.of_list(model, count=count, filters=filters, merchant_id=merchant_id))

    def changed(self, row: Model, verb: str, fields: Sequence[str], details: Mapping[str, Any]) -> None:
        record_about(row, verb, fields=fields, details={**details, "door": "admin"})


def note_opened(row: Model, field: str) -> None:
    """A sealed value was opened; see `vault.opened`."""
    note_read(reads.of_row(row, field))
