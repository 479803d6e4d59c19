from pathlib import Path

from django.db import migrations

from n2store.sql import sql_file

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [
        ("wallets", "0008_corrections_listed"),
    ]

    operations = [
        sql_file(SQL, "pending_next.sql", drop=migrations.RunSQL.noop),
    ]
