from __future__ import annotations

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """The snapshot before the last, how dead letters are settled, and what a wave waits for."""

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("pos_monitor", "0013_version_changes"),
    ]

    operations = [
        migrations.AlterModelOptions(name="deadletter", options={"default_permissions": ("view", "change"), "ordering": ["-pk"]}),
        migrations.AddField(
            "deadletter",
            "kind",
            models.CharField(
                choices=[
                    ("entry", "An entry that cannot be read"),
                    ("stranger", "Reports of no terminal"),
                    ("poison", "An entry that memory cannot take in"),
                    ("unstored", "Reports that the database did not take"),
                    ("late", "Late reports that were not stored"),
                    ("beside", "What stood beside reports"),
                    ("snapshot", "A snapshot that cannot be read"),
                ],
                db_default="entry",
                max_length=10,
            ),
        ),
        migrations.AddField(
            "deadletter",
            "reports",
            models.PositiveIntegerField(db_default=0, help_text="How many reports it holds, if it can be read."),
        ),
        migrations.AddField(
            "deadletter", "is_whole", models.BooleanField(db_default=True, help_text="It was not too long to be kept.")
        ),
        migrations.AddField(
            "deadletter",
            "state",
            models.CharField(
                choices=[("open", "Set aside"), ("put_back", "Put back"), ("thrown_away", "Thrown away")],
                db_default="open",
                max_length=12,
            ),
        ),
        migrations.AddField("deadletter", "settled_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddField(
            "deadletter",
            "settled_by",
            models.ForeignKey(
                blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AlterField(
            "deadletter",
            "stream_id",
            models.CharField(help_text="The entry, or the last of the batch in which it was.", max_length=40),
        ),
        migrations.AlterField(
            "deadletter", "body", models.BinaryField(help_text="What it was, as fields of an entry (`wire.entry.pack`).")
        ),
        migrations.AddIndex(
            "deadletter", models.Index(condition=models.Q(("state", "open")), fields=["shard"], name="dead_letter_open")
        ),
        migrations.AddField(
            "shardprogress",
            "earlier",
            models.BinaryField(
                help_text="The snapshot before it, should it be unreadable; the stream goes back so far.", null=True
            ),
        ),
        migrations.AddField("shardprogress", "earlier_id", models.CharField(db_default="0-0", max_length=40)),
        migrations.AddField(
            "shardprogress",
            "shards",
            models.PositiveSmallIntegerField(
                db_default=0, help_text="How many there were when it was written; 0: not written yet."
            ),
        ),
        migrations.AddField(
            "command",
            "wave_note",
            models.CharField(blank=True, db_default="", help_text="Why its wave stands still, or who joined it.", max_length=200),
        ),
    ]
