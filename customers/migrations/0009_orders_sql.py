from pathlib import Path

from django.db import migrations

from n2store.sql import sql_file

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0008_judgement"),
        ("n2store", "0001_initial"),
    ]

    operations = [
        sql_file(
            SQL,
            "orders.sql",
            drop="DROP TRIGGER customers_customer_figures ON customers_customer; DROP FUNCTION customers_open_figures();"
            "DROP FUNCTION customers_tell_orders(jsonb, text, timestamptz);"
            "DROP FUNCTION customers_orders_given(jsonb);"
            "DROP FUNCTION customers_take_orders(jsonb, text, timestamptz);"
            "DROP FUNCTION customers_order_figures(bigint[])",
        ),
    ]
