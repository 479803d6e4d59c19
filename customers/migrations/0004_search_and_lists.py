from pathlib import Path

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import migrations, models
from django.db.models.functions import Cast

from customers.models import Folded
from n2store.sql import sql_file

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0003_profile_and_notes"),
        ("n2store", "0002_audit_log"),
    ]

    operations = [
        # PostgreSQL gives a generated column another collation only by making it anew.
        migrations.RemoveIndex(model_name="customer", name="customer_folded"),
        migrations.RemoveField(model_name="customer", name="folded"),
        migrations.AddField(
            model_name="customer",
            name="folded",
            field=models.GeneratedField(
                db_persist=True, expression=Folded(models.F("name")), output_field=models.TextField(db_collation="C")
            ),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=GinIndex(OpClass("folded", name="gin_trgm_ops"), fastupdate=False, name="customer_folded"),
        ),
        migrations.AddIndex(
            model_name="customer", index=models.Index(fields=["folded", "id"], name="customer_by_name")
        ),
        migrations.AddIndex(
            model_name="customer",
            index=GinIndex(OpClass("phone", name="gin_trgm_ops"), fastupdate=False, name="customer_phone_part"),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=GinIndex(
                OpClass(Folded(Cast("aliases", models.TextField())), name="gin_trgm_ops"),
                fastupdate=False,
                name="customer_aliases_folded",
            ),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=GinIndex(OpClass(Folded(models.F("email")), name="gin_trgm_ops"), fastupdate=False, name="customer_email_folded"),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=GinIndex(OpClass(Folded(models.F("address")), name="gin_trgm_ops"), fastupdate=False, name="customer_address_folded"),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(
                condition=models.Q(("tpos_id", ""), _negated=True), fields=["tpos_id"], name="customer_by_tpos_id"
            ),
        ),
        migrations.RemoveIndex(model_name="customer", name="customer_tier"),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(fields=["tier", "-created_at", "-id"], name="customer_newest_of_tier"),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(fields=["status", "-created_at", "-id"], name="customer_newest_of_status"),
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(
                condition=models.Q(("active", False)), fields=["-created_at", "-id"], name="customer_newest_inactive"
            ),
        ),
        migrations.AddIndex(
            model_name="activity", index=models.Index(fields=["-created_at", "-id"], name="activity_newest")
        ),
        sql_file(SQL, "network.sql", drop="DROP FUNCTION customers_network(text)"),
        sql_file(
            SQL,
            "panels.sql",
            drop="DROP FUNCTION customers_activities(bigint, integer); DROP FUNCTION customers_notes(bigint, integer)",
        ),
        sql_file(
            SQL,
            "search.sql",
            drop="DROP FUNCTION customers_search_digits(text, text, integer, integer, bigint);"
            "DROP FUNCTION customers_search_text(text, text, text, integer, integer, bigint);"
            "DROP FUNCTION customers_literal(text)",
        ),
    ]
