"""Sales of before are taken to have been made where their till stands now: nobody wrote down where it stood."""

from django.db import migrations

FILL = """
UPDATE pos_monitor_tillsale s SET store_id = t.store_id
  FROM pos_monitor_terminal t WHERE t.id = s.terminal_id AND s.store_id IS NULL AND t.store_id IS NOT NULL
"""


class Migration(migrations.Migration):
    dependencies = [("pos_monitor", "0020_store_of_till_sales")]

    operations = [migrations.RunSQL(FILL, migrations.RunSQL.noop)]
