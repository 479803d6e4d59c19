from pathlib import Path

from django.db import migrations

from n2store.sql import sql_file

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    """What happens to a top-up, in one round trip each."""

    dependencies = [("banking", "0007_topups"), ("n2store", "0002_audit_log"), ("wallets", "0009_pending_covered")]

    operations = [
        sql_file(
            SQL,
            "topup.sql",
            drop="DROP TRIGGER banking_topup_line_came ON banking_banktransfer;"
            "DROP FUNCTION banking_topup_line_came();"
            "DROP FUNCTION banking_payos_take(text, bigint, text, bigint, text, text, text, text[], text[], timestamptz,"
            " jsonb, boolean);"
            "DROP FUNCTION banking_topup_link(bigint, text, text, text, text, text, text, text);"
            "DROP FUNCTION banking_topup_close(bigint, text);"
            "DROP FUNCTION banking_topup_credit(bigint, text, bigint, timestamptz, text, text);"
            "DROP FUNCTION banking_topup_tie(bigint, banking_topup, bigint);"
            "DROP FUNCTION banking_topup_line(text, bigint, timestamptz, boolean);"
            "DROP FUNCTION banking_topup_tell(banking_topup);"
            "DROP FUNCTION banking_topup_kept(banking_topup);"
            "DROP FUNCTION banking_topup_state(banking_topup);"
            "DROP SEQUENCE banking_topup_order_code",
        ),
    ]
