from pathlib import Path

import django.db.models.deletion
from django.db import migrations, models

from n2store.sql import sql_file

SQL = Path(__file__).resolve().parent.parent / "sql"


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0005_tpos_due'),
    ]

    operations = [
        migrations.CreateModel(
            name='Recency',
            fields=[
                ('customer', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to='customers.customer')),
                ('activity_id', models.BigIntegerField()),
            ],
            options={
                'indexes': [models.Index(fields=['-activity_id'], name='recency_newest')],
            },
        ),
        sql_file(
            SQL,
            "recency.sql",
            drop="DROP TRIGGER customers_activity_recency ON customers_activity; DROP FUNCTION customers_note_recency()",
        ),
    ]
