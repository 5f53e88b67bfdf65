"""People who sign in: the platform's staff and the merchants' own."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models.functions import Lower

from common.ids import public_id_field


class User(AbstractUser):
    """One person with a sign-in. What they may do at a merchant is a `merchants.Member` row."""

    public_id = public_id_field("usr")
    email = models.EmailField("e-mail address", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                Lower("email"), name="user_email_once", condition=~models.Q(email=""),
                violation_error_message="Someone already signs in with this e-mail address.",
            )
        ]  # fmt: skip


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
