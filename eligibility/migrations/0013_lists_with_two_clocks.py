"""Lists get two clocks: from when a product stands on a list, and since which version we know it."""

import functools

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import common.ids
import vault.fields

STAGE = """
CREATE UNLOGGED TABLE eligibility_list_stage (
    sync_id bigint NOT NULL, number integer NOT NULL, gtin14 varchar(14) NOT NULL, change_code char(1) NOT NULL,
    brand text NOT NULL, description text NOT NULL, size text NOT NULL, category_code text NOT NULL, subcategory text NOT NULL,
    rx_flag boolean NOT NULL, replaced_by text NOT NULL, named_source text NOT NULL, effective_date date, termination_date date,
    row_hash bytea NOT NULL
);
CREATE INDEX list_stage_gtin ON eligibility_list_stage (sync_id, gtin14);
"""


def carry_over(apps, schema_editor):
    """What stood on lists until now: each version held from its day to the next version's, and was known from then on."""
    former, source_of = apps.get_model("eligibility", "FormerListVersion"), apps.get_model("eligibility", "ListSource")
    version_of = apps.get_model("eligibility", "ListVersion")
    versions = list(former.objects.filter(is_complete=True).order_by("list_id", "effective_at", "pk"))
    for at, old in enumerate(versions):
        source, _ = source_of.objects.get_or_create(list_id=old.list_id, defaults={"name": old.source, "kind": "hand"})
        source.head += 1
        source.save()
        version_of.objects.create(
            list_source=source, number=source.head, version=old.version, effective_at=old.effective_at, applied_at=old.created_at
        )
        later = versions[at + 1] if at + 1 < len(versions) and versions[at + 1].list_id == old.list_id else None
        with schema_editor.connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO eligibility_listitem (list_source_id, since, gtin14, listed_from, listed_until, brand, description, size,"
                " category_code, subcategory, rx_flag, replaced_by, named_source, row_hash)"
                " SELECT %s, %s, gtin14, %s, %s, brand, description, '', category_code, '', false, '', '', ''::bytea"
                " FROM eligibility_formerlistitem WHERE list_version_id = %s",
                [source.pk, source.head, old.effective_at, later.effective_at if later else None, old.pk],
            )


