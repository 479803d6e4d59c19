from pathlib import Path

import django.db.models.deletion
from django.db import migrations, models

from n2store.sql import sql_file

SQL = Path(__file__).resolve().parent.parent / "sql"

POST = "bigint, text, bigint, bigint, text, text, text, text, text, text, timestamptz, bigint"
ANNOUNCE = "bigint, text, wallets_transaction, bigint, text, text, text, text"
FUNCTIONS = [
    ("post.sql", f"wallets_post({POST})"),
    ("announce.sql", f"wallets_announce({ANNOUNCE})"),
    ("expire_lots.sql", "wallets_expire_lots(bigint, timestamptz)"),
    ("expire_due.sql", "wallets_expire_due(timestamptz, integer)"),
    (
        "issue_credit.sql",
        "wallets_issue_credit(bigint, bigint, timestamptz, text, text, text, text, text, timestamptz)",
    ),
    ("cancel_credit.sql", "wallets_cancel_credit(bigint, text, text, timestamptz)"),
    ("withdraw.sql", "wallets_withdraw(bigint, bigint, text, text, text, text, text, timestamptz)"),
    ("adjust.sql", "wallets_adjust(bigint, bigint, text, text, text, text, text, timestamptz)"),
    ("verify_credits.sql", "wallets_verify_credits()"),
    ("reverse.sql", "wallets_reverse(bigint, text, text, timestamptz, timestamptz)"),
]


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0002_virtual_credit"),
        ("wallets", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="CreditUse",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("amount_vnd", models.BigIntegerField(verbose_name="amount")),
            ],
            options={
                "verbose_name": "use of credit",
                "verbose_name_plural": "uses of credit",
            },
        ),
        migrations.CreateModel(
            name="VirtualCredit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("original_vnd", models.BigIntegerField(verbose_name="issued")),
                ("remaining_vnd", models.BigIntegerField(verbose_name="remaining")),
                ("issued_at", models.DateTimeField(verbose_name="issued at")),
                ("expires_at", models.DateTimeField(verbose_name="expires at")),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="ended at")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("ACTIVE", "Active"),
                            ("USED", "Spent"),
                            ("EXPIRED", "Expired"),
                            ("CANCELLED", "Taken back"),
                        ],
                        db_default="ACTIVE",
                        max_length=20,
                        verbose_name="state",
                    ),
                ),
                (
                    "source_type",
                    models.CharField(
                        choices=[
                            ("RETURN_SHIPPER", "Goods collected by the carrier"),
                            ("COMPENSATION", "Compensation"),
                            ("PROMOTION", "Promotion"),
                        ],
                        max_length=30,
                        verbose_name="reason",
                    ),
                ),
                ("source_id", models.CharField(blank=True, max_length=100, verbose_name="ticket")),
                ("note", models.TextField(blank=True, verbose_name="note")),
                ("actor", models.CharField(max_length=100, verbose_name="by")),
            ],
            options={
                "verbose_name": "virtual credit",
                "verbose_name_plural": "virtual credits",
            },
        ),
        migrations.RemoveConstraint(
            model_name="transaction",
            name="transaction_type_known",
        ),
        migrations.AddField(
            model_name="transaction",
            name="reverses",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="reversed_by",
                to="wallets.transaction",
                verbose_name="takes back",
            ),
        ),
        migrations.AddField(
            model_name="wallet",
            name="total_virtual_expired_vnd",
            field=models.BigIntegerField(db_default=0, verbose_name="credit expired in all"),
        ),
        migrations.AddField(
            model_name="wallet",
            name="total_virtual_issued_vnd",
            field=models.BigIntegerField(db_default=0, verbose_name="credit issued in all"),
        ),
        migrations.AddField(
            model_name="wallet",
            name="total_virtual_used_vnd",
            field=models.BigIntegerField(db_default=0, verbose_name="credit spent in all"),
        ),
        migrations.AddField(
            model_name="wallet",
            name="total_withdrawn_vnd",
            field=models.BigIntegerField(db_default=0, verbose_name="withdrawn in all"),
        ),
        migrations.AlterField(
            model_name="transaction",
            name="type",
            field=models.CharField(
                choices=[
                    ("DEPOSIT", "Deposit"),
                    ("WITHDRAW", "Withdrawal"),
                    ("VIRTUAL_CREDIT", "Virtual credit issued"),
                    ("VIRTUAL_DEBIT", "Virtual credit spent"),
                    ("VIRTUAL_EXPIRE", "Virtual credit expired"),
                    ("VIRTUAL_CANCEL", "Virtual credit taken back"),
                    ("ADJUSTMENT", "Adjustment"),
                    ("REVERSAL", "Taken back"),
                ],
                max_length=30,
                verbose_name="type",
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
                            "REVERSAL",
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
                    models.Q(("reverses__isnull", False), ("type", "REVERSAL")),
                    models.Q(models.Q(("type", "REVERSAL"), _negated=True), ("reverses", None)),
                    _connector="OR",
                ),
                name="transaction_reversal_names_its_row",
            ),
        ),
        migrations.AddField(
            model_name="credituse",
            name="transaction",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="credit_uses",
                to="wallets.transaction",
            ),
        ),
        migrations.AddField(
            model_name="virtualcredit",
            name="issue",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="credit",
                to="wallets.transaction",
                verbose_name="issue",
            ),
        ),
        migrations.AddField(
            model_name="virtualcredit",
            name="wallet",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="credits", to="wallets.wallet"
            ),
        ),
        migrations.AddField(
            model_name="credituse",
            name="credit",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="uses", to="wallets.virtualcredit"
            ),
        ),
        migrations.AddIndex(
            model_name="virtualcredit",
            index=models.Index(
                condition=models.Q(("status", "ACTIVE")),
                fields=["wallet", "expires_at", "id"],
                name="credit_active_by_expiry",
            ),
        ),
        migrations.AddIndex(
            model_name="virtualcredit",
            index=models.Index(
                condition=models.Q(("status", "ACTIVE")), fields=["expires_at"], name="credit_to_expire"
            ),
        ),
        migrations.AddIndex(
            model_name="virtualcredit",
            index=models.Index(fields=["wallet", "-id"], name="credit_newest_of_wallet"),
        ),
        migrations.AddConstraint(
            model_name="virtualcredit",
            constraint=models.CheckConstraint(
                condition=models.Q(("status__in", ["ACTIVE", "USED", "EXPIRED", "CANCELLED"])),
                name="credit_status_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="virtualcredit",
            constraint=models.CheckConstraint(
                condition=models.Q(("source_type__in", ["RETURN_SHIPPER", "COMPENSATION", "PROMOTION"])),
                name="credit_source_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="virtualcredit",
            constraint=models.CheckConstraint(
                condition=models.Q(("original_vnd__gt", 0)), name="credit_original_positive"
            ),
        ),
        migrations.AddConstraint(
            model_name="virtualcredit",
            constraint=models.CheckConstraint(
                condition=models.Q(("remaining_vnd__gte", 0), ("remaining_vnd__lte", models.F("original_vnd"))),
                name="credit_remaining_in_range",
            ),
        ),
        migrations.AddConstraint(
            model_name="virtualcredit",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_at", None), ("remaining_vnd__gt", 0), ("status", "ACTIVE")),
                    models.Q(
                        models.Q(("status", "ACTIVE"), _negated=True), ("ended_at__isnull", False), ("remaining_vnd", 0)
                    ),
                    _connector="OR",
                ),
                name="credit_ended_means_empty",
            ),
        ),
        migrations.AddConstraint(
            model_name="credituse",
            constraint=models.UniqueConstraint(fields=("transaction", "credit"), name="credit_use_once"),
        ),
        migrations.AddConstraint(
            model_name="credituse",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_vnd", 0), _negated=True), name="credit_use_not_zero"
            ),
        ),
        migrations.RunSQL("ALTER TABLE wallets_virtualcredit SET (fillfactor = 80)", migrations.RunSQL.noop),
        *[sql_file(SQL, name, drop=f"DROP FUNCTION {signature}") for name, signature in FUNCTIONS],
    ]
