"""Since when a list cannot be fetched, and when an update's stage was begun."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('eligibility', '0020_changes_told_before'),
    ]

    operations = [
        migrations.AddField(
            model_name='listsource',
            name='failing_since',
            field=models.DateTimeField(editable=False, help_text='The first of these failures.', null=True),
        ),
        migrations.AddField(
            model_name='listsync',
            name='stage_at',
            field=models.DateTimeField(blank=True, help_text='When fetching or reading was begun, the last time.', null=True),
        ),
    ]
