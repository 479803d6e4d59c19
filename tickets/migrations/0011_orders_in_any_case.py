from django.db import migrations


class Migration(migrations.Migration):
    """Brought `tickets_create` up to date, as its last change does now: see ADR 2."""

    dependencies = [
        ('tickets', '0010_credited_once_by_order'),
    ]

    operations = []
