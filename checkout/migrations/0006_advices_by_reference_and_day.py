"""A clearing file's lines are found by reference, what it lacks by the day. Beside running sales, which an ordinary CREATE INDEX would stop."""

from django.contrib.postgres.indexes import BrinIndex
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("checkout", "0005_card_bins"),
    ]

    operations = [
        AddIndexConcurrently(model_name="networkadvice", index=models.Index(fields=["rrn"], name="advice_by_rrn")),
        AddIndexConcurrently(
            model_name="networkadvice", index=BrinIndex(fields=["created_at"], name="advice_by_day", pages_per_range=32)
        ),
    ]
