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
