from pathlib import Path

import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
from django.db import migrations, models

from n2store.sql import sql_file

SQL = Path(__file__).resolve().parent.parent / "sql"
FUNCTIONS = [
    ("pending_answer.sql", "wallets_pending_answer(wallets_pendingwithdrawal, text)"),
    ("pending_paid.sql", "wallets_order_paid(text, bigint)"),
    ("pending_capture.sql", "wallets_pending_capture(bigint, timestamptz, interval, boolean)"),
    (
        "pending_hold.sql",
        "wallets_pending_hold("
        "bigint, text, text, text, bigint, text, text, text, integer, timestamptz, interval)",
    ),
    ("pending_retry.sql", "wallets_pending_retry(bigint, timestamptz, interval)"),
    ("pending_next.sql", "wallets_pending_next(timestamptz, interval)"),
    ("pending_cancel.sql", "wallets_pending_cancel(bigint, text, timestamptz)"),
    ("pending_cancel_order.sql", "wallets_pending_cancel_order(text, text, text, timestamptz)"),
    ("pending_release.sql", "wallets_pending_release(bigint, text, text, timestamptz, timestamptz)"),
]


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0002_virtual_credit'),
        ('wallets', '0003_commands'),
    ]

    operations = [
        migrations.CreateModel(
            name='CancelledOrder',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('order_id', models.CharField(max_length=80, unique=True, verbose_name='order')),
                ('reason', models.TextField(blank=True, verbose_name='reason')),
                ('actor', models.CharField(max_length=100, verbose_name='by')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='at')),
            ],
            options={
                'verbose_name': 'cancelled order',
                'verbose_name_plural': 'cancelled orders',
            },
        ),
        migrations.CreateModel(
            name='PendingWithdrawal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('order_id', models.CharField(max_length=80, verbose_name='order')),
                ('order_number', models.CharField(blank=True, max_length=100, verbose_name='order number')),
                ('amount_vnd', models.BigIntegerField(verbose_name='amount')),
                ('source', models.CharField(db_default='SALE_ORDER', max_length=30, verbose_name='source')),
                ('note', models.TextField(blank=True, verbose_name='note')),
                ('actor', models.CharField(max_length=100, verbose_name='by')),
                ('status', models.CharField(choices=[('PENDING', 'Waiting'), ('PROCESSING', 'Being taken'), ('COMPLETED', 'Taken'), ('FAILED', 'Failed'), ('CANCELLED', 'Cancelled')], db_default='PENDING', max_length=20, verbose_name='state')),
                ('attempts', models.IntegerField(db_default=0, verbose_name='attempts')),
                ('max_attempts', models.IntegerField(verbose_name='attempts at most')),
                ('next_attempt_at', models.DateTimeField(verbose_name='next attempt')),
                ('last_attempt_at', models.DateTimeField(blank=True, null=True, verbose_name='last attempt')),
                ('last_error', models.TextField(blank=True, db_default='', help_text='Or why it was cancelled.', verbose_name='last error')),
                ('virtual_used_vnd', models.BigIntegerField(db_default=0, verbose_name='credit used')),
                ('real_used_vnd', models.BigIntegerField(db_default=0, verbose_name='real money used')),
                ('completed_at', models.DateTimeField(blank=True, null=True, verbose_name='taken at')),
                ('released_at', models.DateTimeField(blank=True, null=True, verbose_name='given back at')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='at')),
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='changed at')),
                ('customer', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='pending_withdrawals', to='customers.customer')),
            ],
            options={
                'verbose_name': 'pending withdrawal',
                'verbose_name_plural': 'pending withdrawals',
                'indexes': [models.Index(condition=models.Q(('status__in', ['PENDING', 'PROCESSING'])), fields=['next_attempt_at', 'id'], name='pending_due'), models.Index(fields=['status', '-id'], include=('amount_vnd',), name='pending_newest_of_status'), models.Index(fields=['customer', '-id'], name='pending_newest_of_customer')],
                'constraints': [models.UniqueConstraint(fields=('order_id', 'customer'), name='pending_order_once'), models.CheckConstraint(condition=models.Q(('status__in', ['PENDING', 'PROCESSING', 'COMPLETED', 'FAILED', 'CANCELLED'])), name='pending_status_known'), models.CheckConstraint(condition=models.Q(('amount_vnd__gt', 0)), name='pending_amount_positive'), models.CheckConstraint(condition=models.Q(('attempts__gte', 0), ('attempts__lte', models.F('max_attempts')), ('max_attempts__gte', 1)), name='pending_attempts_in_range'), models.CheckConstraint(condition=models.Q(models.Q(('completed_at', None), ('real_used_vnd', 0), ('virtual_used_vnd', 0)), models.Q(('amount_vnd', django.db.models.expressions.CombinedExpression(models.F('virtual_used_vnd'), '+', models.F('real_used_vnd'))), ('completed_at__isnull', False), ('real_used_vnd__gte', 0), ('virtual_used_vnd__gte', 0)), _connector='OR'), name='pending_taken_whole_or_not'), models.CheckConstraint(condition=models.Q(models.Q(('completed_at__isnull', False), ('released_at', None), ('status', 'COMPLETED')), models.Q(('completed_at__isnull', False), ('released_at__isnull', False), ('status', 'CANCELLED')), models.Q(models.Q(('status', 'COMPLETED'), _negated=True), ('completed_at', None), ('released_at', None)), _connector='OR'), name='pending_cancelled_has_no_money')],
            },
        ),
        migrations.AddIndex(
            model_name='transaction',
            index=models.Index(condition=models.Q(('reference_type', 'order')), fields=['reference_id'], name='transaction_of_order'),
        ),
        migrations.RunSQL("ALTER TABLE wallets_pendingwithdrawal SET (fillfactor = 80)", migrations.RunSQL.noop),
        *[sql_file(SQL, name, drop=f"DROP FUNCTION {signature}") for name, signature in FUNCTIONS],
    ]
