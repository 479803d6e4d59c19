from pathlib import Path

from django.db import migrations

from n2store.sql import sql_file

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    """A new ticket is told what the shop knows of its order."""

    dependencies = [
        ('customers', '0014_orders_without_status'),
        ('tickets', '0011_orders_in_any_case'),
    ]

    operations = [
        sql_file(SQL, "bought.sql", drop=migrations.RunSQL.noop),
        sql_file(SQL, "create.sql", drop=migrations.RunSQL.noop),
    ]
