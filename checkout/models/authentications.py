"""How a card's holder was authenticated before a charge (3-D Secure)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from checkout.models.cards import CardToken
from checkout.models.sessions import CheckoutSession
from common.ids import public_id_field
from common.scopes import ScopedManager


class CardAuthentication(models.Model):
    """One question to a card's bank: is this its holder? Asked for one card and one session, before anything is charged."""

    class Status(models.TextChoices):
        ASKING = "asking"  # on record before it is sent; who died meanwhile asks anew
        CHALLENGE = "challenge"  # the bank wants its holder to act
        AUTHENTICATED = "authenticated"
        ATTEMPTED = "attempted"  # the bank takes no part; the network stands in for it
        UNAVAILABLE = "unavailable"  # nobody answered: charged without, and the merchant answers for fraud
        FAILED = "failed"

    public_id = public_id_field("tds", opens_a_page=True)
    session = models.ForeignKey(CheckoutSession, on_delete=models.PROTECT, related_name="authentications")
    card_token = models.ForeignKey(CardToken, on_delete=models.PROTECT, related_name="authentications")
    status = models.CharField(max_length=14, choices=Status.choices, default=Status.ASKING)
    amount_cents = models.BigIntegerField(help_text="The most that may be charged on it.")
    reference = models.CharField(max_length=64, blank=True, help_text="The directory server's id of the question.")
    challenge_url = models.CharField(max_length=500, blank=True)
    eci = models.CharField("electronic commerce indicator", max_length=2, blank=True)
    cryptogram = models.CharField(max_length=40, blank=True, help_text="The bank's proof, sent along with the charge.")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(help_text="Until when a challenge waits for the holder.")
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = ScopedManager(merchant="session__merchant", place="session__till_sale__store")

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["session", "card_token"], name="authentication_once_a_card"),
            models.CheckConstraint(name="authentication_of_an_amount", condition=Q(amount_cents__gt=0)),
        ]

    def __str__(self) -> str:
        return str(self.public_id)

    @property
    def shifts_liability(self) -> bool:
        """Does the issuer answer for fraud? Where it said who its holder is, or the network stood in for it."""
        return self.status in {self.Status.AUTHENTICATED, self.Status.ATTEMPTED}
