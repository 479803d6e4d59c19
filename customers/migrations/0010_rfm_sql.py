from pathlib import Path

from django.db import migrations

from n2store.sql import sql_file

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0009_orders_sql"),
        ("n2store", "0001_initial"),
    ]

    operations = [
        sql_file(
            SQL,
            "rfm.sql",
            drop="DROP FUNCTION customers_risk_flags(bigint); DROP FUNCTION customers_rfm_card(bigint);"
            "DROP FUNCTION customers_rfm_share();"
            "DROP FUNCTION customers_rfm_recalculate(timestamptz, bigint, bigint[], text, integer);"
            "DROP FUNCTION customers_rfm_judged(timestamptz, bigint, bigint[]);"
            "DROP FUNCTION customers_vietnam_day(timestamptz);"
            "DROP FUNCTION customers_rfm_segment(integer, integer, integer)",
        ),
    ]
