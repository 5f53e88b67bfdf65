from __future__ import annotations

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("treasury", "0004_fee_proposals")]
    operations = [migrations.RemoveField(model_name="payoutpolicy", name="last_scheduled_on")]
