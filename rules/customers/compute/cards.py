"""How benefit cards fared."""

from __future__ import annotations

from typing import Final

from rules.customers.compute.shared import BUYER
from rules.customers.compute.subject import SENSIBLE, TODAY, Subject, day_of, edges, last, total

# ISO 8583 field 39, as networks use it. What is not here is “another reason”.
_REASONS: Final = """
    CASE WHEN response_code IN ('51', '61', '65') THEN 'funds'
         WHEN response_code IN ('03', '57', '58') THEN 'merchant'
         WHEN response_code IN ('04', '07', '14', '33', '36', '41', '43', '54', '62') THEN 'card' ELSE 'other' END
"""
_BENEFIT: Final = (
    "benefit",
    f"""
    SELECT b.customer_id, t.id, t.status, t.requested_cents, t.approved_cents, t.response_code, t.transmitted_at,
           {day_of("t.transmitted_at")} AS day, CASE WHEN p.status = 'captured' AND p.captured_at {SENSIBLE} THEN {day_of("p.captured_at")} END AS captured_on
      FROM buyer b
      JOIN checkout_checkoutsession s ON s.shopper_id = b.shopper_id
      JOIN checkout_payment p ON p.session_id = s.id
      JOIN checkout_tender t ON t.payment_id = p.id AND t.kind = 'benefit' AND t.transmitted_at {SENSIBLE}
    """,  # nosec B608
)

CARDS: Final = Subject(
    fields=("benefit_spend_365d_cents", "declines_90d", "partial_approvals_90d", "last_decline"),
    shared=(BUYER, _BENEFIT),
    sql=f"""
    SELECT a.*, e.edge_on
      FROM (SELECT customer_id,
                   {total("approved_cents", f"status = 'captured' AND {last(365, 'captured_on')}")} AS benefit_spend_365d_cents,
                   count(*) FILTER (WHERE status = 'declined' AND {last(90)}) AS declines_90d,
                   count(*) FILTER (WHERE approved_cents BETWEEN 1 AND requested_cents - 1 AND {last(90)}) AS partial_approvals_90d,
                   (array_agg({_REASONS} ORDER BY transmitted_at DESC, id DESC)
                       FILTER (WHERE status = 'declined' AND day <= {TODAY}))[1] AS last_decline
              FROM benefit GROUP BY customer_id) a
      LEFT JOIN ({edges("benefit", "day", (90,))}) e ON e.customer_id = a.customer_id
    """,  # nosec B608
)
