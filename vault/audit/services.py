"""Writing to the audit trail: one line in whatever reads or changes personal or money data."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from django.db.models import Model

from common.transactions import before_commit
from vault.audit import reads
from vault.audit.chains import append
from vault.audit.deeds import Deed, about, content_of


def record(
    *,
    action: str,
    subject: str,
    subject_id: str,
    merchant_id: int | None = None,
    person_id: str = "",
    fields: Sequence[str] = (),
    details: Mapping[str, Any] | None = None,
    reason: str = "",
) -> None:
    """Write one entry with the caller's transaction, as the actor of the moment; see `Deed` for what the arguments mean.

    It is written if and only if the transaction commits, together with the transaction's other entries, as its last
    statement. Outside a transaction it is written at once.
    """
    record_many([Deed(action, subject, subject_id, merchant_id, person_id, fields, details or {}, reason)])


def record_about(row: Model, verb: str, **more: Any) -> None:
    """`record` for one row, whose name, id, merchant and person it takes from the row: record_about(payment, "captured")."""
    record_many([about(row, verb, **more)])


def record_many(deeds: Iterable[Deed]) -> None:
    """Write several entries, as `record` does one."""
    before_commit(_write, *(content_of(deed) for deed in deeds))


def note_read(deed: Deed) -> None:
    """Write that somebody read something (`reads.of_row`, `of_list`): with the request's or task's other reads.

    Where none is under way, as in a shell, at once.
    """
    if reads.is_gathering():
        reads.gather(deed)
    else:
        record_many([deed])


def write_reads() -> None:
    """Write what was read and is not written yet; whoever shows something calls it first, with no transaction open."""
    noted = reads.pending()
    reads.forget(noted)
    if noted:
        record_many(noted)


def _write(contents: list[dict[str, Any]]) -> Callable[[], None]:
    """Append what a transaction did, and on its way what was read before: one append is cheaper than two.

    Reads count as written once the transaction is committed; with one that fails they stay noted.
    """
    noted = reads.pending()
    append([*contents, *map(content_of, noted)])
    return partial(reads.forget, noted)
