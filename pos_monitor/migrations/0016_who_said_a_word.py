from __future__ import annotations

import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("pos_monitor", "0015_terminal_without_shard")]

    operations = [
        migrations.AddField(
            model_name="fleetword",
            name="last_seen_at",
            field=models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), help_text="To the day."),
        ),
        migrations.AddField(
            model_name="fleetword",
            name="merchant",
            field=models.BigIntegerField(db_index=True, default=0, help_text="Whose terminal that was; no foreign key."),
        ),
        migrations.AddField(
            model_name="fleetword",
            name="terminal",
            field=models.BigIntegerField(
                db_index=True, default=0, help_text="Number of the one that said it first; no foreign key."
            ),
        ),
    ]
