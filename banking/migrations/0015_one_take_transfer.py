from django.db import migrations

EARLIER = (
    "text, bigint, text, text, timestamptz, text, text, text, text, text, bigint, bigint, text, text, text, text",
    "text, text, bigint, text, text, timestamptz, text, text, text, text, text, bigint, bigint, text, text, text, text,"
    " text, text[], text[], jsonb, jsonb",
)


class Migration(migrations.Migration):
    """Functions of the same name that took fewer arguments, which nobody calls."""

    dependencies = [
        ("banking", "0014_events_tell_iso_times"),
    ]

    operations = [
        migrations.RunSQL(f"DROP FUNCTION IF EXISTS banking_take_transfer({arguments})", migrations.RunSQL.noop)
        for arguments in EARLIER
    ]
