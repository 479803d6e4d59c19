from pathlib import Path

from django.db import migrations, models

from n2store.sql import sql_file

SQL = Path(__file__).resolve().parent.parent / "sql"
BEFORE = (SQL / "row.sql").read_text(encoding="utf-8").replace("CREATE VIEW", "CREATE OR REPLACE VIEW")


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0011_ticket_overdue'),
        ('tickets', '0002_found_by_parcel_and_time'),
    ]

    operations = [
        migrations.AlterField(
            model_name='ticket',
            name='code',
            field=models.CharField(help_text='TV-2026-00001; never given twice.', max_length=20, verbose_name='code'),
        ),
        migrations.AlterField(
            model_name='ticket',
            name='firebase_id',
            field=models.CharField(blank=True, help_text='Of imported tickets.', max_length=100, null=True),
        ),
        migrations.AlterField(
            model_name='ticket',
            name='key',
            field=models.CharField(editable=False, help_text='Idempotency key.', max_length=100, null=True),
        ),
        migrations.AddConstraint(
            model_name='ticket',
            constraint=models.UniqueConstraint(fields=('code',), name='ticket_code_once'),
        ),
        migrations.AddConstraint(
            model_name='ticket',
            constraint=models.UniqueConstraint(condition=models.Q(('firebase_id__isnull', False)), fields=('firebase_id',), name='ticket_firebase_id_once'),
        ),
        migrations.AddConstraint(
            model_name='ticket',
            constraint=models.UniqueConstraint(condition=models.Q(('key__isnull', False)), fields=('key',), name='ticket_key_once'),
        ),
        sql_file(SQL, "row_quick.sql", drop=BEFORE),
    ]
