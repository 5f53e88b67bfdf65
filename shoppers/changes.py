"""Whom something changed for: a row for each person, written by the database itself, so that no service can forget it.

The room above that keeps what is known of a person reads these rows and deletes what it has dealt with. Nothing else is kept here.
"""

from __future__ import annotations

from collections.abc import Sequence

import pgtrigger
from django.db import models

ACCOUNT = "row.account_id"
WRITE = "INSERT INTO shoppers_personchange (account_id, at, reason) SELECT DISTINCT {whose}, now(), '{reason}' FROM {rows}; RETURN NULL;"


class PersonChange(models.Model):
    """Something of a person changed: their benefit accounts, bank data or claims. Several rows of one person are one thing to do.

    It is written with the change's own transaction: who sees the row sees the change.
    """

    # Without the database's own check: while an account is deleted, what hangs on it goes first and is told of here.
    account = models.ForeignKey("shoppers.ShopperAccount", on_delete=models.CASCADE, db_constraint=False, related_name="changes")
    at = models.DateTimeField(help_text="When the change's transaction began.")
    reason = models.CharField(max_length=20, help_text="What changed: benefit, consent, bank or claim.")

    class Meta:
        app_label = "shoppers"

    def __str__(self) -> str:
        return f"{self.reason} of {self.account_id}"


def tells_of_changes(reason: str, *, columns: Sequence[str], whose: str = ACCOUNT) -> list[pgtrigger.Trigger]:
    """Triggers that write a `PersonChange` for each person whose rows a statement added, deleted or changed in these columns.

    whose: the person's account, as SQL over `row`. They fire once for a statement, however many rows it writes, and hold
    for `bulk_create`, `update` and raw SQL.
    """
    old, new = (", ".join(f"{row}.{column}" for column in columns) for row in ("before", "row"))
    changed = f"new_rows AS row JOIN old_rows AS before USING (id) WHERE ({new}) IS DISTINCT FROM ({old})"
    return [
        _trigger("added", pgtrigger.Insert, {"new": "new_rows"}, reason, whose, "new_rows AS row"),
        _trigger("changed", pgtrigger.Update, {"old": "old_rows", "new": "new_rows"}, reason, whose, changed),
        _trigger("deleted", pgtrigger.Delete, {"old": "old_rows"}, reason, whose, "old_rows AS row"),
    ]


def _trigger(
    verb: str, operation: pgtrigger.Operation, tables: dict[str, str], reason: str, whose: str, rows: str
) -> pgtrigger.Trigger:
    return pgtrigger.Trigger(
        name=f"tell_{reason}_{verb}", level=pgtrigger.Statement, when=pgtrigger.After, operation=operation,
        referencing=pgtrigger.Referencing(**tables),  # type: ignore[no-untyped-call]
        func=WRITE.format(whose=whose, reason=reason, rows=rows),
    )  # fmt: skip
