from __future__ import annotations

from django.db import migrations


class Migration(migrations.Migration):
    """Whose engine judges a terminal follows from its number; a column that nobody kept up said something else."""

    dependencies = [("pos_monitor", "0014_standing_by")]

    operations = [migrations.RemoveField("terminal", "shard")]
