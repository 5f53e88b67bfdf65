from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    """An attempt remembers which call made it and what it answered; every tender tells its cents of each line."""

    dependencies = [("checkout", "0007_late_answers_and_clearing"), ("merchants", "0005_tender_settings")]

    operations = [
        migrations.AddField(
            "payment",
            "attempt_key",
            models.CharField(
                max_length=64, blank=True, default="", db_default="", editable=False,
                help_text="Digest of the Idempotency-Key: a repeat is answered from here.",
            ),
        ),
        migrations.AddField(
            "payment",
            "failure_details",
            models.JSONField(default=dict, blank=True, help_text="What else the refusal said, to say it again."),
        ),
        migrations.AddConstraint(
            "payment",
            models.UniqueConstraint(
                fields=["session", "attempt_key"], condition=models.Q(("attempt_key", ""), _negated=True), name="payment_attempt_once"
            ),
        ),
        migrations.AlterField(
            "tender",
            "line_weights",
            models.JSONField(
                default=dict, help_text="Line position -> cents of it that this card carries: as asked, and once approved as approved."
            ),
        ),
    ]  # fmt: skip
