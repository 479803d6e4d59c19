# The desk counts what was completed today: without an index that reads every completed ticket (448 ms of 300,000).

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0014_orders_without_status'),
        ('tickets', '0013_compensated_already'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='ticket',
            index=models.Index(condition=models.Q(('deleted_at', None), ('status', 'COMPLETED')), fields=['completed_at'], name='ticket_completed_lately'),
        ),
    ]
