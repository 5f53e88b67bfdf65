from __future__ import annotations

import pgtrigger
from django.conf import settings
from django.db import models

from common.ids import public_id_field
from common.scopes import ScopedManager


class MerchantNote(models.Model):
    """One remark of staff about a merchant, for staff alone. What was written stays; only the pin comes and goes."""

    public_id = public_id_field("mnt")
    merchant = models.ForeignKey("merchants.Merchant", on_delete=models.PROTECT, related_name="notes")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    body = models.TextField()
    is_pinned = models.BooleanField(default=False)
    written_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager(merchant="merchant")

    class Meta:
        app_label = "merchants"
        ordering = ["-pk"]
        indexes = [models.Index(fields=["merchant", "-is_pinned", "-id"], name="note_pinned_newest")]
        triggers = [
            pgtrigger.ReadOnly(name="note_keeps_its_word", fields=["public_id", "merchant", "author", "body", "written_at"]),
            pgtrigger.Protect(name="note_is_never_deleted", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return str(self.public_id)
