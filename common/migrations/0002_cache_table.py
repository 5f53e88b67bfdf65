from __future__ import annotations

from django.db import migrations


class Migration(migrations.Migration):
    """Where Django's database cache keeps its rows; the columns are Django's own."""

    dependencies = [("common", "0001_initial")]

    operations = [
        migrations.RunSQL(
            """
            CREATE TABLE common_cache (cache_key varchar(255) PRIMARY KEY, value text NOT NULL, expires timestamptz NOT NULL);
            CREATE INDEX common_cache_expires ON common_cache (expires);
            """,
            "DROP TABLE common_cache",
        )
    ]
