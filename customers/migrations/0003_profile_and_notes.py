import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0002_virtual_credit"),
    ]

    operations = [
        migrations.AddField(
            model_name="customer",
            name="debt_vnd",
            field=models.BigIntegerField(
                db_default=0, help_text="Of the old pages; no part of the wallet.", verbose_name="old debt"
            ),
        ),
        migrations.AddField(
            model_name="customer",
            name="field_sources",
            field=models.JSONField(
                blank=True,
                db_default={},
                default=dict,
                help_text="Field -> source, by, at; see `customers.profile`.",
            ),
        ),
        migrations.AddField(
            model_name="customer",
            name="tpos_checked_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="compared with TPOS at"),
        ),
        migrations.CreateModel(
            name="Note",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("content", models.TextField(verbose_name="note")),
                (
                    "category",
                    models.CharField(
                        choices=[
                            ("general", "General"),
                            ("warning", "Warning"),
                            ("important", "Important"),
                            ("follow_up", "Follow up"),
                        ],
                        db_default="general",
                        default="general",
                        max_length=20,
                        verbose_name="category",
                    ),
                ),
                ("pinned", models.BooleanField(db_default=False, default=False, verbose_name="pinned")),
                ("actor", models.CharField(max_length=150, verbose_name="by")),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name="at"),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="notes",
                        to="customers.customer",
                    ),
                ),
            ],
            options={
                "verbose_name": "note",
                "verbose_name_plural": "notes",
                "indexes": [models.Index(fields=["customer", "-pinned", "-id"], name="note_of_customer")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("category__in", ["general", "warning", "important", "follow_up"])),
                        name="note_category_known",
                    ),
                    models.CheckConstraint(condition=models.Q(("content", ""), _negated=True), name="note_not_empty"),
                ],
            },
        ),
    ]
