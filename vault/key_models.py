"""Which key of the bank belongs to a merchant, and the secrets that it wraps. No secret stands here in clear."""

from __future__ import annotations

import secrets

from django.db import models
from django.db.models import Q

from common.ids import ALPHABET, public_id_field

VERSION_ID_CHARS = 16  # 80 random bits: who sees one in a token learns nothing, and finds no other


def new_version_id() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(VERSION_ID_CHARS))


class MerchantKey(models.Model):
    """One merchant's key at the bank, and the secret of its blind indexes, which outlives every new version."""

    class State(models.TextChoices):
        ENABLED = "enabled", "open"
        DISABLED = "disabled", "locked by the bank"
        GONE = "gone", "deleted"

    public_id = public_id_field("mk")
    merchant_id = models.BigIntegerField(unique=True, help_text="The merchant’s row; it stands in a room above this one.")
    owner = models.CharField(max_length=40, unique=True, help_text="The merchant’s public id, as the bank knows it.")
    custodian = models.CharField(max_length=12, help_text="Which kind of keeper holds it: local, aws, pkcs11.")
    reference = models.CharField(max_length=200, help_text="The bank’s own name for the key.")
    state = models.CharField(max_length=10, choices=State.choices, default=State.ENABLED, help_text="As last seen.")
    state_at = models.DateTimeField(auto_now_add=True, help_text="When that was.")
    wrapped_index = models.BinaryField(help_text="Secret of the blind indexes, wrapped by the bank.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"key of {self.owner}"


class KeyVersion(models.Model):
    """One secret from which a merchant's data keys are derived, wrapped by its key at the bank."""

    class State(models.TextChoices):
        ACTIVE = "active", "seals and opens"
        RETIRING = "retiring", "opens only; its rows are being sealed anew"
        RETIRED = "retired", "nothing is sealed with it any more"

    key = models.ForeignKey(MerchantKey, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    public_id = models.CharField(max_length=VERSION_ID_CHARS, unique=True, default=new_version_id, editable=False)
    wrapped = models.BinaryField(help_text="32 random bytes, wrapped by the bank.")
    state = models.CharField(max_length=10, choices=State.choices, default=State.ACTIVE)
    created_at = models.DateTimeField(auto_now_add=True)
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["key", "number"]
        constraints = [
            models.UniqueConstraint(fields=["key", "number"], name="key_version_once"),
            models.UniqueConstraint(fields=["key"], condition=Q(state="active"), name="key_version_one_active"),
        ]

    def __str__(self) -> str:
        return f"version {self.number}"
