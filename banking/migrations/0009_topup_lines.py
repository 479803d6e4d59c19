from pathlib import Path

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

from n2store.sql import sql_file

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    """A transfer that SePay and PayOS name by differing references is credited once.

    `banking_take_transfer` has a new argument; the function of the release before stays beside it, and what it inserts
    is looked at by the trigger.
    """

    dependencies = [("banking", "0008_topup_functions")]

    operations = [
        migrations.CreateModel(
            name="TopupLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "sign",
                    models.CharField(
                        choices=[
                            ("memo", "The text names the top-up"),
                            ("alike", "Same account, amount and time"),
                        ],
                        max_length=10,
                        verbose_name="why",
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), verbose_name="seen at"
                    ),
                ),
                (
                    "topup",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="lines", to="banking.topup"
                    ),
                ),
                (
                    "transfer",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="topup_line",
                        to="banking.banktransfer",
                    ),
                ),
            ],
            options={
                "verbose_name": "line that may be a top-up's",
                "verbose_name_plural": "lines that may be top-ups'",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("sign__in", ["memo", "alike"])), name="topup_line_sign_known"
                    )
                ],
            },
        ),
        migrations.AddIndex(
            model_name="topuppayment",
            index=models.Index(fields=["reference"], name="topup_payment_of_reference"),
        ),
        migrations.AddIndex(
            model_name="topuppayment",
            index=models.Index(fields=["amount_vnd", "paid_at"], name="topup_payment_alike"),
        ),
        sql_file(
            SQL,
            "topup_lines.sql",
            drop=(SQL / "topup.sql").read_text(encoding="utf-8")
            + "DROP FUNCTION banking_topup_tie_by_hand(bigint);"
            "DROP FUNCTION banking_ask_whether_topup(banking_banktransfer, bigint);"
            "DROP FUNCTION banking_line_alike(banking_topup, bigint, timestamptz);"
            "DROP FUNCTION banking_line_of_payment(banking_topup, text, bigint, timestamptz);"
            "DROP FUNCTION banking_topup_hint(bigint, bigint, text);"
            "DROP FUNCTION banking_topup_candidates(jsonb, bigint, text);"
            "DROP FUNCTION banking_topup_of_line(text[], text, bigint, timestamptz, text, text);"
            "DROP FUNCTION banking_payment_has_line(banking_topuppayment);"
            "DROP FUNCTION banking_amount_lock(bigint, boolean)",
        ),
    ]
