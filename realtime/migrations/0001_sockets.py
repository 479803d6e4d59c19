

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Account',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('provider', models.CharField(choices=[('pancake', 'pancake'), ('tpos', 'tpos')], max_length=10, verbose_name='provider')),
                ('owner', models.CharField(help_text="Pancake: the user's id. TPOS: the room.", max_length=100, verbose_name='owner')),
                ('page_ids', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=50), blank=True, default=list, size=None, verbose_name='pages')),
                ('sealed', models.TextField(help_text='Token and cookie, encrypted. See `proxy.sealing`.')),
                ('token_until', models.DateTimeField(help_text='As the token itself says.', null=True, verbose_name='token ends')),
                ('wanted', models.BooleanField(default=True, verbose_name='wanted')),
                ('revision', models.PositiveIntegerField(default=1, help_text='Raised with each change: the holder begins anew.')),
                ('changed_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='changed at')),
                ('changed_by', models.CharField(blank=True, max_length=150, verbose_name='changed by')),
            ],
            options={
                'verbose_name': 'socket account',
                'verbose_name_plural': 'socket accounts',
            },
        ),
        migrations.CreateModel(
            name='Frame',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('provider', models.CharField(max_length=10, verbose_name='provider')),
                ('topic', models.CharField(blank=True, max_length=200)),
                ('event', models.CharField(max_length=100, verbose_name='event')),
                ('page_id', models.CharField(blank=True, max_length=50, verbose_name='page')),
                ('payload', models.TextField(help_text='JSON as received; text, as JSON in the database bears no \\u0000.')),
                ('key', models.CharField(help_text='Made of the content: the same frame is one row.', max_length=80, unique=True)),
                ('error', models.CharField(blank=True, help_text='Why it could not be understood.', max_length=500, verbose_name='error')),
                ('received_at', models.DateTimeField(verbose_name='received at')),
            ],
            options={
                'verbose_name': 'frame',
                'verbose_name_plural': 'frames',
            },
        ),
        migrations.CreateModel(
            name='FrameKind',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('provider', models.CharField(max_length=10, verbose_name='provider')),
                ('event', models.CharField(max_length=100, verbose_name='event')),
                ('known', models.BooleanField(default=True, verbose_name='known')),
                ('count', models.BigIntegerField(default=0, verbose_name='count')),
                ('first_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='first')),
                ('last_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='last')),
            ],
            options={
                'verbose_name': 'kind of frame',
                'verbose_name_plural': 'kinds of frames',
            },
        ),
        migrations.CreateModel(
            name='Lease',
            fields=[
                ('name', models.CharField(max_length=20, primary_key=True, serialize=False)),
                ('holder', models.CharField(max_length=100, verbose_name='holder')),
                ('term', models.BigIntegerField(help_text='Raised with each new holder.')),
                ('since', models.DateTimeField(verbose_name='since')),
                ('renewed_at', models.DateTimeField(verbose_name='renewed at')),
                ('until', models.DateTimeField(verbose_name='until')),
            ],
        ),
        migrations.CreateModel(
            name='PageSilence',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('page_id', models.CharField(max_length=50, verbose_name='page')),
                ('since', models.DateTimeField(help_text='The last frame of the page.', verbose_name='since')),
                ('usual_s', models.PositiveIntegerField(help_text='Seconds; longer ones were rare of late.', verbose_name='usual silence')),
                ('noticed_at', models.DateTimeField(verbose_name='noticed at')),
                ('ended_at', models.DateTimeField(null=True, verbose_name='ended at')),
            ],
            options={
                'verbose_name': 'silent page',
                'verbose_name_plural': 'silent pages',
            },
        ),
        migrations.CreateModel(
            name='AccountState',
            fields=[
                ('account', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='seen', serialize=False, to='realtime.account')),
                ('revision', models.PositiveIntegerField(help_text="The account's revision that this is about.")),
                ('phase', models.CharField(help_text='A `Phase` of `realtime.upstream.state`.', max_length=20, verbose_name='phase')),
                ('joined', models.BooleanField(default=False, help_text='Messages can arrive.', verbose_name='joined')),
                ('attempts', models.PositiveIntegerField(default=0, help_text='Failures since the last join.', verbose_name='attempts')),
                ('error', models.CharField(blank=True, max_length=300, verbose_name='error')),
                ('detail', models.JSONField(default=dict, help_text='Channels, pages and timings, as JSON.')),
                ('connected_at', models.DateTimeField(null=True, verbose_name='connected at')),
                ('last_frame_at', models.DateTimeField(null=True, verbose_name='last frame')),
                ('next_try_at', models.DateTimeField(null=True, verbose_name='next try')),
                ('written_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'verbose_name': 'socket state',
                'verbose_name_plural': 'socket states',
            },
        ),
        migrations.AddConstraint(
            model_name='account',
            constraint=models.UniqueConstraint(fields=('provider', 'owner'), name='realtime_account_once'),
        ),
        migrations.AddConstraint(
            model_name='account',
            constraint=models.CheckConstraint(condition=models.Q(('provider__in', ['pancake', 'tpos'])), name='realtime_account_provider_known'),
        ),
        migrations.AddField(
            model_name='frame',
            name='account',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='realtime.account'),
        ),
        migrations.AddConstraint(
            model_name='framekind',
            constraint=models.UniqueConstraint(fields=('provider', 'event'), name='realtime_frame_kind_once'),
        ),
        migrations.AddConstraint(
            model_name='pagesilence',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('page_id',), name='realtime_silence_open_once'),
        ),
        migrations.AddIndex(
            model_name='frame',
            index=models.Index(fields=['received_at'], name='realtime_frame_received'),
        ),
        migrations.AddIndex(
            model_name='frame',
            index=models.Index(condition=models.Q(('page_id', ''), _negated=True), fields=['page_id', 'received_at'], name='realtime_frame_of_page'),
        ),
        migrations.AddIndex(
            model_name='frame',
            index=models.Index(condition=models.Q(('error', ''), _negated=True), fields=['id'], name='realtime_frame_failed'),
        ),
    ]
