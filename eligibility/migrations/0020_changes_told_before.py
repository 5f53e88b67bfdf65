"""What merchants were told until now stands in the feed under the numbers it had, so that cursors that they keep go on to hold."""

from django.db import migrations

TOLD = """
INSERT INTO eligibility_toldchange
    (id, merchant_id, product_id, state, old_status, new_status, effective_at, is_announced, decision_id, details, told_at)
SELECT id, merchant_id, product_id, 'changed', previous_status, status, decided_at, false, id, '{}', decided_at
FROM eligibility_productdecision WHERE previous_status <> '' AND previous_status <> status;
SELECT setval(pg_get_serial_sequence('eligibility_toldchange', 'id'), greatest(1, (SELECT max(id) FROM eligibility_productdecision)));
"""


class Migration(migrations.Migration):
    dependencies = [("eligibility", "0019_who_is_told_of_changes")]

    operations = [migrations.RunSQL(TOLD, migrations.RunSQL.noop)]
