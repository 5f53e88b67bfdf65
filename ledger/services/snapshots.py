"""Taking snapshots, so that a balance is read from one row and a short tail."""

from __future__ import annotations

from typing import Final

from django.db import connection, transaction

from ledger.models import BalanceSnapshot, SnapshotMark

TAIL: Final = 200  # legs of one account; a shorter tail is read faster than a snapshot is written
KEPT: Final = 2  # of each account: readers of the older one may be under way

# For each account with legs in the new stretch, all its legs since its own snapshot: few, as accounts with more get a snapshot.
TAKE: Final = """
    INSERT INTO ledger_balancesnapshot (account_id, upto_leg_id, balance_cents, taken_at)
    SELECT a.account_id, %(upto)s, coalesce(s.balance_cents, 0) + t.cents, clock_timestamp()
      FROM (SELECT DISTINCT account_id FROM ledger_leg WHERE id > %(done)s AND id <= %(upto)s) a
      LEFT JOIN LATERAL (
        SELECT balance_cents, upto_leg_id FROM ledger_balancesnapshot WHERE account_id = a.account_id
         ORDER BY upto_leg_id DESC LIMIT 1
      ) s ON true
      CROSS JOIN LATERAL (
        SELECT count(*) AS legs, coalesce(sum(amount_cents), 0) AS cents FROM ledger_leg
         WHERE account_id = a.account_id AND id > coalesce(s.upto_leg_id, 0) AND id <= %(upto)s
      ) t
     WHERE t.legs >= %(tail)s
    ON CONFLICT DO NOTHING
"""
THIN: Final = """
    DELETE FROM ledger_balancesnapshot WHERE id IN (
      SELECT id FROM (SELECT id, row_number() OVER (PARTITION BY account_id ORDER BY upto_leg_id DESC) AS nth
                        FROM ledger_balancesnapshot) ranked WHERE nth > %s)
"""


@transaction.atomic
def take_snapshots() -> int:
    """Take snapshots up to where the last call set its mark, if no older transaction can still add a leg before it, and set the next mark.

    Returns how many accounts got one. Called again and again; safe beside itself. It waits for nobody: while a long transaction runs,
    tails grow, and sums stay right.
    """
    with connection.cursor() as cursor:
        # In this order: who has written a leg up to the last one has a lower number than this transaction gets now, by taking the row.
        cursor.execute("SELECT coalesce(max(id), 0) FROM ledger_leg")
        (last_leg_id,) = cursor.fetchone()
        mark = _mark()
        cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint, pg_current_xact_id()::text::bigint")
        oldest_xid, own_xid = cursor.fetchone()
        count = 0
        if mark.next_leg_id > mark.done_leg_id:
            if oldest_xid < mark.next_xid:
                return 0
            cursor.execute(TAKE, {"done": mark.done_leg_id, "upto": mark.next_leg_id, "tail": TAIL})
            count = cursor.rowcount
            cursor.execute(THIN, [KEPT])
            mark.done_leg_id = mark.next_leg_id
    mark.next_leg_id, mark.next_xid = last_leg_id, own_xid
    mark.save()
    return count


@transaction.atomic
def forget_snapshots() -> None:
    """Throw all of them away: balances are read from the legs until new ones are taken."""
    mark = _mark()
    BalanceSnapshot.objects.all().delete()
    mark.done_leg_id = mark.next_leg_id = mark.next_xid = 0
    mark.save()


def _mark() -> SnapshotMark:
    """The one row, locked."""
    SnapshotMark.objects.get_or_create(pk=1)
    return SnapshotMark.objects.select_for_update().get(pk=1)
