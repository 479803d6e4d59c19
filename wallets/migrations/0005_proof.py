from pathlib import Path

import django.db.models.functions.datetime
from django.db import migrations, models

from n2store.sql import sql_file

SQL = Path(__file__).resolve().parent.parent / "sql"

NEW = [
    ("asof.sql", "wallets_asof(bigint, timestamptz)"),
    ("prints.sql", "wallets_prints(timestamptz, timestamptz)"),
    ("seal.sql", "wallets_seal(timestamptz)"),
    ("verify_seals.sql", "wallets_verify_seals()"),
]
BETTER = ("post.sql", "deposit.sql", "reverse.sql", "verify.sql", "verify_credits.sql")


class Migration(migrations.Migration):
    dependencies = [("wallets", "0004_pending_withdrawals")]

    operations = [
        migrations.AddField(
            model_name="credituse",
            name="good_until",
            field=models.DateTimeField(help_text="Until when the lot had been good, if this revived it.", null=True),
        ),
        migrations.CreateModel(
            name="LedgerSeal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField(unique=True, verbose_name="day")),
                ("rows", models.BigIntegerField(verbose_name="rows")),
                (
                    "prints",
                    models.BinaryField(help_text="For each row 24 bytes: wallet, sequence, print; see `sql/prints.sql`."),
                ),
                (
                    "digest",
                    models.CharField(
                        help_text="SHA-256 of the digest before, the day, the prints.",
                        max_length=64,
                        verbose_name="digest",
                    ),
                ),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={"verbose_name": "seal of the ledger", "verbose_name_plural": "seals of the ledger"},
        ),
        sql_file(
            SQL,
            "seal_append_only.sql",
            drop="DROP TRIGGER wallets_ledgerseal_unchanged ON wallets_ledgerseal;"
            "DROP FUNCTION wallets_refuse_new_seal()",
        ),
        *[sql_file(SQL, name, drop=f"DROP FUNCTION {signature}") for name, signature in NEW],
        *[sql_file(SQL, name, drop=migrations.RunSQL.noop) for name in BETTER],
    ]
