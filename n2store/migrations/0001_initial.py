from pathlib import Path

import django.contrib.postgres.fields
import django.db.models.functions.datetime
from django.db import migrations, models

from n2store.sql import sql_file

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Event",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "position",
                    models.BigIntegerField(help_text="Order of delivery; empty until relayed.", null=True, unique=True),
                ),
                ("name", models.CharField(help_text="Dotted name, such as `wallet.deposit`.", max_length=60)),
                (
                    "topics",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=80),
                        help_text="Who hears it, such as `wallets`, `wallet:0909…`.",
                        size=None,
                    ),
                ),
                ("payload", models.JSONField()),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "verbose_name": "event",
                "verbose_name_plural": "events",
                "indexes": [
                    models.Index(condition=models.Q(("position", None)), fields=["id"], name="event_waiting"),
                    models.Index(fields=["created_at"], name="event_created_at"),
                ],
            },
        ),
        migrations.CreateModel(
            name="JobRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("job", models.CharField(max_length=100, verbose_name="job")),
                ("due_at", models.DateTimeField(null=True, verbose_name="due at")),
                ("started_at", models.DateTimeField(verbose_name="started at")),
                ("ended_at", models.DateTimeField(null=True, verbose_name="ended at")),
                ("examined", models.BigIntegerField(default=0, verbose_name="examined")),
                ("changed", models.BigIntegerField(default=0, verbose_name="changed")),
                ("skipped", models.BigIntegerField(default=0, verbose_name="skipped")),
                ("error", models.TextField(blank=True, verbose_name="error")),
            ],
            options={
                "verbose_name": "job run",
                "verbose_name_plural": "job runs",
                "indexes": [models.Index(fields=["job", "-started_at"], name="job_run_latest")],
            },
        ),
        sql_file(SQL, "publish.sql", drop="DROP FUNCTION n2store_publish(text, text[], jsonb)"),
        migrations.RunSQL(
            "CREATE SEQUENCE n2store_event_position OWNED BY n2store_event.position",
            "DROP SEQUENCE n2store_event_position",
        ),
    ]
