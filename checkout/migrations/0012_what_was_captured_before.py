"""What was captured so far was captured whole. In batches, so that sales go on beside it."""

from django.db import migrations
from django.db.models import F, Max

BATCH = 5_000
TAKEN = (("Tender", "approved_cents"), ("Payment", "amount_cents"))


def note_captured(apps, schema_editor):
    for name, cents in TAKEN:
        rows = apps.get_model("checkout", name)._base_manager
        last = rows.aggregate(last=Max("pk"))["last"] or 0
        for start in range(0, last + 1, BATCH):
            some = rows.filter(pk__gt=start, pk__lte=start + BATCH, status="captured", captured_cents=0)
            some.update(captured_cents=F(cents))


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("checkout", "0011_captures_and_refunds")]

    operations = [migrations.RunPython(note_captured, migrations.RunPython.noop)]
