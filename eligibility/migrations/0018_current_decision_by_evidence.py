from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("eligibility", "0017_evidence_of_decisions_in_force")]

    operations = [
        AddIndexConcurrently(
            "currentdecision", models.Index(fields=["merchant", "evidence", "-product"], name="current_decision_by_evidence")
        ),
        AddIndexConcurrently(
            "currentdecision", models.Index(fields=["merchant", "category_code", "-product"], name="current_decision_by_category")
        ),
    ]
