from pathlib import Path

from django.db import migrations

from n2store.sql import sql_file

SQL = Path(__file__).resolve().parent.parent / "sql"
BEFORE = (SQL / "digits.sql").read_text(encoding="utf-8").replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")


class Migration(migrations.Migration):
    """The digits of a text are found in time that grows with the text. They are the same, so their index stays."""

    dependencies = [
        ("banking", "0011_candidates_planned_once"),
    ]

    operations = [
        sql_file(SQL, "digits_in_one_pass.sql", drop=BEFORE),
    ]
