"""What terminals answer to commands, taken into the ledger by the engine, in the transaction that stores the report.

In a report: `"command_results": [{"id": "cmd_…", "state": "received" | "done" | "failed", "message": "…"}]`. A terminal says “received”
before it acts (a reboot ends its memory) and “done” or “failed” afterwards. Answers may come twice, late, and in any order.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

STATES: Final = {"received": 2, "done": 3, "failed": 4}
MESSAGE_CHARS: Final = 300

# The best known answer counts: a later state replaces an earlier one, never the reverse; of what had expired or was cancelled the truth is
# told. Rows are locked in one order, as a cancellation locks them.
APPLY_SQL: Final = """
    WITH answer AS (
        SELECT DISTINCT ON (number, command) number, command, state, message, to_timestamp(epoch) AS at
        FROM unnest(%s::bigint[], %s::text[], %s::smallint[], %s::text[], %s::float8[]) AS raw(number, command, state, message, epoch)
        ORDER BY number, command, state DESC, epoch),
    due AS MATERIALIZED (
        SELECT d.id, a.state, a.message, a.at,
               CASE WHEN c.kind = 'update_configuration' AND a.state = 3 THEN (c.parameters #>> '{settings,report_every_s}')::smallint END AS every
        FROM answer a JOIN pos_monitor_command c ON c.public_id = a.command
        JOIN pos_monitor_commanddelivery d ON d.command_id = c.id AND d.terminal_id = a.number
        WHERE d.state < 3 AND d.state < a.state OR d.state IN (5, 6) AND a.state > 2
        ORDER BY d.id FOR NO KEY UPDATE OF d)
    UPDATE pos_monitor_commanddelivery d
    SET state = due.state, is_waiting = false, message = CASE WHEN due.message <> '' THEN due.message ELSE d.message END,
        sent_at = coalesce(d.sent_at, due.at), received_at = coalesce(d.received_at, due.at), ended_at = CASE WHEN due.state > 2 THEN due.at END
    FROM due WHERE d.id = due.id
    RETURNING d.terminal_id, due.every
"""
PACE_SQL: Final = """
    UPDATE pos_monitor_terminal t SET report_every_s = p.every
    FROM unnest(%s::bigint[], %s::smallint[]) AS p(number, every) WHERE t.id = p.number AND t.report_every_s <> p.every
"""
COMMAND_ID: Final = re.compile(r"cmd_[0-9a-z]{1,36}")
NO_TEXT: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")  # what the database or a page cannot show


def apply(cursor: Any, answers: Iterable[tuple[int, int, Any]]) -> int:
    """Write what terminals answered; returns how many deliveries changed by it. Safe to repeat.

    cursor: psycopg's or Django's, in the transaction of the reports. answers: (number of the terminal, received_ms, what stood in
    its report as `command_results`); whatever is not well formed there, or is of another terminal's command, changes nothing.
    """
    rows = [row for number, received_ms, listed in answers for row in _read(number, received_ms, listed)]
    if not rows:
        return 0
    cursor.execute(APPLY_SQL, [list(column) for column in zip(*rows, strict=True)])
    changed = cursor.fetchall()
    if paces := [(terminal, every) for terminal, every in changed if every]:
        # The terminal reports at another pace from now on: whoever waits for its reports must know, or raises an alarm.
        cursor.execute(PACE_SQL, [list(column) for column in zip(*paces, strict=True)])
    return len(changed)


def _read(number: int, received_ms: int, listed: Any) -> Iterator[tuple[int, str, int, str, float]]:
    if not isinstance(listed, list):
        return
    for said in listed:
        if not isinstance(said, dict):
            continue
        command, state, message = said.get("id"), STATES.get(str(said.get("state"))), said.get("message", "")
        if state and isinstance(command, str) and COMMAND_ID.fullmatch(command):
            text = NO_TEXT.sub("", message)[:MESSAGE_CHARS] if isinstance(message, str) else ""
            yield int(number), command, state, text, received_ms / 1000
