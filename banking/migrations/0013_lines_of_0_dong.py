from django.db import migrations, models


class Migration(migrations.Migration):
    """A line of 0 dong is stored: SePay may tell of one, and it moves no money."""

    dependencies = [
        ("banking", "0012_digits_in_one_pass"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="banktransfer",
            name="transfer_amount_positive",
        ),
        migrations.AddConstraint(
            model_name="banktransfer",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_vnd__gte", 0)), name="transfer_amount_not_negative"
            ),
        ),
    ]
