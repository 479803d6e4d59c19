from django.db import migrations, models


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
        # The waiting list is kept short: a search reads it whole, and who fills it sorts it into the index.
        migrations.RunSQL(
            r"CREATE INDEX transfer_text ON banking_banktransfer USING gin"
            r" (customers_fold(content || E'\n' || reference_code || E'\n' || code) gin_trgm_ops)"
            r" WITH (fastupdate = on, gin_pending_list_limit = 256)",
            "DROP INDEX transfer_text",
        ),
    ]
