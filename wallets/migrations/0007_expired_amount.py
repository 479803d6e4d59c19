from pathlib import Path

from django.db import migrations

from n2store.sql import sql_file

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [
        ("wallets", "0006_card"),
    ]

    operations = [
        sql_file(SQL, "expire_due.sql", drop=migrations.RunSQL.noop),
    ]
