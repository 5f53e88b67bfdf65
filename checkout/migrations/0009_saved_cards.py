from __future__ import annotations

import functools

import django.db.models.deletion
from django.db import migrations, models

import common.ids
import vault.fields


class Migration(migrations.Migration):
    """Cards that shoppers let a store keep, and sessions whose store says who buys."""

    dependencies = [("checkout", "0008_tenders_in_any_order"), ("shoppers", "0005_checking_account_words")]

    operations = [
        migrations.CreateModel(
            name="SavedCard",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "public_id",
                    models.CharField(
                        default=functools.partial(common.ids.new_id, *("pm",)),
                        editable=False,
                        max_length=40,
                        unique=True,
                        verbose_name="id",
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[("pending", "Pending"), ("active", "Active"), ("unusable", "Unusable"), ("deleted", "Deleted")],
                        default="pending",
                        max_length=10,
                    ),
                ),
                ("network", models.CharField(max_length=12)),
                ("account_kind", models.CharField(max_length=10)),
                ("last4", models.CharField(max_length=4)),
                ("exp_month", models.PositiveSmallIntegerField()),
                ("exp_year", models.PositiveSmallIntegerField()),
                ("token_reference", vault.fields.SealedTextField(null=True)),
                ("consent_version", models.CharField(help_text="Which text the shopper agreed to.", max_length=20)),
                (
                    "consent_covers",
                    models.CharField(
                        choices=[
                            ("checkout", "purchases that the shopper makes"),
                            ("subscriptions", "those, and renewals of what the shopper subscribed to"),
                        ],
                        max_length=14,
                    ),
                ),
                ("consented_at", models.DateTimeField()),
                (
                    "checked_at",
                    models.DateTimeField(
                        blank=True, help_text="When the network was last asked what became of the card.", null=True
                    ),
                ),
                (
                    "replaced_at",
                    models.DateTimeField(blank=True, help_text="When its bank put another card or date in its place.", null=True),
                ),
                ("last_used_at", models.DateTimeField(blank=True, null=True)),
                ("deleted_at", models.DateTimeField(blank=True, null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "merchant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="saved_cards", to="merchants.merchant"
                    ),
                ),
                (
                    "shopper",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="saved_cards", to="shoppers.shopper"
                    ),
                ),
                (
                    "typed_as",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="saved_as", to="checkout.cardtoken"
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("status", "active")), fields=["shopper", "-id"], name="saved_card_of_shopper"
                    ),
                    models.Index(condition=models.Q(("status", "pending")), fields=["id"], name="saved_card_pending"),
                    models.Index(
                        condition=models.Q(("status", "deleted"), ("token_reference__isnull", False)),
                        fields=["id"],
                        name="saved_card_to_end",
                    ),
                    models.Index(condition=models.Q(("status", "active")), fields=["checked_at"], name="saved_card_to_check"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "active"), _negated=True), ("token_reference__isnull", False), _connector="OR"
                        ),
                        name="saved_card_active_has_token",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "deleted"), _negated=True), ("deleted_at__isnull", False), _connector="OR"
                        ),
                        name="saved_card_deleted_has_time",
                    ),
                ],
            },
        ),
        migrations.AddField(
            "cardtoken",
            "saved_card",
            models.ForeignKey(
                blank=True,
                help_text="Not typed but saved before: then the number is the network's token for it.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="uses",
                to="checkout.savedcard",
            ),
        ),
        migrations.AddField(
            "checkoutsession",
            "knows_shopper",
            models.BooleanField(
                db_default=False,
                default=False,
                help_text="The store said that this person is signed in there: their saved cards may pay.",
            ),
        ),
    ]
