from pathlib import Path

from django.db import migrations

from n2store.sql import sql_file

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    """A page of a list is found by a query of its own, in the round trip that writes it."""

    dependencies = [("n2store", "0005_old_names")]

    operations = [
        sql_file(SQL, "found.sql", drop="DROP FUNCTION n2store_found(text); DROP FUNCTION n2store_counted(text)"),
    ]
