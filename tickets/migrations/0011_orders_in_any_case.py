from pathlib import Path

from django.db import migrations

from n2store.sql import sql_file

SQL = Path(__file__).resolve().parent.parent / "sql"
BEFORE = (SQL / "create_planned.sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):

    dependencies = [
        ('tickets', '0010_credited_once_by_order'),
    ]

    operations = [
        sql_file(SQL, "create_any_case.sql", drop=BEFORE),
    ]
