from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("people", "0005_seal_people")]
    operations = [
        migrations.AddConstraint("user", models.CheckConstraint(condition=models.Q(("username__contains", "@"), _negated=True), name="username_is_no_address"))
    ]
