"""The same call again: answered as it was the first time, also where the first answer was never heard."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from checkout import errors
from checkout.models import CheckoutSession, Payment
from checkout.services.release import fail_payment
from common.errors import PlatformError
from vault.errors import MerchantKeyRevoked

INTERRUPTED = "The payment was interrupted; nothing was charged."
REFUSALS: dict[str, type[PlatformError]] = {
    refusal.code: refusal for refusal in (*errors.CardRefused.__subclasses__(), errors.PaymentOvertaken, MerchantKeyRevoked)
}


def answer_again(*, session: CheckoutSession, attempt_key: str) -> bool:
    """Was this very call made before and did it pay? Then the session is brought up to date, and True returned.

    If it was refused, the same refusal is raised. If it is under way, SessionBusy; if it began too long ago, its process has
    died: the attempt is ended here, what it may hold is released, and PaymentInterrupted raised. False: it is new.
    """
    earlier = Payment.objects.filter(session=session, attempt_key=attempt_key).first() if attempt_key else None
    if earlier is None:
        return False
    if earlier.status == Payment.Status.PROCESSING and _is_dead(session):
        fail_payment(payment=earlier, code=errors.PaymentInterrupted.code, message=INTERRUPTED)
        earlier.refresh_from_db()
    match earlier.status:
        case Payment.Status.PROCESSING:
            raise errors.SessionBusy()
        case Payment.Status.FAILED:
            raise _refusal_of(earlier)
    session.refresh_from_db()
    return True


def _is_dead(session: CheckoutSession) -> bool:
    session.refresh_from_db(fields=["processing_since"])
    deadline = timezone.now() - timedelta(seconds=settings.SALE_DEADLINE_S)
    return session.processing_since is not None and session.processing_since < deadline


def _refusal_of(payment: Payment) -> PlatformError:
    known = REFUSALS.get(payment.failure_code, errors.PaymentInterrupted)
    details = {"advice": "Type the cards again, then pay.", **payment.failure_details}
    return known(payment.failure_message, param=details.pop("param", None), **details)
