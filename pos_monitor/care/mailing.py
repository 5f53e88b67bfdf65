"""What goes with the letters of support's work: the weekly report, as its merchant's people get it."""

from __future__ import annotations

from common.scopes import across_merchants
from merchants.capabilities import may
from merchants.models import Member
from notices.letters import Attachment
from people.models import User
from pos_monitor.care import weekly
from pos_monitor.models import WeeklyReport
from vault.errors import MerchantKeyRevoked
from vault.keyring import require_open


def report_of_letter(*, user: User, subject: str) -> Attachment | None:
    """The report that a letter is about, as a PDF. subject: its public id.

    None for whoever may not see the merchant's tills by now (a letter may have waited), and while the merchant's data is locked.
    """
    with across_merchants("a letter is about one merchant's report, and says which"):
        report = WeeklyReport.objects.select_related("merchant").filter(public_id=subject).first()
        if report is None:
            return None
        member = Member.objects.filter(merchant=report.merchant, user=user).first()
        if member is None or member.reach is not None or not may(member, "tills.view"):  # it is of the whole chain
            return None
        try:
            require_open(report.merchant_id)
        except MerchantKeyRevoked:
            return None
        return Attachment(f"terminals-{report.week_on}.pdf", weekly.pdf(report), "application/pdf")
