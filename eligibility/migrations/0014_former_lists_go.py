from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("eligibility", "0013_lists_with_two_clocks")]

    operations = [
        migrations.DeleteModel("FormerListItem"),
        migrations.DeleteModel("FormerListVersion"),
    ]
