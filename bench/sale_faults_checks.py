"""Three books laid beside each other: what shops were told, what is stored, and what the card network's journal says."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import psycopg

from bench.stack import BASE_DIR, Platform
from checkout.network.host.book import Book
from checkout.network.host.facts import from_json

QUIET_TIMEOUT_S = 600
OPEN = """
    SELECT (SELECT count(*) FROM checkout_networkadvice WHERE acknowledged_at IS NULL)
         + (SELECT count(*) FROM checkout_checkoutsession WHERE status = 'processing')
         + (SELECT count(*) FROM checkout_tender WHERE status = 'pending')
"""


def connect(platform: Platform) -> psycopg.Connection[Any]:
    lines = (platform.data_dir / "postgres" / "postmaster.pid").read_text().splitlines()
    return psycopg.connect(host=lines[4], port=lines[3], user="postgres", dbname="fsa", autocommit=True)


def wait_until_quiet(platform: Platform) -> float:
    """Seconds until nothing is under way: every sale is ended, every advice acknowledged."""
    began = time.monotonic()
    while time.monotonic() - began < QUIET_TIMEOUT_S:
        try:
            with connect(platform) as connection:
                row = connection.execute(OPEN).fetchone()
            if row == (0,):
                return time.monotonic() - began
        except (psycopg.Error, OSError):
            pass  # the server comes back
        time.sleep(0.5)
    return time.monotonic() - began


def read_book(platform: Platform) -> Book:
    """The card network's own book, from its journal."""
    lines = (platform.data_dir / "acquirer.jsonl").read_bytes().splitlines()
    return Book(from_json(json.loads(line)) for line in lines if line.endswith(b"}"))


def compare(platform: Platform, told: Mapping[str, float]) -> dict[str, int]:
    """What was found, in words; each line that begins with “wrong: ” must be 0."""
    with connect(platform) as connection:
        sessions = dict(
            connection.execute("SELECT public_id, status FROM checkout_checkoutsession WHERE client_reference_id LIKE 'FIRE-%'")
        )
        paid = defaultdict(list)
        for session, total, captured in connection.execute(
            """SELECT s.public_id, s.amount_total_cents, (SELECT coalesce(sum(t.captured_cents), 0) FROM checkout_tender t WHERE t.payment_id = p.id)
               FROM checkout_payment p JOIN checkout_checkoutsession s ON s.id = p.session_id WHERE p.status = 'captured'"""
        ):
            paid[session].append((total, captured))
        tenders = list(connection.execute("SELECT rrn, status, captured_cents FROM checkout_tender"))
        open_now = connection.execute(OPEN).fetchone()
        unbalanced = connection.execute(
            "SELECT count(*) FROM (SELECT entry_id FROM ledger_leg GROUP BY entry_id HAVING sum(amount_cents) <> 0) AS wrong"
        ).fetchone()
    book = read_book(platform)
    charged: defaultdict[str, int] = defaultdict(int)
    held = 0
    for holding in book.holdings.values():
        charged[holding.authorised.rrn] += holding.completed_cents
        held += holding.held_cents > 0
    stored = {rrn: cents for rrn, _, cents in tenders}
    integrity = subprocess.run(
        [sys.executable, "manage.py", "verify_integrity"], cwd=BASE_DIR, capture_output=True, text=True,
        env={**platform.environment, "FSA_DATA_DIR": str(platform.data_dir)}, check=False,
    )  # fmt: skip
    if integrity.returncode:
        print(integrity.stdout[-1500:], integrity.stderr[-1500:])
    return {
        "sales that shops were told are paid": len(told),
        "sales that are stored as paid": len(paid),
        "cents that shops were paid": sum(captured for rows in paid.values() for _, captured in rows),
        "wrong: told paid, but not stored as complete": sum(sessions.get(session) != "complete" for session in told),
        "wrong: told paid, but without exactly one captured payment": sum(len(paid[session]) != 1 for session in told),
        "wrong: paid, but not to the cent": sum(total != captured for rows in paid.values() for total, captured in rows),
        "wrong: a card was charged otherwise than stored": sum(charged[rrn] != cents for rrn, cents in stored.items()),
        "wrong: a card was charged for what is not stored": sum(cents > 0 for rrn, cents in charged.items() if rrn not in stored),
        "wrong: a card's money is still held": held,
        "wrong: still under way": int(open_now[0]) if open_now else 1,
        "wrong: ledger entries that do not balance": int(unbalanced[0]) if unbalanced else 1,
        "wrong: verify_integrity finds something": int(integrity.returncode != 0),
    }  # fmt: skip
