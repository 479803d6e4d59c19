from pathlib import Path

from django.db import migrations, models

from n2store.sql import sql_file

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):

    dependencies = [
        ('banking', '0001_initial'),
        ('customers', '0002_virtual_credit'),
        ('wallets', '0003_commands'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='banktransfer',
            index=models.Index(condition=models.Q(('customer__isnull', False), ('verification__in', ['AUTO_APPROVED', 'APPROVED']), ('wallet_transaction', None)), fields=['id'], name='transfer_to_credit'),
        ),
        sql_file(SQL, "credit_approved.sql", drop="DROP FUNCTION banking_credit_approved(integer)"),
    ]
