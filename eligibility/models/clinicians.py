"""Clinicians: who may sign letters, as somebody of the house has seen it on their licence."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models

from common.ids import public_id_field
from eligibility.letters.npi import is_npi
from eligibility.letters.tables import credentials, states
from vault.fields import PlatformSealedTextField


class Clinician(models.Model):
    """A licensed provider who signs letters. Written by a superuser who saw the licence, never by the clinician."""

    public_id = public_id_field("clin")
    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="clinician")
    name = PlatformSealedTextField("name on the licence")
    credential = models.CharField(max_length=10, help_text="Such as MD, DO or NP.")
    npi = models.CharField("NPI", max_length=10, unique=True, help_text="National Provider Identifier, ten digits.")
    licences = ArrayField(
        models.CharField(max_length=2), help_text="States in which they are licensed, the main one first: NY, NJ."
    )
    licence_number = models.CharField(max_length=40, blank=True, help_text="Of the main state.")
    is_active = models.BooleanField(default=True, help_text="Take this away, and nothing more can be signed.")
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.user} ({self.credential})"

    def clean(self) -> None:
        """Refuse what no licence says."""
        wrong = {}
        if self.credential not in credentials():
            wrong["credential"] = f"Use one of {', '.join(credentials())}."
        if not is_npi(self.npi):
            wrong["npi"] = "Its check digit is wrong: a National Provider Identifier has ten digits."
        if not self.licences or any(state not in states() for state in self.licences):
            wrong["licences"] = "Write states by their two letters, such as NY, NJ."
        if wrong:
            raise ValidationError(wrong)
