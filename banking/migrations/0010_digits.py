from pathlib import Path

import django.contrib.postgres.indexes
import django.db.models.expressions
from django.db import migrations

from n2store.sql import sql_file

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    """A search for digits is read from an index of its own. A million transfers take it a quarter of a minute."""

    dependencies = [
        ("banking", "0009_topup_lines"),
    ]

    operations = [
        sql_file(SQL, "digits.sql", drop="DROP FUNCTION banking_digits(text)"),
        migrations.AddIndex(
            model_name="banktransfer",
            index=django.contrib.postgres.indexes.GinIndex(
                django.db.models.expressions.Func("searched", function="banking_digits"),
                fastupdate=True,
                gin_pending_list_limit=256,
                name="transfer_digits",
            ),
        ),
    ]
