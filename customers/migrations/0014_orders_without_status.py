from pathlib import Path

from django.db import migrations

from n2store.sql import sql_file

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0013_rfm_locks_first'),
    ]

    operations = [
        sql_file(SQL, "orders.sql", drop=migrations.RunSQL.noop),
    ]
