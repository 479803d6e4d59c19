from pathlib import Path

from django.db import migrations, models

from n2store.sql import sql_file

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [
        ("n2store", "0002_audit_log"),
        ("wallets", "0005_proof"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="transaction", index=models.Index(fields=["-created_at", "-id"], name="transaction_newest")
        ),
        sql_file(
            SQL,
            "card.sql",
            drop="DROP FUNCTION wallets_glance(bigint, integer); DROP FUNCTION wallets_customers_of_order(text);"
            "DROP FUNCTION wallets_card(bigint, integer); DROP VIEW wallets_available",
        ),
        sql_file(
            SQL,
            "close_wallet.sql",
            drop="DROP TRIGGER trg_close_wallet ON customers_customer; DROP FUNCTION wallets_close()",
        ),
    ]
