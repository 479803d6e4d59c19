from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('wallets', '0007_expired_amount'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='transaction',
            index=models.Index(condition=models.Q(('type__in', ['ADJUSTMENT', 'REVERSAL', 'VIRTUAL_CANCEL'])), fields=['-id'], name='transaction_corrections'),
        ),
    ]
