from pathlib import Path

from django.db import migrations

from n2store.sql import sql_file

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    """A second credit is refused by a state of its own, not by that of a reused key."""

    dependencies = [
        ('tickets', '0012_what_was_bought'),
    ]

    operations = [
        sql_file(SQL, "once.sql", drop=migrations.RunSQL.noop),
    ]
