import datetime
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.comparison
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0007_phone_backwards'),
    ]

    operations = [
        migrations.CreateModel(
            name='FraudWatch',
            fields=[
                ('rule', models.CharField(max_length=40, primary_key=True, serialize=False)),
                ('until', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='OrderFeed',
            fields=[
                ('source', models.CharField(choices=[('tpos', 'TPOS'), ('import', 'Import'), ('api', 'API')], max_length=20, primary_key=True, serialize=False)),
                ('told_at', models.DateTimeField()),
                ('last_id', models.BigIntegerField(db_default=0)),
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
        ),
        migrations.CreateModel(
            name='RfmShare',
            fields=[
                ('total', models.SmallIntegerField(primary_key=True, serialize=False)),
                ('customers', models.IntegerField()),
                ('below', models.IntegerField()),
            ],
        ),
        migrations.CreateModel(
            name='FraudConfig',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('rule', models.CharField(max_length=40, verbose_name='rule')),
                ('version', models.IntegerField(verbose_name='version')),
                ('status', models.CharField(choices=[('draft', 'Draft'), ('active', 'Active'), ('retired', 'Retired')], db_default='draft', max_length=20, verbose_name='state')),
                ('thresholds', models.JSONField(help_text='Name -> whole number.', verbose_name='thresholds')),
                ('author', models.CharField(max_length=150, verbose_name='by')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='at')),
                ('activated_at', models.DateTimeField(blank=True, null=True, verbose_name='active since')),
            ],
            options={
                'verbose_name': 'fraud thresholds',
                'verbose_name_plural': 'fraud thresholds',
                'constraints': [models.UniqueConstraint(fields=('rule', 'version'), name='fraud_config_version_once'), models.CheckConstraint(condition=models.Q(('status__in', ['draft', 'active', 'retired'])), name='fraud_config_status_known'), models.UniqueConstraint(condition=models.Q(('status', 'active')), fields=('rule',), name='fraud_config_one_active')],
            },
        ),
        migrations.CreateModel(
            name='OrderStats',
            fields=[
                ('customer', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='order_stats', serialize=False, to='customers.customer')),
                ('total_orders', models.IntegerField(db_default=0, help_text='Without drafts and cancelled ones.', verbose_name='orders')),
                ('successful_orders', models.IntegerField(db_default=0, verbose_name='delivered')),
                ('returned_orders', models.IntegerField(db_default=0, verbose_name='returned')),
                ('cancelled_orders', models.IntegerField(db_default=0, verbose_name='cancelled')),
                ('total_spent_vnd', models.BigIntegerField(db_default=0, help_text='Without what came back.', verbose_name='spent')),
                ('return_rate_bp', models.IntegerField(db_default=0, help_text='Of the orders, in 1/100 percent.', verbose_name='return rate')),
                ('first_order_at', models.DateTimeField(null=True, verbose_name='first order')),
                ('last_order_at', models.DateTimeField(null=True, verbose_name='last order')),
                ('last_purchase_at', models.DateTimeField(help_text='That did not come back.', null=True, verbose_name='last purchase')),
            ],
            options={
                'verbose_name': 'order figures',
                'verbose_name_plural': 'order figures',
                'indexes': [models.Index(fields=['-total_orders', '-customer'], name='order_stats_by_orders'), models.Index(fields=['-total_spent_vnd', '-customer'], name='order_stats_by_spent'), models.Index(models.OrderBy(django.db.models.functions.comparison.Coalesce('last_order_at', models.Value(datetime.datetime(1970, 1, 1, 0, 0, tzinfo=datetime.timezone.utc))), descending=True), models.OrderBy(models.F('customer'), descending=True), name='order_stats_by_last')],
            },
        ),
        migrations.CreateModel(
            name='RfmConfig',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.IntegerField(unique=True, verbose_name='version')),
                ('status', models.CharField(choices=[('draft', 'Draft'), ('active', 'Active'), ('retired', 'Retired')], db_default='draft', max_length=20, verbose_name='state')),
                ('frequency_days', models.IntegerField(db_default=90, verbose_name='orders of so many days')),
                ('monetary_days', models.IntegerField(blank=True, help_text='Empty: ever', null=True, verbose_name='money of so many days')),
                ('young_days', models.IntegerField(db_default=30, verbose_name='new for so many days')),
                ('author', models.CharField(max_length=150, verbose_name='by')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='at')),
                ('activated_at', models.DateTimeField(blank=True, null=True, verbose_name='active since')),
            ],
            options={
                'verbose_name': 'RFM configuration',
                'verbose_name_plural': 'RFM configurations',
                'constraints': [models.CheckConstraint(condition=models.Q(('status__in', ['draft', 'active', 'retired'])), name='rfm_config_status_known'), models.CheckConstraint(condition=models.Q(('frequency_days__gt', 0), ('young_days__gte', 0), models.Q(('monetary_days', None), ('monetary_days__gt', 0), _connector='OR')), name='rfm_config_windows_positive'), models.UniqueConstraint(condition=models.Q(('status', 'active')), fields=('status',), name='rfm_config_one_active')],
            },
        ),
        migrations.CreateModel(
            name='FraudCase',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('rule', models.CharField(max_length=40, verbose_name='rule')),
                ('severity', models.CharField(choices=[('HIGH', 'High'), ('MEDIUM', 'Medium')], max_length=20, verbose_name='severity')),
                ('flag', models.CharField(help_text='What stands against the customer, such as suspicious.', max_length=40, verbose_name='flag')),
                ('evidence', models.JSONField(verbose_name='evidence')),
                ('status', models.CharField(choices=[('open', 'Open'), ('confirmed', 'Confirmed'), ('overturned', 'Overturned'), ('muted', 'Muted')], db_default='open', max_length=20, verbose_name='state')),
                ('hit_at', models.DateTimeField(verbose_name='hit at')),
                ('fact_at', models.DateTimeField(verbose_name='last fact')),
                ('tier_before', models.CharField(blank=True, choices=[('platinum', 'Platinum'), ('gold', 'Gold'), ('silver', 'Silver'), ('new', 'New'), ('blacklist', 'Blacklist'), ('normal', 'Normal'), ('danger', 'Danger')], db_default='', max_length=20, verbose_name='tier before')),
                ('reason', models.CharField(blank=True, db_default='', max_length=500, verbose_name='reason')),
                ('decided_by', models.CharField(blank=True, db_default='', max_length=150, verbose_name='decided by')),
                ('decided_at', models.DateTimeField(blank=True, null=True, verbose_name='decided at')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='opened at')),
                ('customer', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='fraud_cases', to='customers.customer')),
                ('config', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='customers.fraudconfig', verbose_name='version')),
            ],
            options={
                'verbose_name': 'fraud case',
                'verbose_name_plural': 'fraud cases',
                'indexes': [models.Index(fields=['status', '-id'], name='fraud_case_of_status'), models.Index(fields=['customer', 'rule', '-fact_at'], name='fraud_case_of_customer')],
                'constraints': [models.CheckConstraint(condition=models.Q(('status__in', ['open', 'confirmed', 'overturned', 'muted'])), name='fraud_case_status_known'), models.CheckConstraint(condition=models.Q(('severity__in', ['HIGH', 'MEDIUM'])), name='fraud_case_severity_known'), models.CheckConstraint(condition=models.Q(models.Q(('decided_at', None), ('decided_by', ''), ('status', 'open')), models.Q(models.Q(('status', 'open'), _negated=True), ('decided_at__isnull', False), models.Q(('decided_by', ''), _negated=True)), _connector='OR'), name='fraud_case_decided_by_somebody'), models.UniqueConstraint(condition=models.Q(('status__in', ('open', 'confirmed'))), fields=('customer', 'rule'), name='fraud_case_one_standing')],
            },
        ),
        migrations.CreateModel(
            name='FraudMute',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('rule', models.CharField(blank=True, db_default='', max_length=40, verbose_name='rule')),
                ('until', models.DateTimeField(verbose_name='until')),
                ('reason', models.CharField(max_length=500, verbose_name='reason')),
                ('actor', models.CharField(max_length=150, verbose_name='by')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='at')),
                ('customer', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='fraud_mutes', to='customers.customer')),
            ],
            options={
                'verbose_name': 'fraud mute',
                'verbose_name_plural': 'fraud mutes',
                'indexes': [models.Index(fields=['customer', '-until'], name='fraud_mute_of_customer')],
            },
        ),
        migrations.CreateModel(
            name='Order',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('source', models.CharField(choices=[('tpos', 'TPOS'), ('import', 'Import'), ('api', 'API')], max_length=20, verbose_name='source')),
                ('external_code', models.CharField(max_length=80, verbose_name='order')),
                ('total_vnd', models.BigIntegerField(verbose_name='total')),
                ('status', models.CharField(choices=[('open', 'Draft'), ('confirmed', 'Confirmed'), ('delivered', 'Delivered'), ('returned', 'Returned'), ('cancelled', 'Cancelled')], max_length=20, verbose_name='state')),
                ('status_text', models.CharField(blank=True, db_default='', max_length=100, verbose_name='state as told')),
                ('ordered_at', models.DateTimeField(verbose_name='ordered at')),
                ('delivered_at', models.DateTimeField(blank=True, null=True, verbose_name='delivered at')),
                ('returned_at', models.DateTimeField(blank=True, null=True, verbose_name='returned at')),
                ('cancelled_at', models.DateTimeField(blank=True, null=True, verbose_name='cancelled at')),
                ('raw', models.JSONField(blank=True, db_default={}, default=dict, verbose_name='as told')),
                ('told_at', models.DateTimeField(help_text="Until when the source's word is true; the newest counts.", verbose_name='version')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='taken at')),
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='changed at')),
                ('customer', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='orders', to='customers.customer', verbose_name='customer')),
            ],
            options={
                'verbose_name': 'order',
                'verbose_name_plural': 'orders',
                'indexes': [models.Index(fields=['customer', '-ordered_at', '-id'], name='order_newest_of_customer'), models.Index(fields=['-ordered_at', '-id'], name='order_newest'), models.Index(condition=models.Q(('status__in', ('confirmed', 'delivered'))), fields=['ordered_at'], include=('customer', 'total_vnd'), name='order_purchases'), models.Index(condition=models.Q(('returned_at__isnull', False)), fields=['returned_at'], name='order_returned_at')],
                'constraints': [models.UniqueConstraint(fields=('source', 'external_code'), name='order_code_once'), models.CheckConstraint(condition=models.Q(('source__in', ['tpos', 'import', 'api'])), name='order_source_known'), models.CheckConstraint(condition=models.Q(('status__in', ['open', 'confirmed', 'delivered', 'returned', 'cancelled'])), name='order_status_known'), models.CheckConstraint(condition=models.Q(('total_vnd__gte', 0)), name='order_total_not_negative'), models.CheckConstraint(condition=models.Q(('external_code', ''), _negated=True), name='order_code_not_empty'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'delivered'), _negated=True), ('delivered_at__isnull', False), _connector='OR'), name='order_delivered_has_moment'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'returned'), _negated=True), ('returned_at__isnull', False), _connector='OR'), name='order_returned_has_moment'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'cancelled'), _negated=True), ('cancelled_at__isnull', False), _connector='OR'), name='order_cancelled_has_moment')],
            },
        ),
        migrations.CreateModel(
            name='RfmBand',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('metric', models.CharField(choices=[('recency', 'Recency'), ('frequency', 'Frequency'), ('monetary', 'Money')], max_length=20, verbose_name='metric')),
                ('score', models.SmallIntegerField(verbose_name='score')),
                ('min_value', models.BigIntegerField(help_text='Days, orders or dong; included.', verbose_name='from')),
                ('description', models.CharField(blank=True, db_default='', max_length=200, verbose_name='description')),
                ('config', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='bands', to='customers.rfmconfig')),
            ],
            options={
                'verbose_name': 'RFM band',
                'verbose_name_plural': 'RFM bands',
                'constraints': [models.UniqueConstraint(fields=('config', 'metric', 'score'), name='rfm_band_score_once'), models.UniqueConstraint(fields=('config', 'metric', 'min_value'), name='rfm_band_begins_once'), models.CheckConstraint(condition=models.Q(('metric__in', ['recency', 'frequency', 'monetary'])), name='rfm_band_metric_known'), models.CheckConstraint(condition=models.Q(('score__gte', 1), ('score__lte', 5)), name='rfm_band_score_in_range'), models.CheckConstraint(condition=models.Q(('min_value__gte', 0)), name='rfm_band_not_negative')],
            },
        ),
        migrations.CreateModel(
            name='RfmScore',
            fields=[
                ('customer', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='rfm', serialize=False, to='customers.customer')),
                ('recency', models.SmallIntegerField(verbose_name='recency')),
                ('frequency', models.SmallIntegerField(verbose_name='frequency')),
                ('monetary', models.SmallIntegerField(verbose_name='money')),
                ('total', models.SmallIntegerField(help_text='3 to 15; the score is a third of it.', verbose_name='sum')),
                ('segment', models.CharField(max_length=30, verbose_name='segment')),
                ('last_purchase_at', models.DateTimeField(null=True, verbose_name='last purchase')),
                ('orders', models.IntegerField(verbose_name='orders within the window')),
                ('spent_vnd', models.BigIntegerField(verbose_name='spent')),
                ('computed_at', models.DateTimeField(verbose_name='computed at')),
                ('config', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='customers.rfmconfig')),
            ],
            options={
                'verbose_name': 'RFM score',
                'verbose_name_plural': 'RFM scores',
                'indexes': [models.Index(fields=['segment', '-customer'], name='rfm_score_of_segment')],
                'constraints': [models.CheckConstraint(condition=models.Q(('total', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('recency'), '+', models.F('frequency')), '+', models.F('monetary')))), name='rfm_score_is_the_sum')],
            },
        ),
        migrations.CreateModel(
            name='TierChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('before', models.CharField(choices=[('platinum', 'Platinum'), ('gold', 'Gold'), ('silver', 'Silver'), ('new', 'New'), ('blacklist', 'Blacklist'), ('normal', 'Normal'), ('danger', 'Danger')], max_length=20, verbose_name='before')),
                ('after', models.CharField(choices=[('platinum', 'Platinum'), ('gold', 'Gold'), ('silver', 'Silver'), ('new', 'New'), ('blacklist', 'Blacklist'), ('normal', 'Normal'), ('danger', 'Danger')], max_length=20, verbose_name='after')),
                ('cause', models.CharField(choices=[('score', 'Score'), ('young', 'New customer'), ('fraud', 'Fraud case'), ('overturned', 'Fraud case overturned'), ('person', 'By hand')], max_length=20, verbose_name='cause')),
                ('reason', models.CharField(blank=True, db_default='', max_length=500, verbose_name='reason')),
                ('actor', models.CharField(max_length=150, verbose_name='by')),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='at')),
                ('config', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='customers.rfmconfig', verbose_name='version')),
                ('customer', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='tier_changes', to='customers.customer')),
            ],
            options={
                'verbose_name': 'change of tier',
                'verbose_name_plural': 'changes of tier',
                'indexes': [models.Index(fields=['customer', '-id'], name='tier_change_of_customer')],
                'constraints': [models.CheckConstraint(condition=models.Q(('cause__in', ['score', 'young', 'fraud', 'overturned', 'person'])), name='tier_change_cause_known'), models.CheckConstraint(condition=models.Q(('before', models.F('after')), _negated=True), name='tier_change_is_one')],
            },
        ),
    ]
