"""Letters of medical necessity: their dates and states, which are not sealed; never what they say."""

from __future__ import annotations

from typing import Final

from rules.customers.compute.shared import BUYER
from rules.customers.compute.subject import SENSIBLE, TODAY, Subject

_IN_FORCE: Final = f"status = 'issued' AND issued_on <= {TODAY} AND expires_on >= {TODAY}"

LETTERS: Final = Subject(
    fields=("letters_active", "letters_waiting", "letter_expires_on"),
    shared=(
        BUYER,
        (
            "letter",
            f"""
    SELECT b.customer_id, l.status, l.issued_on, l.expires_on FROM buyer b JOIN eligibility_letter l ON l.shopper_id = b.shopper_id
     WHERE l.status IN ('requested', 'under_review', 'needs_information')
        OR l.status = 'issued' AND l.issued_on {SENSIBLE} AND l.expires_on {SENSIBLE}
    """,  # nosec B608
        ),
    ),
    sql=f"""
    SELECT customer_id, count(*) FILTER (WHERE {_IN_FORCE}) AS letters_active, count(*) FILTER (WHERE status <> 'issued') AS letters_waiting,
           min(expires_on) FILTER (WHERE {_IN_FORCE}) AS letter_expires_on,
           least(min(issued_on) FILTER (WHERE status = 'issued' AND issued_on > {TODAY}),
                 min(expires_on + 1) FILTER (WHERE status = 'issued' AND expires_on >= {TODAY})) AS edge_on
      FROM letter GROUP BY customer_id
    """,  # nosec B608
)
