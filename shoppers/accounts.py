"""A shopper's own account: rows of nobody's merchant, so that what a person bought anywhere can stand on one page.

A shopper is no `people.User`. The portal and the admin know users only, so no shopper can ever reach them.
"""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from common.ids import public_id_field
from vault.blind import blind_index
from vault.fields import PlatformSealedEmailField


def account_index(email: str) -> str:
    """The platform's fingerprint of an address; it says nothing about those of the merchants."""
    return blind_index(label="shoppers.ShopperAccount.email", value=email, merchant_id=None)


class ShopperAccount(models.Model):
    """One person with a proved e-mail address."""

    public_id = public_id_field("sac")
    email = PlatformSealedEmailField("e-mail address")
    email_index = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        app_label = "shoppers"

    def __str__(self) -> str:
        return str(self.public_id)


class SignInLink(models.Model):
    """One letter with a link that signs its reader in, once and for minutes. The link itself is kept only as a hash."""

    public_id = public_id_field("sil")
    email = PlatformSealedEmailField("e-mail address")
    email_index = models.CharField(max_length=64, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    browser = models.CharField(max_length=64, help_text="The mark of the browser that asked, hashed.")
    network = models.GenericIPAddressField(null=True)
    receipt_id = models.CharField(max_length=40, blank=True, help_text="The receipt that is to be kept, if one was open.")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        app_label = "shoppers"
        indexes = [
            models.Index(fields=["email_index", "created_at"], name="link_by_address"),
            models.Index(fields=["network", "created_at"], name="link_by_network"),
        ]

    def __str__(self) -> str:
        return str(self.public_id)

    @property
    def is_open(self) -> bool:
        return self.used_at is None and self.expires_at > timezone.now()


class ShopperSession(models.Model):
    """One browser in which a shopper is signed in. The cookie's text is kept only as a hash."""

    public_id = public_id_field("ses")
    account = models.ForeignKey(ShopperAccount, on_delete=models.CASCADE, related_name="sessions")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    device = models.CharField(max_length=60)
    network = models.GenericIPAddressField(null=True)
    started_at = models.DateTimeField(auto_now_add=True)
    seen_at = models.DateTimeField(default=timezone.now)

    class Meta:
        app_label = "shoppers"
        indexes = [models.Index(fields=["account", "-seen_at"], name="shopper_session_newest")]

    def __str__(self) -> str:
        return self.device


class ShopperPasskey(models.Model):
    """One passkey of a shopper: a public key, of no use to whoever steals it."""

    public_id = public_id_field("psk")
    account = models.ForeignKey(ShopperAccount, on_delete=models.CASCADE, related_name="passkeys")
    name = models.CharField(max_length=60)
    credential_id = models.CharField(max_length=1400, unique=True, editable=False, help_text="Hexadecimal.")
    credential = models.TextField(editable=False, help_text="Attested credential data (WebAuthn 6.5.2), hexadecimal.")
    sign_count = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        app_label = "shoppers"

    def __str__(self) -> str:
        return self.name
