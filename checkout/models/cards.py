"""A card as it was typed, for minutes."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from common.ids import public_id_field
from common.scopes import ScopedManager
from vault.fields import SealedTextField


class CardToken(models.Model):
    """One use of a card, for minutes: typed into the capture frame, or saved before. The security code is never stored."""

    public_id = public_id_field("tok")
    merchant = models.ForeignKey("merchants.Merchant", on_delete=models.PROTECT, related_name="card_tokens")
    network = models.CharField(max_length=12)
    account_kind = models.CharField(max_length=10)
    last4 = models.CharField(max_length=4)
    exp_month = models.PositiveSmallIntegerField()
    exp_year = models.PositiveSmallIntegerField()
    card_number = SealedTextField(null=True)
    session_id_text = models.CharField(
        "session", max_length=40, blank=True, help_text="If it was typed for one session, only that one."
    )
    saved_card = models.ForeignKey(
        "checkout.SavedCard", null=True, blank=True, on_delete=models.PROTECT, related_name="uses",
        help_text="Not typed but saved before: then the number is the network's token for it.",
    )  # fmt: skip
    is_present = models.BooleanField(
        default=False, db_default=False, help_text="A till's reader has read it: it pays at a till alone, others online alone."
    )
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ScopedManager(merchant="merchant")

    class Meta:
        indexes = [models.Index(fields=["expires_at"], name="token_to_erase", condition=Q(card_number__isnull=False))]

    def __str__(self) -> str:
        return f"{self.network} …{self.last4}"
