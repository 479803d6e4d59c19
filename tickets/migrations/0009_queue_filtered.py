import tickets.models.ticket
from django.db import migrations, models


class Migration(migrations.Migration):
    """What the queue is narrowed to is told by its index."""

    dependencies = [
        ('customers', '0013_rfm_locks_first'),
        ('tickets', '0008_create_planned_once'),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='ticket',
            name='ticket_in_queue',
        ),
        migrations.AddIndex(
            model_name='ticket',
            index=models.Index(models.F('queue_rank'), tickets.models.ticket.NeverAtLast('carrier_deadline_at'), models.F('id'), models.F('status'), models.F('type'), condition=models.Q(('deleted_at', None), models.Q(('status__in', ['COMPLETED', 'CANCELLED']), _negated=True)), name='ticket_in_queue'),
        ),
    ]
