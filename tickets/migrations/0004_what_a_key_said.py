from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('tickets', '0003_quick_rows'),
    ]

    operations = [
        migrations.AddField(
            model_name='ticket',
            name='key_said',
            field=models.CharField(editable=False, help_text='What was asked with the key.', max_length=32, null=True),
        ),
    ]
