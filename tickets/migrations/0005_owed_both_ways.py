from pathlib import Path

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

from n2store.sql import sql_file

SQL = Path(__file__).resolve().parent.parent / "sql"
CARD_BEFORE = (SQL / "card.sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):

    dependencies = [
        ('tickets', '0004_what_a_key_said'),
    ]

    operations = [
        migrations.CreateModel(
            name='Owed',
            fields=[
                ('key', models.TextField(primary_key=True, serialize=False)),
                ('party', models.CharField(choices=[('customer', 'Customer'), ('carrier', 'Carrier')], max_length=20)),
                ('direction', models.CharField(choices=[('owed_to', 'We owe'), ('owed_by', 'Owes us')], max_length=10)),
                ('amount_vnd', models.BigIntegerField()),
                ('given_vnd', models.BigIntegerField()),
                ('written_off_vnd', models.BigIntegerField()),
                ('open_vnd', models.BigIntegerField()),
            ],
            options={
                'db_table': 'tickets_owed',
                'managed': False,
            },
        ),
        migrations.CreateModel(
            name='Claim',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('dearer', 'Exchanged for something dearer'), ('spoiled', 'Came back spoiled or not complete'), ('lost', 'Lost or broken by the carrier'), ('cod', 'COD collected and not handed over')], max_length=20, verbose_name='why')),
                ('amount_vnd', models.BigIntegerField(verbose_name='amount')),
                ('received_vnd', models.BigIntegerField(db_default=0, verbose_name='received')),
                ('note', models.TextField(blank=True, db_default='', verbose_name='note')),
                ('actor', models.CharField(max_length=150, verbose_name='by')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='at')),
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='changed at')),
            ],
            options={
                'verbose_name': 'claim',
                'verbose_name_plural': 'claims',
            },
        ),
        migrations.RemoveConstraint(
            model_name='writeoff',
            name='write_off_once_for_a_party',
        ),
        migrations.AddField(
            model_name='compensation',
            name='in_advance',
            field=models.BooleanField(db_default=False, default=False, help_text='Given before the goods were here.', verbose_name='in advance'),
        ),
        migrations.AddField(
            model_name='writeoff',
            name='direction',
            field=models.CharField(choices=[('owed_to', 'We owe'), ('owed_by', 'Owes us')], db_default='owed_to', default='owed_to', max_length=10, verbose_name='direction'),
        ),
        migrations.AddConstraint(
            model_name='writeoff',
            constraint=models.UniqueConstraint(fields=('ticket', 'party', 'direction'), name='write_off_once_for_a_party'),
        ),
        migrations.AddConstraint(
            model_name='writeoff',
            constraint=models.CheckConstraint(condition=models.Q(('direction__in', ['owed_to', 'owed_by'])), name='write_off_direction_known'),
        ),
        migrations.AddField(
            model_name='claim',
            name='ticket',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='claims', to='tickets.ticket', verbose_name='ticket'),
        ),
        migrations.AddConstraint(
            model_name='claim',
            constraint=models.UniqueConstraint(fields=('ticket', 'kind'), name='claim_once_for_a_reason'),
        ),
        migrations.AddConstraint(
            model_name='claim',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['dearer', 'spoiled', 'lost', 'cod'])), name='claim_kind_known'),
        ),
        migrations.AddConstraint(
            model_name='claim',
            constraint=models.CheckConstraint(condition=models.Q(('amount_vnd__gt', 0), ('received_vnd__gte', 0), ('received_vnd__lte', models.F('amount_vnd'))), name='claim_received_within_amount'),
        ),
        sql_file(SQL, "owed.sql", drop="DROP FUNCTION tickets_money_of(bigint); DROP VIEW tickets_owed"),
        sql_file(SQL, "card_money.sql", drop=CARD_BEFORE),
    ]
