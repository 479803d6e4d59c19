import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    """A job that never runs is missed from the day on which the timetable knew it."""

    dependencies = [
        ("n2store", "0006_found"),
    ]

    operations = [
        migrations.AddField(
            model_name="jobpulse",
            name="known_since",
            field=models.DateTimeField(
                db_default=django.db.models.functions.datetime.Now(), help_text="From when on it can be missed."
            ),
        ),
        migrations.AlterField(
            model_name="jobpulse",
            name="at",
            field=models.DateTimeField(null=True),
        ),
    ]
