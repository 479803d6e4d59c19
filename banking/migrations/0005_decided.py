from pathlib import Path

from django.db import migrations

from n2store.sql import sql_file

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    """Transfers are decided with their reasons.

    `banking_take_transfer` has new arguments, so the function of the release before stays beside it until nobody of
    that release is left to call it.
    """

    dependencies = [
        ("banking", "0004_matching"),
        ("customers", "0007_phone_backwards"),
        ("wallets", "0009_pending_covered"),
    ]

    operations = [
        sql_file(
            SQL,
            "tell.sql",
            drop="DROP FUNCTION banking_ask(bigint, text, jsonb, timestamptz);"
            "DROP FUNCTION banking_tell_match(bigint, bigint, text, text, text, text, boolean);"
            "DROP FUNCTION banking_credit(banking_banktransfer, bigint, text, text)",
        ),
        sql_file(
            SQL,
            "own_candidates.sql",
            drop="DROP FUNCTION banking_own_candidates(text[], text[], text[], text[], bigint[], integer)",
        ),
        sql_file(SQL, "settle.sql", drop="DROP FUNCTION banking_settle(jsonb, text, integer, boolean)"),
        sql_file(SQL, "approve_many.sql", drop="DROP FUNCTION banking_approve_many(bigint[], text, text, timestamptz)"),
        sql_file(SQL, "credit_approved.sql", drop=migrations.RunSQL.noop),
    ]
