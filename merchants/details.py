"""What a business says of itself on receipts and to shoppers."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from merchants.errors import DetailsInvalid
from merchants.models import Merchant
from vault.audit.services import record_about

MOST_ADDRESS = 500  # characters; a receipt has no room for more


@transaction.atomic
def set_details(*, merchant: Merchant, address: str, support_email: str) -> Merchant:
    """Set the postal address, one part a line, and whom shoppers write to. Safe to repeat. Raises DetailsInvalid, and then nothing is changed."""
    lines = [line.strip() for line in address.replace("\x00", "").splitlines()]
    kept, mail = "\n".join(line for line in lines if line), support_email.strip()
    if not kept or len(kept) > MOST_ADDRESS:
        raise DetailsInvalid(f"Write the postal address in at most {MOST_ADDRESS} characters.", param="address")
    try:
        validate_email(mail)
    except ValidationError as error:
        raise DetailsInvalid("Write an e-mail address, such as help@shop.example.", param="support_email") from error
    current = Merchant.objects.select_for_update().get(pk=merchant.pk)
    changed = [name for name, value in (("address", kept), ("support_email", mail)) if getattr(current, name) != value]
    if changed:
        current.address, current.support_email = kept, mail
        current.save(update_fields=changed)
        record_about(current, "changed", fields=tuple(changed))
    merchant.address, merchant.support_email = kept, mail
    return merchant
