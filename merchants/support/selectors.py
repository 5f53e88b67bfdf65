from __future__ import annotations

from common.scopes import across_merchants
from merchants.models import Merchant
from merchants.support.models import SupportAccess, SupportView
from people.models import User
from people.roles import RISK, SUPPORT, has_role


@across_merchants("whose portal a person of staff looks into")
def view_of(user: User, public_id: str) -> SupportView | None:
    """This person's look, while it lasts and they still may."""
    found = SupportView.objects.select_related("merchant", "user").filter(user=user, public_id=public_id).first()
    return found if found is not None and found.is_active and has_role(user, SUPPORT, RISK) else None


def access_of(merchant: Merchant) -> SupportAccess:
    """What the owner decided; unsaved where nobody did."""
    return SupportAccess.objects.filter(merchant=merchant).first() or SupportAccess(merchant=merchant)


def views_into(merchant: Merchant) -> list[SupportView]:
    """The newest twenty."""
    return list(SupportView.objects.select_related("user").filter(merchant=merchant)[:20])
