"""Claims at administrators, and purchases that could still be claimed."""

from __future__ import annotations

from typing import Final

from rules.customers.compute.shared import BUYER, DEAL, LINE, ORDINARY
from rules.customers.compute.subject import SENSIBLE, TODAY, Subject, day_of, edges, last, total

CLAIMABLE: Final = Subject(
    fields=("claimable_cents", "oldest_claimable_on"),
    has_edge=False,  # the year's window is an edge of the sales
    shared=(BUYER, DEAL, LINE, ORDINARY),
    sql=f"""
    SELECT customer_id, {total("paid_cents", "status = 'eligible'")} AS claimable_cents,
           min(day) FILTER (WHERE status = 'eligible') AS oldest_claimable_on
      FROM ordinary o WHERE NOT EXISTS (SELECT 1 FROM claims_claimline c WHERE c.line_id = o.line_id AND c.is_live)
     GROUP BY customer_id
    """,  # nosec B608
)

CLAIMS: Final = Subject(
    fields=("claims_open", "claims_waiting_for_you", "claims_paid_365d_cents", "last_claim_on"),
    shared=(
        (
            "claim",
            f"""
    SELECT w.customer_id, c.state, c.paid_cents, c.paid_on AS day,
           CASE WHEN c.submitted_at {SENSIBLE} THEN {day_of("c.submitted_at")} END AS submitted_on
      FROM who w JOIN claims_claim c ON c.account_id = w.account_id AND (c.paid_on IS NULL OR c.paid_on {SENSIBLE})
    """,  # nosec B608
        ),
    ),
    sql=f"""
    SELECT a.*, e.edge_on
      FROM (SELECT customer_id, count(*) FILTER (WHERE state IN ('draft', 'submitted', 'more_information')) AS claims_open,
                   count(*) FILTER (WHERE state = 'more_information') AS claims_waiting_for_you,
                   {total("paid_cents", f"state = 'paid' AND {last(365)}")} AS claims_paid_365d_cents,
                   max(submitted_on) FILTER (WHERE submitted_on <= {TODAY}) AS last_claim_on
              FROM claim GROUP BY customer_id) a
      LEFT JOIN ({edges("claim", "day", (365,))}) e ON e.customer_id = a.customer_id
    """,  # nosec B608
)
