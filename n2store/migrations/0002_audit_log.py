from pathlib import Path

import django.db.models.functions.datetime
from django.db import migrations, models

from n2store.sql import sql_file

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [
        ("n2store", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="AuditLog",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name="at")),
                ("actor", models.CharField(max_length=150, verbose_name="by")),
                (
                    "action",
                    models.CharField(help_text="Such as `customer.update`.", max_length=200, verbose_name="action"),
                ),
                (
                    "subject",
                    models.CharField(
                        blank=True, help_text="Such as `customer:41`.", max_length=100, verbose_name="about"
                    ),
                ),
                (
                    "outcome",
                    models.CharField(
                        choices=[("done", "Done"), ("refused", "Refused")],
                        default="done",
                        max_length=20,
                        verbose_name="outcome",
                    ),
                ),
                ("code", models.CharField(blank=True, max_length=60, verbose_name="code")),
                ("detail", models.TextField(blank=True, verbose_name="detail")),
                ("before", models.JSONField(blank=True, null=True, verbose_name="before")),
                ("after", models.JSONField(blank=True, null=True, verbose_name="after")),
                ("address", models.GenericIPAddressField(blank=True, null=True, verbose_name="from address")),
            ],
            options={
                "verbose_name": "audit entry",
                "verbose_name_plural": "audit log",
                "db_table": "audit_logs",
                "indexes": [
                    models.Index(fields=["subject", "-id"], name="audit_of_subject"),
                    models.Index(fields=["actor", "-id"], name="audit_of_actor"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("outcome__in", ["done", "refused"])), name="audit_outcome_known"
                    )
                ],
            },
        ),
        sql_file(
            SQL,
            "audit_append_only.sql",
            drop="DROP TRIGGER audit_logs_unchanged ON audit_logs; DROP FUNCTION n2store_audit_refuse_change()",
        ),
        sql_file(SQL, "iso.sql", drop="DROP FUNCTION n2store_iso(timestamptz)"),
    ]
