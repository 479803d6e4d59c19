from pathlib import Path

from django.db import migrations

from n2store.sql import sql_file

SQL = Path(__file__).resolve().parent.parent / "sql"
BEFORE = (SQL / "orders.sql").read_text(encoding="utf-8").replace("CREATE TRIGGER", "CREATE OR REPLACE TRIGGER")


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0013_rfm_locks_first'),
    ]

    operations = [
        sql_file(SQL, "orders_without_status.sql", drop=BEFORE),
    ]
