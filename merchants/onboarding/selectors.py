from __future__ import annotations

from django.db.models import Count, Q, QuerySet

from common.scopes import across_merchants
from common.tokens import digest_of
from merchants.capabilities import LEADERS
from merchants.models import Member
from merchants.onboarding.models import Application, ApplicationCheck
from people.models import User


def application_of_link(token: str) -> Application | None:
    """The application that this link opens, whatever became of it."""
    return Application.objects.filter(digest=digest_of(token)).first()


@across_merchants("a person's own place at a merchant that does not sell yet")
def places_not_live(user: User) -> list[Member]:
    """Where somebody leads a merchant that is not live."""
    members = Member.objects.select_related("merchant").filter(user=user, role__in=LEADERS, merchant__is_active=False)
    return list(members.order_by("pk"))


def applications(status: str = "") -> QuerySet[Application]:
    """With how many checks are settled. Drafts are their writers' own until they are submitted."""
    shown = Application.objects.exclude(status=Application.Status.DRAFT)
    settled = Count("checks", filter=Q(checks__status__in=[ApplicationCheck.Status.PASSED, ApplicationCheck.Status.WAIVED]))
    return (shown.filter(status=status) if status else shown).annotate(settled=settled, due=Count("checks"))


def counts() -> dict[str, int]:
    return dict(Application.objects.values_list("status").annotate(n=Count("pk")).order_by())
