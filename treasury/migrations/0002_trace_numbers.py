"""Trace numbers of transfers, and numbers of batches in turn: handed out by the database, so that no two processes give the same."""

from __future__ import annotations

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("treasury", "0001_the_treasury")]
    operations = [
        migrations.RunSQL("CREATE SEQUENCE treasury_trace", "DROP SEQUENCE treasury_trace"),
        migrations.RunSQL(
            "CREATE SEQUENCE treasury_batch_number MINVALUE 0 MAXVALUE 35 CYCLE", "DROP SEQUENCE treasury_batch_number"
        ),
    ]
