"""Benefit accounts: what is in them, until when it must be spent, what would be lost. As `shoppers.benefits` reckons it."""

from __future__ import annotations

from typing import Final

from rules.customers.compute.subject import SENSIBLE, TODAY, Subject
from shoppers.benefits import sql
from shoppers.benefits.reckoning import CONTRIBUTE_UNTIL

# An HSA's balance goes on from year to year: of each administrator the newest year counts. Dates that no plan has take no part.
_HELD: Final = (
    "held",
    f"""
    SELECT w.customer_id, b.id, b.kind, b.balance_cents, b.balance_on, b.election_cents, coalesce(b.carryover_limit_cents, 0) AS carryover_cents,
           b.plan_starts_on AS starts_on, b.plan_ends_on AS ends_on, b.contributed_cents, {sql.spend_by_on("b")} AS spend_by_on,
           {sql.claim_by_on("b")} AS claim_by_on, {sql.is_running(TODAY, "b")} AS is_running, {sql.at_risk_cents("b")} AS at_risk_cents,
           {sql.contribution_room_cents(TODAY, "b")} AS room_cents,
           row_number() OVER (PARTITION BY w.customer_id, b.kind, b.administrator, b.plan_starts_on <= {TODAY}
                              ORDER BY b.plan_starts_on DESC, b.id DESC) AS age
      FROM who w JOIN shoppers_benefitaccount b ON b.account_id = w.account_id AND b.closed_at IS NULL
     WHERE b.plan_starts_on {SENSIBLE} AND b.plan_ends_on {SENSIBLE} AND (b.balance_on IS NULL OR b.balance_on {SENSIBLE})
       AND coalesce(b.grace_ends_on, b.plan_ends_on) {SENSIBLE} AND coalesce(b.run_out_ends_on, b.plan_ends_on) {SENSIBLE}
    """,  # nosec B608
)
# Of two plan years of one kind that can be spent from at once, the one that ends first, unless it is empty.
_USABLE: Final = (
    "usable",
    f"""
    SELECT *, row_number() OVER (PARTITION BY customer_id, kind ORDER BY coalesce(balance_cents, 1) <= 0, spend_by_on, id) AS turn
      FROM held WHERE CASE kind WHEN 'hsa' THEN starts_on <= {TODAY} AND age = 1 ELSE is_running END
    """,  # nosec B608
)


def _of(column: str, kind: str) -> str:
    return f"max({column}) FILTER (WHERE kind = '{kind}' AND turn = 1)"


def _sum(kind: str) -> str:
    """Of several accounts; what a bigint holds, whatever was typed in."""
    amount = f"sum(balance_cents::numeric) FILTER (WHERE kind = '{kind}')"
    return (
        f"(CASE WHEN {amount} IS NOT NULL THEN greatest(least({amount}, 9223372036854775807), -9223372036854775808)::bigint END)"
    )


# Until then a year's contributions are taken.
_RETURN_DUE: Final = f"make_date(extract(year FROM starts_on)::int + 1, {CONTRIBUTE_UNTIL[0]}, {CONTRIBUTE_UNTIL[1]})"

ACCOUNTS: Final = Subject(
    fields=(
        "main_account_kind", "account_kinds", "health_fsa_balance_cents", "health_fsa_election_cents", "health_fsa_carryover_cents",
        "health_fsa_at_risk_cents", "lpfsa_balance_cents", "dcfsa_balance_cents", "hsa_balance_cents", "hra_balance_cents",
        "balance_known_on", "health_fsa_spend_by_on", "lpfsa_spend_by_on", "dcfsa_spend_by_on",
    ),
    has_edge=False,  # the deadlines' edges are these
    shared=(_HELD, _USABLE),
    sql=f"""
    SELECT customer_id,
           (array_agg(kind ORDER BY balance_cents DESC, kind) FILTER (WHERE balance_cents > 0))[1] AS main_account_kind,
           array_agg(DISTINCT kind) AS account_kinds,
           {_of("balance_cents", "health_fsa")} AS health_fsa_balance_cents,
           {_of("election_cents", "health_fsa")} AS health_fsa_election_cents,
           {_of("carryover_cents", "health_fsa")} AS health_fsa_carryover_cents,
           {_of("at_risk_cents", "health_fsa")} AS health_fsa_at_risk_cents,
           {_of("balance_cents", "lpfsa")} AS lpfsa_balance_cents,
           {_of("balance_cents", "dcfsa")} AS dcfsa_balance_cents,
           {_sum("hsa")} AS hsa_balance_cents,
           {_sum("hra")} AS hra_balance_cents,
           min(balance_on) FILTER (WHERE turn = 1 OR kind IN ('hsa', 'hra')) AS balance_known_on,
           {_of("spend_by_on", "health_fsa")} AS health_fsa_spend_by_on,
           {_of("spend_by_on", "lpfsa")} AS lpfsa_spend_by_on,
           {_of("spend_by_on", "dcfsa")} AS dcfsa_spend_by_on
      FROM usable GROUP BY customer_id
    """,  # nosec B608
)  # fmt: skip

# A claim may be sent after the last day for spending: this looks at plans that are over as well.
DEADLINES: Final = Subject(
    fields=("health_fsa_claim_by_on",),
    shared=(_HELD,),
    sql=f"""
    SELECT customer_id,
           min(claim_by_on) FILTER (WHERE kind = 'health_fsa' AND starts_on <= {TODAY} AND claim_by_on >= {TODAY}) AS health_fsa_claim_by_on,
           least(min(starts_on) FILTER (WHERE starts_on > {TODAY}), min(spend_by_on + 1) FILTER (WHERE spend_by_on >= {TODAY}),
                 min(ends_on + 1) FILTER (WHERE kind = 'hsa' AND ends_on >= {TODAY}),
                 min({_RETURN_DUE} + 1) FILTER (WHERE kind = 'hsa' AND {_RETURN_DUE} >= {TODAY}),
                 min(claim_by_on + 1) FILTER (WHERE claim_by_on >= {TODAY})) AS edge_on
      FROM held GROUP BY customer_id
    """,  # nosec B608
)

# One limit for all of a person's HSAs of the year, the widest that applies to one; unknown where a contribution is.
HSA_ROOM: Final = Subject(
    fields=("hsa_room_cents",),
    has_edge=False,
    shared=(_HELD,),
    sql="""
    SELECT customer_id, CASE WHEN bool_and(room_cents IS NOT NULL)
                             THEN greatest(0, max(room_cents + contributed_cents) - sum(contributed_cents))::bigint END AS hsa_room_cents
      FROM held WHERE kind = 'hsa' AND is_running GROUP BY customer_id
    """,
)
