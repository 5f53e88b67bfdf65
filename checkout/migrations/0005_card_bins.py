from __future__ import annotations

import functools

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

import common.ids


class Migration(migrations.Migration):
    """Lists of card ranges, the ranges that they brought, and which number the table has now."""

    dependencies = [
        ("checkout", "0004_payments_by_day"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='BinPointer',
            fields=[
                ('name', models.CharField(default='cards', max_length=10, primary_key=True, serialize=False)),
                ('number', models.PositiveIntegerField(default=0)),
                ('changed_at', models.DateTimeField(auto_now=True)),
            ],
        ),
        migrations.CreateModel(
            name='BinImport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=functools.partial(common.ids.new_id, *('bli',), **{}), editable=False, max_length=40, unique=True, verbose_name='id')),
                ('state', models.CharField(choices=[('previewed', 'Previewed'), ('applied', 'Applied'), ('discarded', 'Discarded')], default='previewed', max_length=10)),
                ('source', models.CharField(help_text='Whose list: each source is replaced as a whole.', max_length=40)),
                ('filename', models.CharField(blank=True, max_length=120, verbose_name='file')),
                ('sha256', models.CharField(blank=True, max_length=64, verbose_name='SHA-256')),
                ('rows', models.JSONField(default=list, help_text='The ranges as they were read.')),
                ('rows_total', models.PositiveIntegerField(default=0, verbose_name='rows')),
                ('counts', models.JSONField(default=dict, help_text='added, changed, ended, same, errors -> how many.')),
                ('errors', models.JSONField(default=list, help_text='[row, what is wrong], of the first rows that cannot be taken.')),
                ('changes', models.JSONField(default=list, help_text='[what, from, to, before, after] of the first ranges that change.')),
                ('seen_number', models.PositiveIntegerField(default=0, help_text="The table's number when it was looked at.")),
                ('number', models.PositiveIntegerField(help_text="The table's number that it made.", null=True, unique=True)),
                ('created_at', models.DateTimeField(auto_now_add=True, verbose_name='brought in')),
                ('applied_at', models.DateTimeField(blank=True, null=True)),
                ('applied_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('created_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('restores', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='restored_by', to='checkout.binimport')),
            ],
            options={
                'verbose_name': 'list of card ranges',
                'verbose_name_plural': 'lists of card ranges',
                'ordering': ['-pk'],
            },
        ),
        migrations.CreateModel(
            name='BinRange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('bin_from', models.CharField(max_length=11, verbose_name='from')),
                ('bin_to', models.CharField(max_length=11, verbose_name='to')),
                ('first', models.BigIntegerField(editable=False)),
                ('last', models.BigIntegerField(editable=False)),
                ('network', models.CharField(max_length=12)),
                ('account_kind', models.CharField(max_length=10)),
                ('auto_sub', models.BooleanField(help_text="The issuer takes the charge's word that every item was checked.", verbose_name='takes the flag')),
                ('valid_from', models.DateField()),
                ('valid_to', models.DateField(blank=True, null=True)),
                ('source', models.CharField(max_length=40)),
                ('added_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='added_ranges', to='checkout.binimport')),
                ('ended_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='ended_ranges', to='checkout.binimport')),
            ],
            options={
                'verbose_name': 'card range',
                'ordering': ['first', 'pk'],
            },
        ),
        migrations.AddIndex(
            model_name='binimport',
            index=models.Index(fields=['source', '-applied_at'], name='bin_import_newest'),
        ),
        migrations.AddConstraint(
            model_name='binimport',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('applied_at__isnull', False), ('number__isnull', False), ('state', 'applied')), models.Q(models.Q(('state', 'applied'), _negated=True), ('applied_at', None), ('number', None)), _connector='OR'), name='bin_import_applied_is_numbered'),
        ),
        migrations.AddConstraint(
            model_name='binrange',
            constraint=models.CheckConstraint(condition=models.Q(('bin_from__regex', '^[1-9][0-9]{7,10}$'), ('bin_to__regex', '^[1-9][0-9]{7,10}$'), ('first__lte', models.F('last'))), name='bin_range_has_8_to_11_digits'),
        ),
        migrations.AddConstraint(
            model_name='binrange',
            constraint=models.CheckConstraint(condition=models.Q(('valid_to', None), ('valid_to__gte', models.F('valid_from')), _connector='OR'), name='bin_range_days_in_order'),
        ),
        migrations.AddConstraint(
            model_name='binrange',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(condition=models.Q(('ended_by', None)), expressions=[(models.Func(models.F('first'), models.F('last'), models.Value('[]'), function='int8range', output_field=django.contrib.postgres.fields.ranges.BigIntegerRangeField()), '&&'), (models.Func(models.F('valid_from'), models.F('valid_to'), models.Value('[]'), function='daterange', output_field=django.contrib.postgres.fields.ranges.DateRangeField()), '&&')], name='bin_range_no_overlap'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='binrange',
            trigger=pgtrigger.compiler.Trigger(name='bin_range_never_goes', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='d7695c524251a4e2088417e8c9537f4287cd6be0', operation='DELETE', pgid='pgtrigger_bin_range_never_goes_7e7a5', table='checkout_binrange', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='binrange',
            trigger=pgtrigger.compiler.Trigger(name='bin_range_only_ends', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."account_kind" IS DISTINCT FROM (NEW."account_kind") OR OLD."added_by_id" IS DISTINCT FROM (NEW."added_by_id") OR OLD."auto_sub" IS DISTINCT FROM (NEW."auto_sub") OR OLD."bin_from" IS DISTINCT FROM (NEW."bin_from") OR OLD."bin_to" IS DISTINCT FROM (NEW."bin_to") OR OLD."first" IS DISTINCT FROM (NEW."first") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."last" IS DISTINCT FROM (NEW."last") OR OLD."network" IS DISTINCT FROM (NEW."network") OR OLD."source" IS DISTINCT FROM (NEW."source") OR OLD."valid_from" IS DISTINCT FROM (NEW."valid_from") OR OLD."valid_to" IS DISTINCT FROM (NEW."valid_to"))', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='9061ef61413ce058a1ad7fafdf84ad740ec23d9f', operation='UPDATE', pgid='pgtrigger_bin_range_only_ends_509ef', table='checkout_binrange', when='BEFORE')),
        ),
    ]
