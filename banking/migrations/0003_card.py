from pathlib import Path

from django.db import migrations

from n2store.sql import sql_file

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [
        ("banking", "0002_credit_approved"),
        ("n2store", "0002_audit_log"),
    ]

    operations = [
        sql_file(SQL, "card.sql", drop="DROP FUNCTION banking_card(bigint, integer)"),
    ]
