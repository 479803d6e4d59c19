from pathlib import Path

from django.db import migrations

from n2store.sql import sql_file

SQL = Path(__file__).resolve().parent.parent / "sql"

HEAR = """
    DROP FUNCTION realtime_hear(jsonb);
    DROP FUNCTION realtime_hear_one(jsonb);
    DROP FUNCTION realtime_tell(text, realtime_contact, bigint, integer, boolean);
    DROP FUNCTION realtime_customer_of(jsonb);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("realtime", "0002_inbox"),
        ("n2store", "0001_initial"),
    ]

    operations = [
        sql_file(SQL, "hear.sql", drop=HEAR),
        sql_file(SQL, "answer.sql", drop="DROP FUNCTION realtime_answer(text, text, bigint)"),
    ]
