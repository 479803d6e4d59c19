from pathlib import Path

import django.db.models.expressions
from django.db import migrations, models

import tickets.models.ticket
from n2store.sql import sql_file

SQL = Path(__file__).resolve().parent.parent / "sql"
DROP = """
    DROP TRIGGER tickets_tier_moved ON customers_customer;
    DROP TRIGGER tickets_marked_anew ON tickets_ticket;
    DROP TRIGGER tickets_marked ON tickets_ticket;
    DROP FUNCTION tickets_settle(integer);
    DROP FUNCTION tickets_note_tier();
    DROP FUNCTION tickets_mark();
"""
# After the triggers, which lock customers, so that no tier changes unseen; and last, since rows of a table that were
# changed stand in the way of an index on it.
MARK_THE_OPEN = """
    UPDATE tickets_ticket t SET platinum = true FROM customers_customer c
    WHERE c.id = t.customer_id AND c.tier = 'platinum' AND t.status NOT IN ('COMPLETED', 'CANCELLED')
"""


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0012_versions_reasons'),
        ('tickets', '0006_order_parts_in_batches'),
    ]

    operations = [
        migrations.CreateModel(
            name='TierMove',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('customer_id', models.BigIntegerField(help_text='No reference: nothing waits for this row.')),
                ('ripe_from', models.BigIntegerField(help_text='Transaction number; when all below are over, it is ripe.', null=True)),
            ],
        ),
        migrations.AddField(
            model_name='ticket',
            name='platinum',
            field=models.BooleanField(db_default=False, editable=False, help_text='A mark: see `tickets/sql/queue.sql`.'),
        ),
        migrations.AddField(
            model_name='ticket',
            name='queue_rank',
            field=models.GeneratedField(db_persist=True, expression=django.db.models.expressions.CombinedExpression(models.Case(models.When(platinum=True, then=models.Value(0)), default=models.Value(4)), '+', models.Case(models.When(priority='urgent', then=models.Value(0)), models.When(priority='high', then=models.Value(1)), models.When(priority='normal', then=models.Value(2)), default=models.Value(3))), output_field=models.SmallIntegerField()),
        ),
        sql_file(SQL, "queue.sql", drop=DROP),
        migrations.AddIndex(
            model_name='ticket',
            index=models.Index(models.F('queue_rank'), tickets.models.ticket.NeverAtLast('carrier_deadline_at'), models.F('id'), condition=models.Q(('deleted_at', None), models.Q(('status__in', ['COMPLETED', 'CANCELLED']), _negated=True)), name='ticket_in_queue'),
        ),
        migrations.RunSQL(MARK_THE_OPEN, migrations.RunSQL.noop),
    ]
