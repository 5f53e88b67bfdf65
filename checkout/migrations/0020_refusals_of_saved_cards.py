from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("checkout", "0019_cards_at_tills")]

    operations = [
        migrations.AddField(
            model_name="savedcard",
            name="refused_code",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="Its bank never approves renewals on it: no subscription tries it again.",
                max_length=60,
            ),
        ),
    ]
