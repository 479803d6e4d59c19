from pathlib import Path

from django.db import migrations

from n2store.sql import sql_file

SQL = Path(__file__).resolve().parent.parent / "sql"
VIEWS = (
    "ticket_resolution_metrics", "rfm_segment_distribution", "daily_wallet_summary", "rfm_segment_mapping",
    "customer_activity_summary", "wallet_statistics", "ticket_statistics", "customer_360_summary", "n2store_wallet_live",
    "sepay_logs", "customers",
)  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [
        ("n2store", "0004_jobs_asked"),
        ("customers", "0012_versions_reasons"),
        ("wallets", "0009_pending_covered"),
        ("tickets", "0001_initial"),
        ("banking", "0006_lists"),
    ]

    operations = [
        sql_file(SQL, "old_names.sql", drop="".join(f"DROP VIEW {view};" for view in VIEWS)),
    ]
