"""docs/access.md says what the tables say. After a change `WRITE=1 pytest` on this file writes it anew."""

from __future__ import annotations

import os
from pathlib import Path

from fsa_platform.tests.access.table import MAY_ADD, MAY_CHANGE, MAY_DELETE
from merchants.capabilities import CAPABILITIES, PER_PLACE
from people.roles import NAMES, PERMISSIONS

DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "access.md"
MEMBERS = ("owner", "admin", "developer", "accountant", "viewer")
HEAD = """# Who may do what

Written from `merchants/capabilities.py`, `people/roles.py` and the access table in `fsa_platform/tests/access/table.py`, which a test holds
to every address of the platform. What stands nowhere here is refused.
"""
IN_A_STORE = """Who is limited to regions or stores keeps of the role what has a mark in the last column, for the sales, items and tills of these alone; any other
row is as if it were not there. Of the pages behind those, the ones that are of the chain as a whole are closed to them too
(`fsa_platform/tests/access/test_places.py` has the list of those that are open).
"""


def table(heads: list[str], rows: list[list[str]]) -> str:
    lines = [heads, ["---", *[":-:"] * (len(heads) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def written() -> str:
    members = [
        [f"`{name}`", *["✓" if role in roles else "" for role in MEMBERS], "✓" if name in PER_PLACE else ""]
        for name, roles in CAPABILITIES.items()
    ]
    patterns = sorted({pattern for granted in PERMISSIONS.values() for pattern in granted})
    staff = [[f"`{pattern}`", *["✓" if pattern in PERMISSIONS[role] else "" for role in NAMES]] for pattern in patterns]
    models = sorted({*MAY_ADD, *MAY_CHANGE, *MAY_DELETE})
    writes = [[f"`{m}`", *[", ".join(may.get(m, ())) for may in (MAY_ADD, MAY_CHANGE, MAY_DELETE)]] for m in models]
    return "\n".join(
        [
            HEAD,
            "## A merchant's people\n", table(["May", *MEMBERS, "in a store"], members), IN_A_STORE,
            "## The platform's people\n", "Permissions in the admin; `*` stands for anything. A superuser has all; the bank's people have their own console.\n",
            table(["Permission", *NAMES], staff),
            "## What is written in the admin\n", "Everything else is only looked at there, by superusers too.\n",
            table(["Table", "add", "change", "delete"], writes),
        ]
    )  # fmt: skip


def test_the_document_says_what_the_tables_say():
    if os.environ.get("WRITE"):
        DOCUMENT.write_text(written(), "utf-8")

    assert DOCUMENT.read_text("utf-8") == written()
