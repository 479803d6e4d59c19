from pathlib import Path

from django.db import migrations

from n2store.sql import sql_file

SQL = Path(__file__).resolve().parent.parent / "sql"
DROP = "DROP FUNCTION wallets_expire_due(timestamptz, integer)"


class Migration(migrations.Migration):
    dependencies = [
        ("wallets", "0006_card"),
    ]

    operations = [
        migrations.RunSQL(DROP, (SQL / "expire_due.sql").read_text(encoding="utf-8")),
        sql_file(SQL, "expire_due_told.sql", drop=DROP),
    ]
