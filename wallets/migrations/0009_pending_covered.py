from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [
        ("wallets", "0008_corrections_listed"),
    ]

    operations = [
        migrations.RunSQL(
            (SQL / "pending_next_covered.sql").read_text(encoding="utf-8"),
            (SQL / "pending_next.sql").read_text(encoding="utf-8"),
        ),
    ]
