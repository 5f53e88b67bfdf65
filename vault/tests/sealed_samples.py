"""Tables with one sealed column of each kind, made for one test and gone with its transaction."""

from __future__ import annotations

from django.apps import apps
from django.db import models

from common.ids import public_id_field
from vault.fields import PlatformSealedTextField, SealedDateField, SealedEmailField, SealedJSONField


def sample_model() -> type[models.Model]:
    """A model that belongs to no migration; registered once."""
    known = apps.all_models["vault"].get("sealedsample")
    if known:
        return known

    class SealedSample(models.Model):
        public_id = public_id_field("smp")
        merchant_id = models.BigIntegerField()
        born_on = SealedDateField(null=True)
        notes = SealedJSONField(null=True)
        email = SealedEmailField(null=True)
        phone = PlatformSealedTextField(null=True)

        class Meta:
            app_label = "vault"

    return SealedSample
