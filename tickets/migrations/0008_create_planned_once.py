from pathlib import Path

from django.db import migrations

from n2store.sql import sql_file

SQL = Path(__file__).resolve().parent.parent / "sql"
BEFORE = (SQL / "create_keyed.sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):

    dependencies = [
        ('tickets', '0007_queue_by_index'),
    ]

    operations = [
        sql_file(SQL, "create_planned.sql", drop=BEFORE),
    ]
