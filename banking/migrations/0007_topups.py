import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """Top-ups, what came for them, and what PayOS told."""

    dependencies = [
        ('banking', '0006_lists'),
        ('customers', '0011_ticket_overdue'),
        ('wallets', '0009_pending_covered'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name='delivery',
            name='provider',
            field=models.CharField(choices=[('sepay', 'SePay'), ('payos', 'PayOS')], max_length=20, verbose_name='provider'),
        ),
        migrations.AlterField(
            model_name='faileddelivery',
            name='provider',
            field=models.CharField(choices=[('sepay', 'SePay'), ('payos', 'PayOS')], max_length=20, verbose_name='provider'),
        ),
        migrations.AlterField(
            model_name='refusal',
            name='provider',
            field=models.CharField(choices=[('sepay', 'SePay'), ('payos', 'PayOS')], max_length=20, verbose_name='provider'),
        ),
        migrations.CreateModel(
            name='PayosDelivery',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('digest', models.CharField(help_text='SHA-256 of what was signed.', max_length=64, unique=True)),
                ('order_code', models.BigIntegerField(db_index=True, verbose_name='order code')),
                ('reference', models.CharField(blank=True, max_length=200, verbose_name='bank reference')),
                ('amount_vnd', models.BigIntegerField(verbose_name='amount')),
                ('data', models.JSONField(verbose_name='content')),
                ('outcome', models.CharField(choices=[('credited', 'Credited'), ('duplicate', 'Known already'), ('test', "PayOS's sample"), ('unmatched', 'No such top-up'), ('asked', 'The link is asked'), ('review', 'A person looks at it'), ('ignored', 'Tells of no money')], max_length=20, verbose_name='what became of it')),
                ('reason', models.CharField(blank=True, db_default='', max_length=60, verbose_name='why')),
                ('repeats', models.IntegerField(db_default=0, verbose_name='repeats')),
                ('repeated_at', models.DateTimeField(blank=True, null=True, verbose_name='repeated at')),
                ('received_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='received at')),
                ('processed_at', models.DateTimeField(blank=True, null=True, verbose_name='settled at')),
            ],
            options={
                'verbose_name': 'PayOS delivery',
                'verbose_name_plural': 'PayOS deliveries',
            },
        ),
        migrations.CreateModel(
            name='Topup',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('tx_ref', models.CharField(help_text='Also the memo of the transfer.', max_length=16, unique=True, verbose_name='reference')),
                ('provider', models.CharField(choices=[('payos', 'PayOS')], db_default='payos', max_length=20, verbose_name='provider')),
                ('order_code', models.BigIntegerField(null=True, unique=True, verbose_name='order code')),
                ('payment_link_id', models.CharField(blank=True, db_default='', max_length=64, verbose_name='payment link')),
                ('amount_vnd', models.BigIntegerField(verbose_name='amount')),
                ('paid_vnd', models.BigIntegerField(db_default=0, verbose_name='paid')),
                ('status', models.CharField(choices=[('created', 'Being prepared'), ('pending', 'Waits for the payment'), ('processing', 'Is being paid'), ('paid', 'Paid'), ('underpaid', 'Partly paid'), ('cancelled', 'Cancelled'), ('expired', 'Ran out'), ('failed', 'Failed')], db_default='created', max_length=20, verbose_name='state')),
                ('version', models.IntegerField(db_default=1, verbose_name='version')),
                ('checkout_url', models.CharField(blank=True, db_default='', max_length=500, verbose_name='payment page')),
                ('qr_code', models.TextField(blank=True, db_default='', verbose_name='text of the QR')),
                ('bank_bin', models.CharField(blank=True, db_default='', max_length=20, verbose_name='bank')),
                ('account_number', models.CharField(blank=True, db_default='', max_length=50, verbose_name='account')),
                ('account_name', models.CharField(blank=True, db_default='', max_length=200, verbose_name="account's name")),
                ('memo', models.CharField(blank=True, db_default='', max_length=100, verbose_name='memo')),
                ('idempotency_key', models.CharField(blank=True, max_length=100, null=True, verbose_name='idempotency key')),
                ('started_by', models.CharField(max_length=100, verbose_name='started by')),
                ('expires_at', models.DateTimeField(verbose_name='ends at')),
                ('confirmed_at', models.DateTimeField(blank=True, null=True, verbose_name='paid at')),
                ('closed_at', models.DateTimeField(blank=True, help_text='From then nothing is expected.', null=True, verbose_name='closed at')),
                ('is_late', models.BooleanField(db_default=False, verbose_name='paid late')),
                ('is_overpaid', models.BooleanField(db_default=False, verbose_name='paid too much')),
                ('review_reason', models.CharField(blank=True, db_default='', max_length=60, verbose_name='a person looks at it')),
                ('next_check_at', models.DateTimeField(blank=True, null=True, verbose_name='asked about at')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='started at')),
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='changed at')),
            ],
            options={
                'verbose_name': 'top-up',
                'verbose_name_plural': 'top-ups',
            },
        ),
        migrations.CreateModel(
            name='TopupHandCredit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reference', models.CharField(max_length=100, verbose_name='bank reference')),
                ('amount_vnd', models.BigIntegerField(verbose_name='amount')),
                ('reason', models.TextField(verbose_name='reason')),
                ('status', models.CharField(choices=[('waiting', 'Waits for a second person'), ('done', 'Done'), ('withdrawn', 'Withdrawn')], db_default='waiting', max_length=20, verbose_name='state')),
                ('asked_by', models.CharField(max_length=100, verbose_name='asked by')),
                ('asked_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='asked at')),
                ('confirmed_by', models.CharField(blank=True, db_default='', max_length=100, verbose_name='confirmed by')),
                ('confirmed_at', models.DateTimeField(blank=True, null=True, verbose_name='confirmed at')),
            ],
            options={
                'verbose_name': 'credit by hand',
                'verbose_name_plural': 'credits by hand',
            },
        ),
        migrations.CreateModel(
            name='TopupPayment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('provider', models.CharField(choices=[('payos', 'PayOS')], max_length=20, verbose_name='provider')),
                ('reference', models.CharField(max_length=100, verbose_name='bank reference')),
                ('amount_vnd', models.BigIntegerField(verbose_name='amount')),
                ('source', models.CharField(choices=[('webhook', 'Webhook'), ('link', 'Asked for'), ('hand', 'By hand')], max_length=20, verbose_name='told by')),
                ('paid_at', models.DateTimeField(verbose_name='transferred at')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='credited at')),
            ],
            options={
                'verbose_name': 'payment of a top-up',
                'verbose_name_plural': 'payments of top-ups',
            },
        ),
        migrations.RemoveConstraint(
            model_name='banktransfer',
            name='transfer_method_known',
        ),
        migrations.AlterField(
            model_name='banktransfer',
            name='match_method',
            field=models.CharField(blank=True, choices=[('qr_code', 'QR code'), ('exact_phone', 'Full phone number'), ('single_match', 'Only one customer fits'), ('pending_match', 'Chosen from several'), ('manual_entry', 'Typed by staff'), ('manual_link', 'Assigned by the accountant'), ('topup', 'Payment of a top-up')], max_length=30, verbose_name='matched by'),
        ),
        migrations.AddConstraint(
            model_name='banktransfer',
            constraint=models.CheckConstraint(condition=models.Q(('match_method', ''), ('match_method__in', ['qr_code', 'exact_phone', 'single_match', 'pending_match', 'manual_entry', 'manual_link', 'topup']), _connector='OR'), name='transfer_method_known'),
        ),
        migrations.AddField(
            model_name='topup',
            name='customer',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='topups', to='customers.customer'),
        ),
        migrations.AddField(
            model_name='topup',
            name='starter',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='payosdelivery',
            name='topup',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='deliveries', to='banking.topup'),
        ),
        migrations.AddField(
            model_name='topuphandcredit',
            name='topup',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='hand_credits', to='banking.topup'),
        ),
        migrations.AddField(
            model_name='topuppayment',
            name='topup',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='payments', to='banking.topup'),
        ),
        migrations.AddField(
            model_name='topuppayment',
            name='wallet_transaction',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='topup_payment', to='wallets.transaction'),
        ),
        migrations.AddIndex(
            model_name='topup',
            index=models.Index(condition=models.Q(('next_check_at__isnull', False)), fields=['next_check_at'], name='topup_to_check'),
        ),
        migrations.AddIndex(
            model_name='topup',
            index=models.Index(fields=['customer', '-id'], name='topup_of_customer'),
        ),
        migrations.AddIndex(
            model_name='topup',
            index=models.Index(fields=['status', '-id'], name='topup_in_state'),
        ),
        migrations.AddIndex(
            model_name='topup',
            index=models.Index(condition=models.Q(('review_reason', ''), _negated=True), fields=['-id'], name='topup_to_review'),
        ),
        migrations.AddIndex(
            model_name='topup',
            index=models.Index(fields=['starter', '-created_at'], name='topup_of_starter'),
        ),
        migrations.AddConstraint(
            model_name='topup',
            constraint=models.CheckConstraint(condition=models.Q(('amount_vnd__gt', 0)), name='topup_amount_positive'),
        ),
        migrations.AddConstraint(
            model_name='topup',
            constraint=models.CheckConstraint(condition=models.Q(('paid_vnd__gte', 0)), name='topup_paid_not_negative'),
        ),
        migrations.AddConstraint(
            model_name='topup',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['created', 'pending', 'processing', 'paid', 'underpaid', 'cancelled', 'expired', 'failed'])), name='topup_state_known'),
        ),
        migrations.AddConstraint(
            model_name='topup',
            constraint=models.CheckConstraint(condition=models.Q(('provider__in', ['payos'])), name='topup_provider_known'),
        ),
        migrations.AddConstraint(
            model_name='topup',
            constraint=models.CheckConstraint(condition=models.Q(('order_code', None), ('order_code__range', (1, 9007199254740991)), _connector='OR'), name='topup_order_code_fits'),
        ),
        migrations.AddConstraint(
            model_name='topup',
            constraint=models.CheckConstraint(condition=models.Q(('tx_ref__regex', '^NT[0-9A-HJKMNP-TV-Z]{7}$')), name='topup_reference_spelled'),
        ),
        migrations.AddConstraint(
            model_name='topup',
            constraint=models.CheckConstraint(condition=models.Q(('confirmed_at', None), ('status', 'paid'), _connector='OR'), name='topup_confirmed_only_if_paid'),
        ),
        migrations.AddConstraint(
            model_name='topup',
            constraint=models.UniqueConstraint(condition=models.Q(('idempotency_key__isnull', False)), fields=('starter', 'customer', 'idempotency_key'), name='topup_key_once', nulls_distinct=False),
        ),
        migrations.AddIndex(
            model_name='payosdelivery',
            index=models.Index(condition=models.Q(('outcome__in', ['unmatched', 'asked', 'review'])), fields=['-id'], name='payos_delivery_waits'),
        ),
        migrations.AddConstraint(
            model_name='payosdelivery',
            constraint=models.CheckConstraint(condition=models.Q(('outcome__in', ['credited', 'duplicate', 'test', 'unmatched', 'asked', 'review', 'ignored'])), name='payos_outcome_known'),
        ),
        migrations.AddConstraint(
            model_name='topuphandcredit',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'waiting')), fields=('topup',), name='topup_hand_credit_one_waiting'),
        ),
        migrations.AddConstraint(
            model_name='topuphandcredit',
            constraint=models.CheckConstraint(condition=models.Q(('amount_vnd__gt', 0)), name='topup_hand_credit_positive'),
        ),
        migrations.AddConstraint(
            model_name='topuppayment',
            constraint=models.UniqueConstraint(fields=('provider', 'reference'), name='topup_payment_reference_once'),
        ),
        migrations.AddConstraint(
            model_name='topuppayment',
            constraint=models.CheckConstraint(condition=models.Q(('amount_vnd__gt', 0)), name='topup_payment_positive'),
        ),
        migrations.AddConstraint(
            model_name='topuppayment',
            constraint=models.CheckConstraint(condition=models.Q(('reference', ''), _negated=True), name='topup_payment_has_reference'),
        ),
    ]
