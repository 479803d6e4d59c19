from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import migrations, models
from django.db.models.functions import Concat

from customers.models import Folded


class Migration(migrations.Migration):
    dependencies = [("banking", "0005_decided")]

    operations = [
        migrations.AddIndex(
            model_name="banktransfer",
            index=models.Index(
                fields=["-transferred_at", "-id"],
                condition=models.Q(("is_hidden", False)),
                name="transfer_shown_newest",
            ),
        ),
        migrations.AddIndex(
            model_name="banktransfer",
            index=models.Index(fields=["gateway", "-transferred_at", "-id"], name="transfer_of_gateway"),
        ),
        migrations.AddIndex(
            model_name="banktransfer",
            index=models.Index(fields=["amount_vnd", "-transferred_at", "-id"], name="transfer_of_amount"),
        ),
        migrations.AddIndex(
            model_name="banktransfer",
            index=models.Index(
                fields=["verification", "-transferred_at", "-id"],
                condition=models.Q(("verification__in", ["PENDING_VERIFICATION", "APPROVED", "REJECTED"])),
                name="transfer_in_state",
            ),
        ),
        migrations.AddField(
            model_name="banktransfer",
            name="searched",
            field=models.GeneratedField(
                db_persist=True,
                expression=Folded(
                    Concat(
                        "content", models.Value("\n"), "reference_code", models.Value("\n"), "code"
                    )
                ),
                help_text="What a search reads: no case, no diacritics.",
                output_field=models.TextField(),
            ),
        ),
        migrations.AddIndex(
            model_name="banktransfer",
            index=GinIndex(
                OpClass("searched", name="gin_trgm_ops"), gin_pending_list_limit=256, fastupdate=True, name="transfer_text"
            ),
        ),
    ]
