from pathlib import Path

import customers.models
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.text
from django.db import migrations, models

from n2store.sql import sql_file

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('customers', '0006_recency'),
        ('wallets', '0009_pending_covered'),
    ]

    operations = [
        migrations.CreateModel(
            name='Tally',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('status', models.CharField(max_length=30)),
                ('type', models.CharField(max_length=30)),
                ('tickets', models.BigIntegerField(db_default=0)),
                ('refund_vnd', models.BigIntegerField(db_default=0)),
                ('credit_vnd', models.BigIntegerField(db_default=0, help_text='Virtual credit given for such tickets.')),
            ],
        ),
        migrations.CreateModel(
            name='YearCounter',
            fields=[
                ('year', models.IntegerField(primary_key=True, serialize=False)),
                ('last', models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name='Policy',
            fields=[
                ('type', models.CharField(choices=[('BOOM', 'Parcel refused'), ('FIX_COD', 'COD lowered'), ('RETURN_CLIENT', 'Customer sends goods back'), ('RETURN_SHIPPER', 'Carrier collects goods'), ('COMPLAINT', 'Complaint'), ('WARRANTY', 'Warranty'), ('OTHER', 'Other matter')], max_length=30, primary_key=True, serialize=False, verbose_name='type')),
                ('compensation', models.CharField(choices=[('none', 'Nothing'), ('virtual_credit', 'Virtual credit'), ('deposit', 'Real money')], max_length=20, verbose_name='compensation')),
                ('automatic', models.BooleanField(help_text='Given when the ticket is completed; otherwise only when somebody resolves it.', verbose_name='automatic')),
                ('credit_days', models.IntegerField(default=15, verbose_name='days of credit')),
                ('claim_days', models.IntegerField(default=10, verbose_name='days to claim from the carrier')),
                ('overdue_days', models.IntegerField(blank=True, null=True, verbose_name='days until overdue')),
            ],
            options={
                'verbose_name': 'ticket policy',
                'verbose_name_plural': 'ticket policies',
                'constraints': [models.CheckConstraint(condition=models.Q(('type__in', ['BOOM', 'FIX_COD', 'RETURN_CLIENT', 'RETURN_SHIPPER', 'COMPLAINT', 'WARRANTY', 'OTHER'])), name='policy_type_known'), models.CheckConstraint(condition=models.Q(('compensation__in', ['none', 'virtual_credit', 'deposit'])), name='policy_compensation_known'), models.CheckConstraint(condition=models.Q(('claim_days__range', (1, 365)), ('credit_days__range', (1, 365)), models.Q(('overdue_days', None), ('overdue_days__range', (1, 365)), _connector='OR')), name='policy_days_in_range')],
            },
        ),
        migrations.CreateModel(
            name='ReturnOrder',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('customer_name', models.CharField(max_length=255, verbose_name='customer')),
                ('phone', models.CharField(blank=True, db_default='', help_text='Canonical if it is one.', max_length=20, verbose_name='phone')),
                ('invoice_number', models.CharField(max_length=100, unique=True, verbose_name='invoice')),
                ('reference', models.CharField(blank=True, db_default='', max_length=255, verbose_name='reference')),
                ('invoiced_at', models.DateTimeField(blank=True, null=True, verbose_name='invoice date')),
                ('total_vnd', models.BigIntegerField(db_default=0, verbose_name='total')),
                ('debt_vnd', models.BigIntegerField(db_default=0, verbose_name='remaining debt')),
                ('status', models.CharField(choices=[('Nháp', 'Draft'), ('Đã xác nhận', 'Confirmed'), ('Đã hủy', 'Cancelled')], db_default='Nháp', max_length=20, verbose_name='status')),
                ('reason', models.TextField(blank=True, db_default='', verbose_name='reason')),
                ('returned', models.BooleanField(db_default=False, default=False, verbose_name='goods are back')),
                ('tpos_id', models.CharField(blank=True, db_default='', max_length=100, verbose_name='TPOS id')),
                ('tpos_data', models.JSONField(blank=True, null=True, verbose_name='TPOS record')),
                ('source', models.CharField(choices=[('TPOS', 'TPOS'), ('Excel', 'Excel'), ('Manual', 'By hand')], db_default='Manual', max_length=20, verbose_name='source')),
                ('actor', models.CharField(max_length=150, verbose_name='by')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='at')),
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='changed at')),
                ('folded', models.GeneratedField(db_persist=True, expression=customers.models.Folded(models.F('customer_name')), output_field=models.TextField())),
            ],
            options={
                'verbose_name': 'return order',
                'verbose_name_plural': 'return orders',
                'indexes': [models.Index(fields=['-invoiced_at', '-id'], name='return_order_newest'), models.Index(fields=['status', '-id'], name='return_order_of_status'), models.Index(fields=['phone'], name='return_order_of_phone'), django.contrib.postgres.indexes.GinIndex(django.contrib.postgres.indexes.OpClass('folded', name='gin_trgm_ops'), fastupdate=False, name='return_order_folded')],
                'constraints': [models.CheckConstraint(condition=models.Q(('status__in', ['Nháp', 'Đã xác nhận', 'Đã hủy'])), name='return_order_status_known'), models.CheckConstraint(condition=models.Q(('source__in', ['TPOS', 'Excel', 'Manual'])), name='return_order_source_known'), models.CheckConstraint(condition=models.Q(('debt_vnd__gte', 0), ('total_vnd__gte', 0)), name='return_order_not_negative'), models.CheckConstraint(condition=models.Q(models.Q(('invoice_number', ''), _negated=True), models.Q(('customer_name', ''), _negated=True)), name='return_order_named')],
            },
        ),
        migrations.CreateModel(
            name='Ticket',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(help_text='TV-2026-00001; never given twice.', max_length=20, unique=True, verbose_name='code')),
                ('firebase_id', models.CharField(blank=True, help_text='Of imported tickets.', max_length=100, null=True, unique=True)),
                ('customer_name', models.CharField(blank=True, db_default='', max_length=255, verbose_name='name given')),
                ('order_id', models.CharField(blank=True, db_default='', max_length=80, verbose_name='order')),
                ('tpos_order_id', models.BigIntegerField(blank=True, null=True)),
                ('tracking_code', models.CharField(blank=True, db_default='', max_length=100, verbose_name='tracking code')),
                ('carrier', models.CharField(blank=True, db_default='', max_length=50, verbose_name='carrier')),
                ('type', models.CharField(choices=[('BOOM', 'Parcel refused'), ('FIX_COD', 'COD lowered'), ('RETURN_CLIENT', 'Customer sends goods back'), ('RETURN_SHIPPER', 'Carrier collects goods'), ('COMPLAINT', 'Complaint'), ('WARRANTY', 'Warranty'), ('OTHER', 'Other matter')], max_length=30, verbose_name='type')),
                ('status', models.CharField(choices=[('PENDING', 'New'), ('IN_PROGRESS', 'In progress'), ('PENDING_GOODS', 'Waiting for goods'), ('PENDING_FINANCE', 'Waiting for settlement'), ('COMPLETED', 'Completed'), ('CANCELLED', 'Cancelled')], db_default='PENDING', max_length=30, verbose_name='status')),
                ('priority', models.CharField(choices=[('low', 'Low'), ('normal', 'Normal'), ('high', 'High'), ('urgent', 'Urgent')], db_default='normal', max_length=20, verbose_name='priority')),
                ('subject', models.CharField(blank=True, db_default='', max_length=255, verbose_name='subject')),
                ('description', models.TextField(blank=True, db_default='', verbose_name='description')),
                ('products', models.JSONField(blank=True, db_default=[], default=list, verbose_name='products')),
                ('original_cod_vnd', models.BigIntegerField(blank=True, null=True, verbose_name='original COD')),
                ('new_cod_vnd', models.BigIntegerField(blank=True, null=True, verbose_name='new COD')),
                ('refund_vnd', models.BigIntegerField(blank=True, help_text='What the ticket is about.', null=True, verbose_name='amount')),
                ('fix_cod_reason', models.CharField(blank=True, choices=[('WRONG_SHIP', 'Shipping fee was wrong'), ('CUSTOMER_DEBT', 'Set against what the customer has'), ('DISCOUNT', 'Discount'), ('REJECT_PARTIAL', 'Customer took a part'), ('RETURN_OLD_ORDER', 'Goods of an earlier order come back')], db_default='', max_length=30, verbose_name='reason')),
                ('waits_for', models.CharField(choices=[('carrier', 'Carrier'), ('customer', 'Customer'), ('shop', 'Shop'), ('nobody', 'Nobody')], db_default='shop', max_length=20, verbose_name='waits for')),
                ('waiting_since', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='waits since')),
                ('carrier_deadline_at', models.DateTimeField(blank=True, null=True, verbose_name="carrier's deadline")),
                ('received_at', models.DateTimeField(blank=True, null=True, verbose_name='goods received at')),
                ('settled_at', models.DateTimeField(blank=True, null=True, verbose_name='settled with the carrier at')),
                ('completed_at', models.DateTimeField(blank=True, null=True, verbose_name='completed at')),
                ('overdue_told_at', models.DateTimeField(editable=False, null=True)),
                ('assigned_to', models.CharField(blank=True, db_default='', max_length=150, verbose_name='assigned to')),
                ('internal_note', models.TextField(blank=True, db_default='', verbose_name='internal note')),
                ('attachments', models.JSONField(blank=True, db_default=[], default=list, verbose_name='attachments')),
                ('history', models.JSONField(db_default=[], default=list, help_text="Appended under the row's lock.", verbose_name='history')),
                ('refund_order_id', models.BigIntegerField(blank=True, help_text='The refund in TPOS.', null=True)),
                ('refund_number', models.CharField(blank=True, db_default='', max_length=50, verbose_name='refund number')),
                ('actor', models.CharField(max_length=150, verbose_name='by')),
                ('key', models.CharField(editable=False, help_text='Idempotency key.', max_length=100, null=True, unique=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='at')),
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='changed at')),
                ('deleted_at', models.DateTimeField(blank=True, null=True, verbose_name='deleted at')),
                ('deleted_by', models.CharField(blank=True, db_default='', max_length=150, verbose_name='deleted by')),
                ('customer', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='tickets', to='customers.customer')),
            ],
            options={
                'verbose_name': 'ticket',
                'verbose_name_plural': 'tickets',
            },
        ),
        migrations.CreateModel(
            name='Compensation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('none', 'Nothing'), ('virtual_credit', 'Virtual credit'), ('deposit', 'Real money')], max_length=20, verbose_name='kind')),
                ('amount_vnd', models.BigIntegerField(verbose_name='amount')),
                ('automatic', models.BooleanField(db_default=False, verbose_name='by policy')),
                ('actor', models.CharField(max_length=150, verbose_name='by')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='at')),
                ('revoked_at', models.DateTimeField(blank=True, null=True, verbose_name='taken back at')),
                ('credit', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='wallets.virtualcredit')),
                ('transaction', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='wallets.transaction')),
                ('ticket', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='compensations', to='tickets.ticket', verbose_name='ticket')),
            ],
            options={
                'verbose_name': 'compensation',
                'verbose_name_plural': 'compensations',
            },
        ),
        migrations.CreateModel(
            name='WriteOff',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('party', models.CharField(choices=[('customer', 'Customer'), ('carrier', 'Carrier')], max_length=20, verbose_name='with')),
                ('amount_vnd', models.BigIntegerField(verbose_name='amount')),
                ('reason', models.TextField(verbose_name='reason')),
                ('actor', models.CharField(max_length=150, verbose_name='by')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='at')),
                ('ticket', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='write_offs', to='tickets.ticket', verbose_name='ticket')),
            ],
            options={
                'verbose_name': 'write-off',
                'verbose_name_plural': 'write-offs',
            },
        ),
        migrations.AddIndex(
            model_name='ticket',
            index=models.Index(condition=models.Q(('deleted_at', None)), fields=['-id'], name='ticket_newest'),
        ),
        migrations.AddIndex(
            model_name='ticket',
            index=models.Index(fields=['customer', '-id'], name='ticket_newest_of_customer'),
        ),
        migrations.AddIndex(
            model_name='ticket',
            index=models.Index(condition=models.Q(('deleted_at', None)), fields=['status', 'type', '-id'], name='ticket_newest_of_both'),
        ),
        migrations.AddIndex(
            model_name='ticket',
            index=models.Index(condition=models.Q(('deleted_at', None)), fields=['status', '-id'], name='ticket_newest_of_status'),
        ),
        migrations.AddIndex(
            model_name='ticket',
            index=models.Index(condition=models.Q(('deleted_at', None)), fields=['type', '-id'], name='ticket_newest_of_type'),
        ),
        migrations.AddIndex(
            model_name='ticket',
            index=models.Index(condition=models.Q(('deleted_at', None)), fields=['priority', '-id'], name='ticket_newest_of_priority'),
        ),
        migrations.AddIndex(
            model_name='ticket',
            index=models.Index(condition=models.Q(('deleted_at', None), models.Q(('assigned_to', ''), _negated=True)), fields=['assigned_to', '-id'], name='ticket_newest_of_assignee'),
        ),
        migrations.AddIndex(
            model_name='ticket',
            index=models.Index(condition=models.Q(('deleted_at', None), models.Q(('assigned_to', ''), _negated=True)), fields=['assigned_to', 'status', '-id'], name='ticket_newest_of_assignee_in'),
        ),
        migrations.AddIndex(
            model_name='ticket',
            index=models.Index(condition=models.Q(('order_id', ''), _negated=True), fields=['order_id'], name='ticket_of_order'),
        ),
        migrations.AddIndex(
            model_name='ticket',
            index=models.Index(condition=models.Q(('carrier_deadline_at__isnull', False), ('deleted_at', None), models.Q(('status__in', ['COMPLETED', 'CANCELLED']), _negated=True)), fields=['carrier_deadline_at'], name='ticket_due_at_carrier'),
        ),
        migrations.AddIndex(
            model_name='ticket',
            index=django.contrib.postgres.indexes.GinIndex(django.contrib.postgres.indexes.OpClass(django.db.models.functions.text.Upper('order_id'), name='gin_trgm_ops'), fastupdate=False, name='ticket_order_part'),
        ),
        migrations.AddConstraint(
            model_name='ticket',
            constraint=models.UniqueConstraint(condition=models.Q(('deleted_at', None), ('type__in', ['RETURN_CLIENT', 'RETURN_SHIPPER']), models.Q(('status', 'CANCELLED'), _negated=True), models.Q(('order_id', ''), _negated=True)), fields=('order_id',), name='ticket_order_returned_once'),
        ),
        migrations.AddConstraint(
            model_name='ticket',
            constraint=models.CheckConstraint(condition=models.Q(('type__in', ['BOOM', 'FIX_COD', 'RETURN_CLIENT', 'RETURN_SHIPPER', 'COMPLAINT', 'WARRANTY', 'OTHER'])), name='ticket_type_known'),
        ),
        migrations.AddConstraint(
            model_name='ticket',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['PENDING', 'IN_PROGRESS', 'PENDING_GOODS', 'PENDING_FINANCE', 'COMPLETED', 'CANCELLED'])), name='ticket_status_known'),
        ),
        migrations.AddConstraint(
            model_name='ticket',
            constraint=models.CheckConstraint(condition=models.Q(('priority__in', ['low', 'normal', 'high', 'urgent'])), name='ticket_priority_known'),
        ),
        migrations.AddConstraint(
            model_name='ticket',
            constraint=models.CheckConstraint(condition=models.Q(('waits_for__in', ['carrier', 'customer', 'shop', 'nobody'])), name='ticket_waiting_known'),
        ),
        migrations.AddConstraint(
            model_name='ticket',
            constraint=models.CheckConstraint(condition=models.Q(('fix_cod_reason__in', ['', 'WRONG_SHIP', 'CUSTOMER_DEBT', 'DISCOUNT', 'REJECT_PARTIAL', 'RETURN_OLD_ORDER'])), name='ticket_fix_cod_reason_known'),
        ),
        migrations.AddConstraint(
            model_name='ticket',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('original_cod_vnd', None), ('original_cod_vnd__gte', 0), _connector='OR'), models.Q(('new_cod_vnd', None), ('new_cod_vnd__gte', 0), _connector='OR'), models.Q(('refund_vnd', None), ('refund_vnd__gte', 0), _connector='OR')), name='ticket_amounts_not_negative'),
        ),
        migrations.AddConstraint(
            model_name='ticket',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('completed_at__isnull', False), ('status', 'COMPLETED')), models.Q(models.Q(('status', 'COMPLETED'), _negated=True), ('completed_at', None)), _connector='OR'), name='ticket_completed_says_when'),
        ),
        migrations.AddConstraint(
            model_name='ticket',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('deleted_at', None), ('deleted_by', '')), models.Q(('deleted_at__isnull', False), models.Q(('deleted_by', ''), _negated=True)), _connector='OR'), name='ticket_deleted_says_by_whom'),
        ),
        migrations.AddConstraint(
            model_name='compensation',
            constraint=models.UniqueConstraint(condition=models.Q(('revoked_at', None)), fields=('ticket',), name='compensation_once_for_a_ticket'),
        ),
        migrations.AddConstraint(
            model_name='compensation',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('credit__isnull', False), ('kind', 'virtual_credit')), models.Q(('credit', None), ('kind', 'deposit')), _connector='OR'), name='compensation_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='compensation',
            constraint=models.CheckConstraint(condition=models.Q(('amount_vnd__gt', 0)), name='compensation_amount_positive'),
        ),
        migrations.AddConstraint(
            model_name='writeoff',
            constraint=models.UniqueConstraint(fields=('ticket', 'party'), name='write_off_once_for_a_party'),
        ),
        migrations.AddConstraint(
            model_name='writeoff',
            constraint=models.CheckConstraint(condition=models.Q(('party__in', ['customer', 'carrier'])), name='write_off_party_known'),
        ),
        migrations.AddConstraint(
            model_name='writeoff',
            constraint=models.CheckConstraint(condition=models.Q(('amount_vnd__gt', 0)), name='write_off_amount_positive'),
        ),
        migrations.AddConstraint(
            model_name='writeoff',
            constraint=models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='write_off_says_why'),
        ),
        sql_file(
            SQL,
            "row.sql",
            drop="DROP FUNCTION tickets_announce(bigint, text); DROP VIEW tickets_shown",
        ),
        sql_file(
            SQL,
            "create.sql",
            drop="DROP FUNCTION tickets_create(text, jsonb, integer, text, text, timestamptz)",
        ),
        sql_file(
            SQL,
            "tally.sql",
            drop="DROP TRIGGER tickets_counted_in ON tickets_ticket; DROP TRIGGER tickets_counted_anew ON tickets_ticket;"
            "DROP TRIGGER tickets_credit_given ON tickets_compensation;"
            "DROP TRIGGER tickets_credit_taken_back ON tickets_compensation;"
            "DROP FUNCTION tickets_count(); DROP FUNCTION tickets_count_credit(); DROP FUNCTION tickets_fold();"
            "DROP FUNCTION tickets_statistics()",
        ),
        sql_file(
            SQL,
            "once.sql",
            drop="DROP TRIGGER tickets_credited_once ON wallets_virtualcredit;"
            "DROP FUNCTION tickets_refuse_second_credit()",
        ),
        sql_file(SQL, "card.sql", drop="DROP FUNCTION tickets_card(bigint, integer)"),
    ]
