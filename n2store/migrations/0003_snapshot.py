from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('n2store', '0002_audit_log'),
    ]

    operations = [
        migrations.CreateModel(
            name='Snapshot',
            fields=[
                ('name', models.CharField(max_length=100, primary_key=True, serialize=False)),
                ('body', models.TextField()),
                ('taken_at', models.DateTimeField()),
            ],
        ),
    ]
