from pathlib import Path

from django.db import migrations

from n2store.sql import sql_file

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    """The event of a new transfer tells its time with its offset, as the REST answers do."""

    dependencies = [
        ("banking", "0013_lines_of_0_dong"),
    ]

    operations = [
        sql_file(SQL, "take_transfer.sql", drop=migrations.RunSQL.noop),
    ]
