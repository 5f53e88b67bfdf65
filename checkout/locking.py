"""The one order in which a sale's rows are locked: session, then payment, then tenders.

Whoever changes a payment's state takes its session first; then two of them wait for each other in turn, never in a ring.
"""

from __future__ import annotations

from checkout.models import CheckoutSession


def lock_session(pk: int) -> CheckoutSession:
    """The session as it stands now, held until the caller's transaction ends."""
    return CheckoutSession.objects.select_for_update().get(pk=pk)
