from pathlib import Path

import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import customers.models
from n2store.sql import sql_file

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("n2store", "0001_initial"),
    ]

    operations = [
        sql_file(SQL, "fold.sql", drop="DROP FUNCTION customers_fold(text)"),
        migrations.CreateModel(
            name="Customer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("phone", models.CharField(max_length=10, unique=True, verbose_name="phone")),
                ("name", models.CharField(db_default="Khách hàng mới", max_length=255, verbose_name="name")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("Bình thường", "Normal"),
                            ("Bom hàng", "Refuses parcels"),
                            ("Cảnh báo", "Warning"),
                            ("Nguy hiểm", "Dangerous"),
                            ("VIP", "VIP"),
                        ],
                        db_default="Bình thường",
                        max_length=50,
                        verbose_name="status",
                    ),
                ),
                (
                    "tier",
                    models.CharField(
                        choices=[
                            ("platinum", "Platinum"),
                            ("gold", "Gold"),
                            ("silver", "Silver"),
                            ("new", "New"),
                            ("blacklist", "Blacklist"),
                            ("normal", "Normal"),
                            ("danger", "Danger"),
                        ],
                        db_default="new",
                        max_length=20,
                        verbose_name="tier",
                    ),
                ),
                ("email", models.CharField(blank=True, db_default="", max_length=255, verbose_name="email")),
                ("address", models.TextField(blank=True, db_default="", verbose_name="address")),
                ("tags", models.JSONField(blank=True, db_default=[], default=list, verbose_name="tags")),
                ("aliases", models.JSONField(blank=True, db_default=[], default=list, verbose_name="known as")),
                ("internal_note", models.TextField(blank=True, db_default="", verbose_name="internal note")),
                ("tpos_id", models.CharField(blank=True, db_default="", max_length=100, verbose_name="TPOS id")),
                ("tpos_data", models.JSONField(blank=True, null=True, verbose_name="TPOS record")),
                ("active", models.BooleanField(db_default=True, default=True, verbose_name="active")),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name="since"),
                ),
                (
                    "updated_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), verbose_name="changed at"
                    ),
                ),
                (
                    "folded",
                    models.GeneratedField(
                        db_persist=True,
                        expression=customers.models.Folded(models.F("name")),
                        output_field=models.TextField(),
                    ),
                ),
            ],
            options={
                "verbose_name": "customer",
                "verbose_name_plural": "customers",
                "indexes": [
                    models.Index(fields=["-created_at", "-id"], name="customer_newest"),
                    models.Index(fields=["tier"], name="customer_tier"),
                    django.contrib.postgres.indexes.GinIndex(
                        django.contrib.postgres.indexes.OpClass("folded", name="gin_trgm_ops"), name="customer_folded"
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("phone__regex", "^0[1-9][0-9]{8}$")), name="customer_phone_canonical"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("status__in", ["Bình thường", "Bom hàng", "Cảnh báo", "Nguy hiểm", "VIP"])),
                        name="customer_status_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("tier__in", ["platinum", "gold", "silver", "new", "blacklist", "normal", "danger"])
                        ),
                        name="customer_tier_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Activity",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "type",
                    models.CharField(
                        choices=[
                            ("WALLET_DEPOSIT", "Deposit"),
                            ("WALLET_WITHDRAW", "Withdrawal"),
                            ("WALLET_VIRTUAL_CREDIT", "Virtual credit"),
                            ("TICKET_CREATED", "Ticket opened"),
                            ("TICKET_UPDATED", "Ticket changed"),
                            ("TICKET_COMPLETED", "Ticket completed"),
                            ("TICKET_DELETED", "Ticket deleted"),
                            ("ORDER_CREATED", "Order placed"),
                            ("ORDER_DELIVERED", "Order delivered"),
                            ("ORDER_RETURNED", "Order returned"),
                            ("MESSAGE_SENT", "Message sent"),
                            ("MESSAGE_RECEIVED", "Message received"),
                            ("PROFILE_UPDATED", "Profile changed"),
                            ("TAG_ADDED", "Tag added"),
                            ("NOTE_ADDED", "Note added"),
                            ("CUSTOMER_CREATED", "Customer added"),
                        ],
                        max_length=30,
                        verbose_name="type",
                    ),
                ),
                ("title", models.CharField(max_length=255, verbose_name="title")),
                ("description", models.TextField(blank=True, db_default="", verbose_name="description")),
                ("reference_type", models.CharField(blank=True, db_default="", max_length=30)),
                ("reference_id", models.CharField(blank=True, db_default="", max_length=100)),
                ("metadata", models.JSONField(db_default={}, default=dict)),
                ("icon", models.CharField(blank=True, db_default="", max_length=30)),
                ("color", models.CharField(blank=True, db_default="", max_length=20)),
                ("actor", models.CharField(db_default="system", max_length=100, verbose_name="by")),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name="at"),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="activities",
                        to="customers.customer",
                    ),
                ),
            ],
            options={
                "verbose_name": "activity",
                "verbose_name_plural": "activities",
                "indexes": [models.Index(fields=["customer", "-id"], name="activity_newest_of_customer")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "type__in",
                                [
                                    "WALLET_DEPOSIT",
                                    "WALLET_WITHDRAW",
                                    "WALLET_VIRTUAL_CREDIT",
                                    "TICKET_CREATED",
                                    "TICKET_UPDATED",
                                    "TICKET_COMPLETED",
                                    "TICKET_DELETED",
                                    "ORDER_CREATED",
                                    "ORDER_DELIVERED",
                                    "ORDER_RETURNED",
                                    "MESSAGE_SENT",
                                    "MESSAGE_RECEIVED",
                                    "PROFILE_UPDATED",
                                    "TAG_ADDED",
                                    "NOTE_ADDED",
                                    "CUSTOMER_CREATED",
                                ],
                            )
                        ),
                        name="activity_type_known",
                    )
                ],
            },
        ),
        sql_file(SQL, "ensure.sql", drop="DROP FUNCTION customers_ensure(text, text, text)"),
    ]
