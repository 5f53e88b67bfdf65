import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('eligibility', '0010_checker'),
        ('merchants', '0004_invitations'),
        ('shoppers', '0002_shopper_accounts'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name='letter',
            name='supersedes',
            field=models.ForeignKey(blank=True, help_text='The letter that it amends.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='amendments', to='eligibility.letter'),
        ),
        migrations.AddConstraint(
            model_name='letter',
            constraint=models.UniqueConstraint(condition=models.Q(('status__in', ('declined', 'cancelled')), _negated=True), fields=('supersedes',), name='letter_amended_once'),
        ),
    ]
