from pathlib import Path

import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
from django.db import migrations, models

from n2store.sql import sql_file

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("customers", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Wallet",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("real_vnd", models.BigIntegerField(db_default=0, verbose_name="real money")),
                ("virtual_vnd", models.BigIntegerField(db_default=0, verbose_name="virtual credit")),
                ("last_sequence", models.BigIntegerField(db_default=0, verbose_name="transactions")),
                ("total_deposited_vnd", models.BigIntegerField(db_default=0, verbose_name="deposited in all")),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("updated_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "customer",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="wallet", to="customers.customer"
                    ),
                ),
            ],
            options={
                "verbose_name": "wallet",
                "verbose_name_plural": "wallets",
            },
        ),
        migrations.CreateModel(
            name="Transaction",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "sequence",
                    models.BigIntegerField(help_text="1, 2, 3 … within the wallet, without gaps.", verbose_name="no."),
                ),
                (
                    "type",
                    models.CharField(
                        choices=[
                            ("DEPOSIT", "Deposit"),
                            ("WITHDRAW", "Withdrawal"),
                            ("VIRTUAL_CREDIT", "Virtual credit issued"),
                            ("VIRTUAL_DEBIT", "Virtual credit spent"),
                            ("VIRTUAL_EXPIRE", "Virtual credit expired"),
                            ("VIRTUAL_CANCEL", "Virtual credit taken back"),
                            ("ADJUSTMENT", "Adjustment"),
                        ],
                        max_length=30,
                        verbose_name="type",
                    ),
                ),
                (
                    "amount_vnd",
                    models.BigIntegerField(help_text="Whole dong; below zero takes money out.", verbose_name="amount"),
                ),
                ("real_before_vnd", models.BigIntegerField(verbose_name="real before")),
                ("real_after_vnd", models.BigIntegerField(verbose_name="real after")),
                ("virtual_before_vnd", models.BigIntegerField(verbose_name="virtual before")),
                ("virtual_after_vnd", models.BigIntegerField(verbose_name="virtual after")),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("BANK_TRANSFER", "Bank transfer"),
                            ("RETURN_GOODS", "Goods returned"),
                            ("ORDER_PAYMENT", "Order paid"),
                            ("VIRTUAL_CREDIT_ISSUE", "Virtual credit issued"),
                            ("VIRTUAL_CREDIT_USE", "Virtual credit spent"),
                            ("VIRTUAL_CREDIT_EXPIRE", "Virtual credit expired"),
                            ("VIRTUAL_CREDIT_CANCEL", "Virtual credit taken back"),
                            ("MANUAL_ADJUSTMENT", "By hand"),
                        ],
                        max_length=30,
                        verbose_name="source",
                    ),
                ),
                ("reference_type", models.CharField(blank=True, max_length=30, verbose_name="reference")),
                ("reference_id", models.CharField(blank=True, max_length=100)),
                (
                    "key",
                    models.CharField(
                        help_text="Such as `sepay:92704001`.", max_length=120, verbose_name="idempotency key"
                    ),
                ),
                ("note", models.TextField(blank=True, verbose_name="note")),
                ("actor", models.CharField(max_length=100, verbose_name="by")),
                (
                    "occurred_at",
                    models.DateTimeField(help_text="When the money moved in the world.", verbose_name="happened at"),
                ),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), verbose_name="booked at"
                    ),
                ),
                (
                    "wallet",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="transactions",
                        to="wallets.wallet",
                    ),
                ),
            ],
            options={
                "verbose_name": "wallet transaction",
                "verbose_name_plural": "wallet transactions",
            },
        ),
        migrations.AddConstraint(
            model_name="wallet",
            constraint=models.CheckConstraint(
                condition=models.Q(("real_vnd__gte", 0)), name="wallet_real_not_negative"
            ),
        ),
        migrations.AddConstraint(
            model_name="wallet",
            constraint=models.CheckConstraint(
                condition=models.Q(("virtual_vnd__gte", 0)), name="wallet_virtual_not_negative"
            ),
        ),
        migrations.AddConstraint(
            model_name="wallet",
            constraint=models.CheckConstraint(
                condition=models.Q(("last_sequence__gte", 0)), name="wallet_sequence_not_negative"
            ),
        ),
        migrations.AddConstraint(
            model_name="transaction",
            constraint=models.UniqueConstraint(fields=("wallet", "sequence"), name="transaction_sequence_once"),
        ),
        migrations.AddConstraint(
            model_name="transaction",
            constraint=models.UniqueConstraint(fields=("key", "type"), name="transaction_key_once"),
        ),
        migrations.AddConstraint(
            model_name="transaction",
            constraint=models.CheckConstraint(
                condition=models.Q(("sequence__gte", 1)), name="transaction_sequence_positive"
            ),
        ),
        migrations.AddConstraint(
            model_name="transaction",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "type__in",
                        [
                            "DEPOSIT",
                            "WITHDRAW",
                            "VIRTUAL_CREDIT",
                            "VIRTUAL_DEBIT",
                            "VIRTUAL_EXPIRE",
                            "VIRTUAL_CANCEL",
                            "ADJUSTMENT",
                        ],
                    )
                ),
                name="transaction_type_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="transaction",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "source__in",
                        [
                            "BANK_TRANSFER",
                            "RETURN_GOODS",
                            "ORDER_PAYMENT",
                            "VIRTUAL_CREDIT_ISSUE",
                            "VIRTUAL_CREDIT_USE",
                            "VIRTUAL_CREDIT_EXPIRE",
                            "VIRTUAL_CREDIT_CANCEL",
                            "MANUAL_ADJUSTMENT",
                        ],
                    )
                ),
                name="transaction_source_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="transaction",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_vnd", 0), _negated=True), name="transaction_amount_not_zero"
            ),
        ),
        migrations.AddConstraint(
            model_name="transaction",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("real_after_vnd__gte", 0),
                    ("real_before_vnd__gte", 0),
                    ("virtual_after_vnd__gte", 0),
                    ("virtual_before_vnd__gte", 0),
                ),
                name="transaction_balances_not_negative",
            ),
        ),
        migrations.AddConstraint(
            model_name="transaction",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "amount_vnd",
                        django.db.models.expressions.CombinedExpression(
                            django.db.models.expressions.CombinedExpression(
                                django.db.models.expressions.CombinedExpression(
                                    models.F("real_after_vnd"), "-", models.F("real_before_vnd")
                                ),
                                "+",
                                models.F("virtual_after_vnd"),
                            ),
                            "-",
                            models.F("virtual_before_vnd"),
                        ),
                    )
                ),
                name="transaction_amount_is_the_difference",
            ),
        ),
        migrations.AddConstraint(
            model_name="transaction",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("type", "DEPOSIT"), _negated=True),
                    models.Q(("amount_vnd__gt", 0), ("virtual_after_vnd", models.F("virtual_before_vnd"))),
                    _connector="OR",
                ),
                name="transaction_deposit_adds_real_money",
            ),
        ),
        # A wallet row changes with every movement and no index holds a balance: leave room in the page.
        migrations.RunSQL("ALTER TABLE wallets_wallet SET (fillfactor = 70)", migrations.RunSQL.noop),
        sql_file(
            SQL,
            "open_wallet.sql",
            drop="DROP TRIGGER trg_create_wallet ON customers_customer; DROP FUNCTION wallets_open()",
        ),
        sql_file(
            SQL,
            "append_only.sql",
            drop="DROP TRIGGER wallets_transaction_unchanged ON wallets_transaction;"
            "DROP TRIGGER wallets_transaction_not_emptied ON wallets_transaction;"
            "DROP FUNCTION wallets_refuse_change()",
        ),
        sql_file(
            SQL,
            "deposit.sql",
            drop="DROP FUNCTION wallets_deposit(bigint, bigint, text, text, text, text, text, text, timestamptz)",
        ),
        sql_file(SQL, "verify.sql", drop="DROP FUNCTION wallets_verify()"),
    ]
