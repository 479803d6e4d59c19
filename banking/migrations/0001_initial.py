from pathlib import Path

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

from n2store.sql import sql_file

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("customers", "0001_initial"),
        ("wallets", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Delivery",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("provider", models.CharField(choices=[("sepay", "SePay")], max_length=20, verbose_name="provider")),
                ("external_id", models.BigIntegerField(verbose_name="provider's id")),
                ("body", models.TextField(help_text="As received, byte for byte.", verbose_name="body")),
                (
                    "received_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), verbose_name="received at"
                    ),
                ),
                ("repeats", models.IntegerField(db_default=0, verbose_name="repeats")),
                ("repeated_at", models.DateTimeField(null=True, verbose_name="repeated at")),
                (
                    "differing_body",
                    models.TextField(
                        help_text="The latest repeat that said something else: look into it.",
                        null=True,
                        verbose_name="differing body",
                    ),
                ),
            ],
            options={
                "verbose_name": "delivery",
                "verbose_name_plural": "deliveries",
                "constraints": [models.UniqueConstraint(fields=("provider", "external_id"), name="delivery_once")],
            },
        ),
        migrations.CreateModel(
            name="Refusal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("provider", models.CharField(choices=[("sepay", "SePay")], max_length=20, verbose_name="provider")),
                ("day", models.DateField(verbose_name="day")),
                ("reason", models.CharField(max_length=40, verbose_name="reason")),
                ("count", models.BigIntegerField(db_default=0, verbose_name="count")),
                (
                    "last_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name="last at"),
                ),
            ],
            options={
                "verbose_name": "refused deliveries",
                "verbose_name_plural": "refused deliveries",
                "constraints": [models.UniqueConstraint(fields=("provider", "day", "reason"), name="refusal_counter")],
            },
        ),
        migrations.CreateModel(
            name="BankTransfer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("sepay_id", models.BigIntegerField(unique=True, verbose_name="SePay id")),
                ("gateway", models.CharField(max_length=100, verbose_name="bank")),
                ("transferred_at", models.DateTimeField(verbose_name="transferred at")),
                ("account_number", models.CharField(max_length=50, verbose_name="account")),
                ("sub_account", models.CharField(blank=True, max_length=100, verbose_name="sub-account")),
                ("code", models.CharField(blank=True, max_length=100, verbose_name="code")),
                ("content", models.TextField(blank=True, verbose_name="content")),
                (
                    "direction",
                    models.CharField(choices=[("in", "In"), ("out", "Out")], max_length=10, verbose_name="direction"),
                ),
                ("amount_vnd", models.BigIntegerField(verbose_name="amount")),
                ("accumulated_vnd", models.BigIntegerField(verbose_name="account balance after")),
                ("reference_code", models.CharField(blank=True, max_length=100, verbose_name="bank reference")),
                ("description", models.TextField(blank=True, verbose_name="description")),
                (
                    "verification",
                    models.CharField(
                        choices=[
                            ("PENDING", "No owner yet"),
                            ("AUTO_APPROVED", "Credited automatically"),
                            ("PENDING_VERIFICATION", "Waits for the accountant"),
                            ("APPROVED", "Approved"),
                            ("REJECTED", "Rejected"),
                        ],
                        db_default="PENDING",
                        max_length=30,
                        verbose_name="state",
                    ),
                ),
                (
                    "match_method",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("qr_code", "QR code"),
                            ("exact_phone", "Full phone number"),
                            ("single_match", "Only one customer fits"),
                            ("pending_match", "Chosen from several"),
                            ("manual_entry", "Typed by staff"),
                            ("manual_link", "Assigned by the accountant"),
                        ],
                        max_length=30,
                        verbose_name="matched by",
                    ),
                ),
                (
                    "matched_text",
                    models.CharField(
                        blank=True, help_text="The code or phone found.", max_length=100, verbose_name="matched text"
                    ),
                ),
                ("verified_at", models.DateTimeField(blank=True, null=True, verbose_name="decided at")),
                ("verified_by", models.CharField(blank=True, max_length=100, verbose_name="decided by")),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), verbose_name="received at"
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="transfers",
                        to="customers.customer",
                    ),
                ),
                (
                    "wallet_transaction",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="transfer",
                        to="wallets.transaction",
                    ),
                ),
                (
                    "delivery",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="transfer", to="banking.delivery"
                    ),
                ),
            ],
            options={
                "verbose_name": "bank transfer",
                "verbose_name_plural": "bank transfers",
                "indexes": [
                    models.Index(fields=["-transferred_at", "-id"], name="transfer_newest"),
                    models.Index(
                        condition=models.Q(("customer", None), ("direction", "in")),
                        fields=["-transferred_at", "-id"],
                        name="transfer_unlinked_newest",
                    ),
                    models.Index(
                        condition=models.Q(("customer__isnull", False)),
                        fields=["customer", "-transferred_at"],
                        name="transfer_of_customer",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("direction__in", ["in", "out"])), name="transfer_direction_known"
                    ),
                    models.CheckConstraint(condition=models.Q(("amount_vnd__gt", 0)), name="transfer_amount_positive"),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "verification__in",
                                ["PENDING", "AUTO_APPROVED", "PENDING_VERIFICATION", "APPROVED", "REJECTED"],
                            )
                        ),
                        name="transfer_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("match_method", ""),
                            (
                                "match_method__in",
                                [
                                    "qr_code",
                                    "exact_phone",
                                    "single_match",
                                    "pending_match",
                                    "manual_entry",
                                    "manual_link",
                                ],
                            ),
                            _connector="OR",
                        ),
                        name="transfer_method_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("wallet_transaction", None),
                            models.Q(
                                ("customer__isnull", False),
                                ("direction", "in"),
                                ("verification__in", ["AUTO_APPROVED", "APPROVED"]),
                            ),
                            _connector="OR",
                        ),
                        name="transfer_credited_only_with_owner",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="QrCode",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "code",
                    models.CharField(
                        help_text="Upper case, such as N2 + 16 letters.",
                        max_length=100,
                        unique=True,
                        verbose_name="code",
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name="since"),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="qr_codes", to="customers.customer"
                    ),
                ),
            ],
            options={
                "verbose_name": "QR code",
                "verbose_name_plural": "QR codes",
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("code__regex", "^[^a-z]+$")), name="qr_code_upper_case")
                ],
            },
        ),
        sql_file(
            SQL,
            "take_transfer.sql",
            drop="DROP FUNCTION banking_take_transfer(text, text, bigint, text, text, timestamptz, text, text, text, text,"
            " text, bigint, bigint, text, text, text, text, text, text[], text[], jsonb, jsonb, text[])",
        ),
    ]
