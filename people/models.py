"""People who sign in: the platform's staff and the merchants' own."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pgtrigger
from django.contrib.auth.models import AbstractUser
from django.core.validators import RegexValidator
from django.db import models
from django.utils import timezone

from common.ids import public_id_field
from vault.blind import blind_index
from vault.fields import PlatformSealedEmailField, PlatformSealedTextField
from vault.sealed import Sealed

USERNAME = r"^[\w.+-]{1,150}$"  # no @: what has one is an e-mail address, and those are sealed


def email_index(email: str) -> str | None:
    """The fingerprint by which a person is found; none for no address."""
    return blind_index(label="people.User.email", value=email, merchant_id=None) if email.strip() else None


class EmailIndexField(models.CharField):  # type: ignore[type-arg]
    """Follows the row's e-mail address by itself, also in `bulk_create`; an address that nobody opened has not changed."""

    def pre_save(self, instance: models.Model, add: bool) -> str | None:
        if not isinstance(instance.__dict__.get("email"), Sealed) or add:
            setattr(instance, self.attname, email_index(str(instance.email or "")))  # type: ignore[attr-defined]
        value: str | None = getattr(instance, self.attname)
        return value


class User(AbstractUser):
    """One person with a sign-in. What they may do at a merchant is a `merchants.Member` row; name and address are sealed."""

    public_id = public_id_field("usr")
    username = models.CharField(
        max_length=150, unique=True, validators=[RegexValidator(USERNAME, "Letters, digits and . + - _ only.")],
        help_text="Letters, digits and . + - _ only.",
        error_messages={"unique": "Someone already signs in with this username."},
    )  # fmt: skip
    # The index stands before the address, so that a save sees whether the address is as it was loaded.
    email_index = EmailIndexField(
        max_length=64, null=True, unique=True, editable=False, error_messages={"unique": "Someone already signs in with this e-mail address."}
    )  # fmt: skip
    email = PlatformSealedEmailField("e-mail address", blank=True, default="")
    first_name = PlatformSealedTextField("first name", blank=True, default="")
    last_name = PlatformSealedTextField("last name", blank=True, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~models.Q(username__contains="@"), name="username_is_no_address"),
        ]

    def save(self, *args: Any, **kwargs: Any) -> None:
        fields = kwargs.get("update_fields")
        if fields is not None and "email" in fields:
            kwargs["update_fields"] = {*fields, "email_index"}
        super().save(*args, **kwargs)

    def validate_constraints(self, exclude: Any = None) -> None:
        """The index is no field of a form, so that forms ask here whether the address is somebody else's."""
        super().validate_constraints(exclude=exclude)
        if exclude and "email" in exclude:
            return
        index = email_index(str(self.email or ""))
        if index and User.objects.filter(email_index=index).exclude(pk=self.pk).exists():
            raise self.unique_error_message(type(self), ("email_index",))


class SignIn(models.Model):
    """One browser in which a person is signed in, for the person's own list. The row goes when the session goes."""

    public_id = public_id_field("sin")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sign_ins")
    session_key = models.CharField(max_length=40, unique=True, editable=False)
    device = models.CharField(max_length=60)
    network = models.GenericIPAddressField(null=True, help_text="The network's first address, never the person's own.")
    signed_in_at = models.DateTimeField(auto_now_add=True)
    seen_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["user", "-seen_at"], name="sign_in_user_newest")]

    def __str__(self) -> str:
        return self.device


class WaitingLetter(models.Model):
    """A letter on its way to the mail server. It holds an address and often a link that signs in, so it is sealed and goes when sent."""

    public_id = public_id_field("wlt")
    content = PlatformSealedTextField(help_text="JSON: to, subject, text, html.")
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(db_index=True)
    leased_until = models.DateTimeField(null=True)
    useful_until = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return str(self.public_id)


class BreakGlassGrant(models.Model):
    """One person of the platform's staff sees shoppers' clear data, of one merchant or one shopper, for minutes and for a reason.

    What was asked for, by whom, why and until when is never changed; a grant may only end early.
    """

    public_id = public_id_field("bgl")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="emergency_grants")
    covers = models.CharField(max_length=40, help_text="mer_… for all shoppers of a merchant, shp_… for one.")
    asked_for = models.CharField(max_length=40, help_text="What was typed: mer_…, or the sale cs_….")
    reason = models.TextField()
    opened_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "emergency access"
        verbose_name_plural = "emergency accesses"
        ordering = ["-pk"]
        indexes = [models.Index(fields=["user", "expires_at"], name="grant_user_expiry")]
        triggers = [
            pgtrigger.ReadOnly(
                name="grant_keeps_its_word",
                fields=["public_id", "user", "covers", "asked_for", "reason", "opened_at", "expires_at"],
            ),
            pgtrigger.Protect(name="grant_is_never_deleted", operation=pgtrigger.Delete),
        ]
        constraints = [
            models.CheckConstraint(
                name="grant_lasts_an_hour_at_most",
                condition=models.Q(expires_at__gt=models.F("opened_at"))
                & models.Q(expires_at__lte=models.F("opened_at") + timedelta(minutes=60)),
            ),
            models.CheckConstraint(name="grant_has_a_reason", condition=models.Q(reason__regex=r"\S.{9,}")),
            models.CheckConstraint(
                name="grant_ends_after_it_opened",
                condition=models.Q(ended_at__isnull=True) | models.Q(ended_at__gte=models.F("opened_at")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.asked_for}"

    @property
    def is_active(self) -> bool:
        return self.ended_at is None and self.expires_at > timezone.now()
