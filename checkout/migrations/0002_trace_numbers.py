from __future__ import annotations

from django.db import migrations


class Migration(migrations.Migration):
    """Six digits, over and over: ISO 8583 field 11."""

    dependencies = [("checkout", "0001_initial")]

    operations = [
        migrations.RunSQL(
            "CREATE SEQUENCE checkout_trace_number AS integer MINVALUE 1 MAXVALUE 999999 CYCLE",
            "DROP SEQUENCE checkout_trace_number",
        )
    ]
