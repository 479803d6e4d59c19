from django.contrib.postgres.indexes import OpClass
from django.db import migrations, models
from django.db.models.functions import Reverse


class Migration(migrations.Migration):
    dependencies = [("customers", "0006_recency")]

    operations = [
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(OpClass(Reverse("phone"), name="text_pattern_ops"), name="customer_phone_backwards"),
        ),
    ]
