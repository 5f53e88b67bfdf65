from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("checkout", "0018_disputes")]

    operations = [
        migrations.AddField(
            model_name="cardtoken",
            name="is_present",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="A till's reader has read it: it pays at a till alone, others online alone.",
            ),
        ),
    ]
