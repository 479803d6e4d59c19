from pathlib import Path

from django.db import migrations, models

from n2store.sql import sql_file

SQL = Path(__file__).resolve().parent.parent / "sql"
BEFORE = (SQL / "create.sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):

    dependencies = [
        ('tickets', '0003_quick_rows'),
    ]

    operations = [
        migrations.AddField(
            model_name='ticket',
            name='key_said',
            field=models.CharField(editable=False, help_text='What was asked with the key.', max_length=32, null=True),
        ),
        sql_file(SQL, "create_keyed.sql", drop=BEFORE),
    ]
