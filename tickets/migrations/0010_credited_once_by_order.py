from pathlib import Path

from django.db import migrations, models
from django.db.models.functions import Upper

from n2store.sql import sql_file

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):
    """What an order's return has earned is found by the order's code, in capitals or not."""

    dependencies = [
        ('customers', '0013_rfm_locks_first'),
        ('tickets', '0009_queue_filtered'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='ticket',
            index=models.Index(Upper('order_id'), condition=models.Q(('order_id', ''), _negated=True), name='ticket_of_order_in_capitals'),
        ),
        sql_file(SQL, "once.sql", drop=migrations.RunSQL.noop),
    ]
