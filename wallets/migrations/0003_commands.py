from pathlib import Path

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

from n2store.sql import sql_file

SQL = Path(__file__).resolve().parent.parent / "sql"
COMMAND = (
    "text, bigint, text, bigint, bigint, text, text, timestamptz, text,"
    " text, text, text, text, text, timestamptz, timestamptz"
)


class Migration(migrations.Migration):

    dependencies = [
        ('n2store', '0002_audit_log'),
        ('wallets', '0002_virtual_credit'),
    ]

    operations = [
        migrations.CreateModel(
            name='Command',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=100, null=True, verbose_name='idempotency key')),
                ('fingerprint', models.CharField(help_text='SHA-256 of who asked for what.', max_length=64)),
                ('action', models.CharField(max_length=30, verbose_name='action')),
                ('actor', models.CharField(max_length=150, verbose_name='by')),
                ('answer', models.JSONField(verbose_name='answer')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='at')),
                ('wallet', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='wallets.wallet')),
            ],
            options={
                'verbose_name': 'money command',
                'verbose_name_plural': 'money commands',
                'indexes': [models.Index(fields=['fingerprint', '-created_at'], name='command_latest_of_content')],
                'constraints': [models.UniqueConstraint(fields=('key',), name='command_key_once')],
            },
        ),
        sql_file(SQL, "command.sql", drop=f"DROP FUNCTION wallets_command({COMMAND})"),
    ]
