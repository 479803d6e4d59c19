import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0012_versions_reasons"),
        ("realtime", "0003_inbox_sql"),
    ]

    operations = [
        migrations.CreateModel(
            name="PageName",
            fields=[
                ("page_id", models.CharField(max_length=64, primary_key=True, serialize=False, verbose_name="page")),
                ("name", models.CharField(max_length=200, verbose_name="name")),
                ("told_at", models.DateTimeField(verbose_name="told at")),
            ],
            options={"verbose_name": "page name", "verbose_name_plural": "page names"},
        ),
        migrations.AddField(
            model_name="account",
            name="heard_until",
            field=models.DateTimeField(
                help_text="Nothing that the neighbour showed before is missing.", null=True
            ),
        ),
        migrations.AddField(
            model_name="contact",
            name="linked_by",
            field=models.CharField(
                blank=True,
                choices=[
                    ("", "not joined"),
                    ("phone", "by a phone they wrote"),
                    ("hand", "by hand"),
                    ("apart", "kept apart by hand"),
                ],
                db_default="",
                default="",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="contact",
            name="phones",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=20),
                db_default=models.Value("{}"),
                default=list,
                help_text="What they wrote themselves.",
                size=None,
            ),
        ),
        migrations.AddIndex(
            model_name="contact",
            index=models.Index(
                condition=models.Q(
                    ("customer", None),
                    models.Q(("linked_by", "apart"), _negated=True),
                    models.Q(("phones", []), _negated=True),
                ),
                fields=["id"],
                name="contact_may_be_linked",
            ),
        ),
    ]
