from pathlib import Path

from django.db import migrations

from n2store.sql import sql_file

SQL = Path(__file__).resolve().parent.parent / "sql"
BEFORE = "DROP FUNCTION realtime_link_known();" + (SQL / "hear.sql").read_text(encoding="utf-8")
WHO_WAS_LINKED = "UPDATE realtime_contact SET linked_by = 'phone' WHERE customer_id IS NOT NULL"


class Migration(migrations.Migration):
    dependencies = [
        ("realtime", "0004_names_and_links"),
    ]

    operations = [
        sql_file(SQL, "hear_2.sql", drop=BEFORE),
        migrations.RunSQL(WHO_WAS_LINKED, migrations.RunSQL.noop),
    ]
