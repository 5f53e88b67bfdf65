"""What a merchant took, and what failed, is asked for by day. Beside running sales, which an ordinary CREATE INDEX would stop."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("checkout", "0003_longer_ids_and_page_checks"),
        ("merchants", "0004_invitations"),
    ]

    operations = [
        AddIndexConcurrently(
            model_name="payment",
            index=models.Index(fields=["merchant", "captured_at"], name="payment_captured_when", condition=models.Q(status="captured")),
        ),
        AddIndexConcurrently(
            model_name="payment",
            index=models.Index(fields=["merchant", "created_at"], name="payment_failed_when", condition=models.Q(status="failed")),
        ),
    ]