class Migration(migrations.Migration):
    dependencies = [
        ("eligibility", "0012_product_offer"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint("ListVersion", "list_version_once"),
        migrations.RemoveConstraint("ListItem", "list_gtin_once"),
        migrations.RemoveConstraint("ListItem", "list_gtin_is_14_digits"),
        migrations.RemoveIndex("ListItem", "list_item_gtin"),
        migrations.RenameModel("ListVersion", "FormerListVersion"),
        migrations.RenameModel("ListItem", "FormerListItem"),
        migrations.CreateModel(
            name='ListSource',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=functools.partial(common.ids.new_id, *('lst',), **{}), editable=False, max_length=40, unique=True, verbose_name='id')),
                ('list_id', models.CharField(max_length=40, unique=True, verbose_name='list')),
                ('name', models.CharField(help_text='As decisions name it: “GTIN … is on <name>”.', max_length=120)),
                ('kind', models.CharField(choices=[('https', 'HTTPS'), ('sftp', 'SFTP'), ('hand', 'entered here')], default='hand', max_length=8)),
                ('url', models.CharField(blank=True, help_text='Of the folder that holds index.json.', max_length=300, verbose_name='address')),
                ('public_key', models.CharField(blank=True, help_text='Ed25519, 32 bytes in base64: what signs the index.', max_length=60)),
                ('username', models.CharField(blank=True, max_length=60)),
                ('secret', vault.fields.PlatformSealedTextField(blank=True, default='', help_text="HTTPS: a bearer token. SFTP: a private key in OpenSSH's form, or a password.")),
                ('host_key', models.CharField(blank=True, help_text="SFTP: the server's public key, as in known_hosts.", max_length=600)),
                ('zone', models.CharField(default='America/New_York', help_text="In which the list's days begin.", max_length=40, verbose_name='time zone')),
                ('is_active', models.BooleanField(default=True)),
                ('check_every_min', models.PositiveIntegerField(default=360)),
                ('window_from', models.TimeField(blank=True, help_text="Large loads begin after this, in the list's time zone …", null=True)),
                ('window_until', models.TimeField(blank=True, help_text='… and before this. Empty: at any time.', null=True)),
                ('small_rows', models.PositiveIntegerField(default=5000, help_text='A file of at most so many rows, a hot-fix, waits for no window.')),
                ('rows_per_s', models.PositiveIntegerField(blank=True, help_text='Written at most so fast. Empty: as fast as sales allow.', null=True)),
                ('gone_limit_percent', models.DecimalField(decimal_places=2, default=5, help_text='More that leave the list wait for a person.', max_digits=5)),
                ('change_limit_percent', models.DecimalField(decimal_places=2, default=10, help_text='More that come or change, and do not leave, wait for a person.', max_digits=6)),
                ('fault_limit_percent', models.DecimalField(decimal_places=2, default=1, help_text='More rows that cannot be taken wait too.', max_digits=5)),
                ('head', models.PositiveIntegerField(default=0, editable=False, help_text='The number of the version that is switched on.')),
                ('sequence', models.BigIntegerField(default=0, editable=False, help_text="The publisher's own number of it.")),
                ('index_published_at', models.DateTimeField(editable=False, null=True)),
                ('etag', models.CharField(blank=True, editable=False, max_length=200)),
                ('checked_at', models.DateTimeField(editable=False, null=True)),
                ('next_at', models.DateTimeField(db_index=True, editable=False, null=True)),
                ('failures', models.PositiveSmallIntegerField(default=0, editable=False, help_text='In a row.')),
                ('error', models.CharField(blank=True, editable=False, max_length=300)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
            ],
            options={
                'verbose_name': 'source of a list',
                'verbose_name_plural': 'sources of lists',
                'ordering': ['list_id'],
            },
        ),
        migrations.AddField(
            model_name='product',
            name='gtin_written',
            field=models.CharField(blank=True, help_text='By the shop, where that is not the GTIN-14.', max_length=20, verbose_name='GTIN as written'),
        ),
        migrations.CreateModel(
            name='ListItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('since', models.PositiveIntegerField()),
                ('until', models.PositiveIntegerField(blank=True, null=True)),
                ('gtin14', models.CharField(max_length=14, verbose_name='GTIN-14')),
                ('listed_from', models.DateTimeField()),
                ('listed_until', models.DateTimeField(blank=True, null=True)),
                ('brand', models.CharField(blank=True, max_length=120)),
                ('description', models.CharField(max_length=500)),
                ('size', models.CharField(blank=True, max_length=60)),
                ('category_code', models.CharField(max_length=80)),
                ('subcategory', models.CharField(blank=True, max_length=80)),
                ('rx_flag', models.BooleanField(default=False, verbose_name='prescription')),
                ('replaced_by', models.CharField(blank=True, max_length=14, verbose_name='replaced by GTIN-14')),
                ('named_source', models.CharField(blank=True, max_length=120, verbose_name="list's own source")),
                ('row_hash', models.BinaryField(max_length=16)),
                ('list_source', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='items', to='eligibility.listsource')),
            ],
            options={
                'verbose_name': 'product on a list',
                'verbose_name_plural': 'products on lists',
            },
        ),
        migrations.CreateModel(
            name='ListChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField(help_text="The version's.")),
                ('gtin14', models.CharField(max_length=14, verbose_name='GTIN-14')),
                ('kind', models.CharField(choices=[('added', 'comes onto the list'), ('changed', 'is described otherwise'), ('removed', 'leaves the list')], max_length=8)),
                ('effective_at', models.DateTimeField()),
                ('old_category', models.CharField(blank=True, help_text='Empty where it stood on the list not at all.', max_length=80)),
                ('new_category', models.CharField(blank=True, max_length=80)),
                ('moves_status', models.BooleanField(help_text='Another category, or on the list and off it: products with this GTIN may be judged otherwise.')),
                ('replaced_by', models.CharField(blank=True, max_length=14, verbose_name='replaced by GTIN-14')),
                ('before', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='eligibility.listitem')),
                ('list_source', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='changes', to='eligibility.listsource')),
            ],
            options={
                'verbose_name': 'change of a list',
                'verbose_name_plural': 'changes of lists',
                'ordering': ['-pk'],
            },
        ),
        migrations.CreateModel(
            name='ListSync',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=functools.partial(common.ids.new_id, *('lsy',), **{}), editable=False, max_length=40, unique=True, verbose_name='id')),
                ('state', models.CharField(choices=[('queued', 'waiting'), ('running', 'under way'), ('held', 'waits for a person'), ('done', 'done'), ('failed', 'failed'), ('refused', 'refused by a person')], default='queued', max_length=10)),
                ('stage', models.CharField(choices=[('fetch', 'fetching the file'), ('stage', 'reading and checking'), ('compare', 'comparing'), ('write', 'writing'), ('switch', 'switching on')], default='fetch', max_length=8)),
                ('entry', models.JSONField(default=dict, help_text="As the publisher's index names it.")),
                ('manifest', models.JSONField(default=dict)),
                ('number', models.PositiveIntegerField(help_text='Of the version that it becomes.')),
                ('bytes_total', models.BigIntegerField(default=0)),
                ('bytes_done', models.BigIntegerField(default=0)),
                ('rows_total', models.PositiveIntegerField(default=0)),
                ('rows_done', models.PositiveIntegerField(default=0, help_text='In this stage.')),
                ('rows_faulty', models.PositiveIntegerField(default=0)),
                ('rows_twice', models.PositiveIntegerField(default=0)),
                ('after_gtin', models.CharField(blank=True, help_text='Checkpoint of writing.', max_length=14)),
                ('added', models.PositiveIntegerField(default=0)),
                ('changed', models.PositiveIntegerField(default=0)),
                ('removed', models.PositiveIntegerField(default=0)),
                ('standing', models.PositiveIntegerField(default=0, help_text='How many products stood on the list before.')),
                ('held_because', models.JSONField(default=list, help_text='Sentences.')),
                ('decided_at', models.DateTimeField(blank=True, null=True)),
                ('decided_why', models.CharField(blank=True, max_length=300)),
                ('waited_s', models.FloatField(default=0, help_text='How long it stood back for sales.')),
                ('seconds', models.JSONField(default=dict, help_text='Stage -> how long it took.')),
                ('worker', models.CharField(blank=True, max_length=40)),
                ('leased_until', models.DateTimeField(blank=True, null=True)),
                ('attempts', models.PositiveSmallIntegerField(default=0, help_text='Failures in a row.')),
                ('error', models.CharField(blank=True, max_length=300)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('started_at', models.DateTimeField(blank=True, null=True)),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
                ('decided_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('list_source', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='syncs', to='eligibility.listsource')),
            ],
            options={
                'verbose_name': 'update of a list',
                'verbose_name_plural': 'updates of lists',
                'ordering': ['-pk'],
            },
        ),
        migrations.CreateModel(
            name='ListRowFault',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField(verbose_name='row')),
                ('gtin', models.CharField(blank=True, max_length=20, verbose_name='GTIN')),
                ('why', models.CharField(max_length=300)),
                ('sync', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='faults', to='eligibility.listsync')),
            ],
            options={
                'verbose_name': 'row that was not taken',
                'verbose_name_plural': 'rows that were not taken',
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='ListVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField(help_text="Counts the list's versions as they were switched on here.")),
                ('sequence', models.BigIntegerField(default=0, help_text="The publisher's own number.")),
                ('version', models.CharField(max_length=20)),
                ('kind', models.CharField(choices=[('full', 'whole list'), ('delta', 'changes'), ('hand', 'entered here')], default='hand', max_length=8)),
                ('effective_at', models.DateTimeField()),
                ('published_at', models.DateTimeField(blank=True, null=True)),
                ('applied_at', models.DateTimeField(blank=True, null=True)),
                ('sha256', models.CharField(blank=True, help_text='Of its file.', max_length=64, verbose_name='SHA-256')),
                ('rows', models.PositiveIntegerField(default=0)),
                ('added', models.PositiveIntegerField(default=0)),
                ('changed', models.PositiveIntegerField(default=0)),
                ('removed', models.PositiveIntegerField(default=0)),
                ('faulty', models.PositiveIntegerField(default=0)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('approved_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('list_source', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='versions', to='eligibility.listsource')),
            ],
            options={
                'verbose_name': 'version of a list',
                'verbose_name_plural': 'versions of lists',
                'ordering': ['-pk'],
            },
        ),
        migrations.AddIndex(
            model_name='listitem',
            index=models.Index(fields=['gtin14'], name='list_item_gtin'),
        ),
        migrations.AddConstraint(
            model_name='listitem',
            constraint=models.UniqueConstraint(condition=models.Q(('until', None)), fields=('list_source', 'gtin14', 'listed_from'), name='list_item_said_once'),
        ),
        migrations.AddConstraint(
            model_name='listitem',
            constraint=models.CheckConstraint(condition=models.Q(('gtin14__regex', '^\\d{14}$')), name='list_gtin_is_14_digits'),
        ),
        migrations.AddConstraint(
            model_name='listitem',
            constraint=models.CheckConstraint(condition=models.Q(('listed_until', None), ('listed_until__gt', models.F('listed_from')), _connector='OR'), name='list_item_ends_after_it_begins'),
        ),
        migrations.AddIndex(
            model_name='listchange',
            index=models.Index(fields=['gtin14'], name='list_change_gtin'),
        ),
        migrations.AddIndex(
            model_name='listchange',
            index=models.Index(condition=models.Q(('moves_status', True)), fields=['effective_at'], name='list_change_moves_at'),
        ),
        migrations.AddConstraint(
            model_name='listchange',
            constraint=models.UniqueConstraint(fields=('list_source', 'number', 'gtin14', 'effective_at'), name='list_change_once'),
        ),
        migrations.AddConstraint(
            model_name='listsync',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ['queued', 'running', 'held'])), fields=('list_source',), name='list_sync_one_at_a_time'),
        ),
        migrations.AddConstraint(
            model_name='listversion',
            constraint=models.UniqueConstraint(fields=('list_source', 'number'), name='list_version_number_once'),
        ),
            migrations.RunPython(carry_over, migrations.RunPython.noop),
        migrations.RunSQL(STAGE, "DROP TABLE eligibility_list_stage"),
    ]
