from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    """The smallest charge, and whether holders of ordinary cards are authenticated."""

    dependencies = [("merchants", "0004_invitations")]

    operations = [
        migrations.AddField(
            model_name="merchant",
            name="minimum_charge_cents",
            field=models.PositiveIntegerField(
                db_default=50, default=50, help_text="The smallest amount that a card is asked for; the processor says which."
            ),
        ),
        migrations.AddField(
            model_name="merchant",
            name="three_d_secure",
            field=models.CharField(
                choices=[("off", "never"), ("ordinary", "for each ordinary card that is typed")],
                db_default="off",
                default="off",
                help_text="Whether the banks of ordinary cards are asked to authenticate their holders before a charge.",
                max_length=10,
                verbose_name="3-D Secure",
            ),
        ),
    ]
