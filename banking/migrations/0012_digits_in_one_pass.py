from pathlib import Path

from django.db import migrations

from n2store.sql import sql_file

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    """The digits of a text are found in time that grows with the text. They are the same, so their index stays."""

    dependencies = [
        ("banking", "0011_candidates_planned_once"),
    ]

    operations = [
        sql_file(SQL, "digits.sql", drop=migrations.RunSQL.noop),
    ]
