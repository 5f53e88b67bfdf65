"""The evidence and category of each decision in force, kept beside it."""

from django.db import migrations

FILL = """
UPDATE eligibility_currentdecision AS standing SET evidence = decided.evidence, category_code = decided.category_code
FROM eligibility_productdecision AS decided WHERE decided.id = standing.decision_id
"""


class Migration(migrations.Migration):
    dependencies = [("eligibility", "0016_catalogue_deeds")]

    operations = [migrations.RunSQL(FILL, migrations.RunSQL.noop)]
