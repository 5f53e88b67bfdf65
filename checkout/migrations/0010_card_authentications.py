from __future__ import annotations

import functools

import django.db.models.deletion
from django.db import migrations, models

import common.ids


class Migration(migrations.Migration):
    """Who the bank says holds the card (3-D Secure), and who answers for fraud on a tender."""

    dependencies = [("checkout", "0009_saved_cards")]

    operations = [
        migrations.CreateModel(
            name="CardAuthentication",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "public_id",
                    models.CharField(
                        default=functools.partial(common.ids.new_id, *("tds", 26)),
                        editable=False,
                        max_length=40,
                        unique=True,
                        verbose_name="id",
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("asking", "Asking"),
                            ("challenge", "Challenge"),
                            ("authenticated", "Authenticated"),
                            ("attempted", "Attempted"),
                            ("unavailable", "Unavailable"),
                            ("failed", "Failed"),
                        ],
                        default="asking",
                        max_length=14,
                    ),
                ),
                ("amount_cents", models.BigIntegerField(help_text="The most that may be charged on it.")),
                (
                    "reference",
                    models.CharField(blank=True, help_text="The directory server's id of the question.", max_length=64),
                ),
                ("challenge_url", models.CharField(blank=True, max_length=500)),
                ("eci", models.CharField(blank=True, max_length=2, verbose_name="electronic commerce indicator")),
                (
                    "cryptogram",
                    models.CharField(blank=True, help_text="The bank's proof, sent along with the charge.", max_length=40),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("expires_at", models.DateTimeField(help_text="Until when a challenge waits for the holder.")),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "card_token",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="authentications", to="checkout.cardtoken"
                    ),
                ),
                (
                    "session",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="authentications", to="checkout.checkoutsession"
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("session", "card_token"), name="authentication_once_a_card"),
                    models.CheckConstraint(condition=models.Q(("amount_cents__gt", 0)), name="authentication_of_an_amount"),
                ],
            },
        ),
        migrations.AddField(
            "tender",
            "authentication",
            models.ForeignKey(
                blank=True,
                help_text="How the holder was authenticated (3-D Secure), where that was asked.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="tenders",
                to="checkout.cardauthentication",
            ),
        ),
        migrations.AddField(
            "tender",
            "is_liability_shifted",
            models.BooleanField(db_default=False, default=False, help_text="The issuer answers for fraud, not the merchant."),
        ),
    ]
