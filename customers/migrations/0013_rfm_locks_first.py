from pathlib import Path

from django.db import migrations

from n2store.sql import sql_file

SQL = Path(__file__).resolve().parent.parent / "sql"
BEFORE = (SQL / "rfm.sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0012_versions_reasons'),
    ]

    operations = [
        sql_file(SQL, "rfm_recalculate.sql", drop=BEFORE),
    ]
