from __future__ import annotations

import pgtrigger
from django.db import models

from common.ids import public_id_field
from common.models import append_only


class PageCheck(models.Model):
    """One look at a payment page as a shopper gets it, kept as evidence: what was found to differ from the inventory."""

    public_id = public_id_field("pgc")
    page = models.CharField(max_length=12)
    is_clean = models.BooleanField()
    findings = models.JSONField(default=list, help_text="Sentences; none where all is as authorised.")
    scripts = models.JSONField(default=dict, help_text="Address -> SHA-384 of what was served.")
    headers = models.JSONField(default=dict, help_text="The security headers as served.")
    checked_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        ordering = ["-pk"]
        triggers: list[pgtrigger.Trigger] = append_only("page_check")

    def __str__(self) -> str:
        return f"{self.page} {'as authorised' if self.is_clean else 'differs'}"
