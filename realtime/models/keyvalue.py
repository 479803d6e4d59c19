"""Small values that pages keep here and watch."""

from django.db import models
from django.db.models.functions import Now

NAMESPACE_LENGTH_MAX = 40
KEY_LENGTH_MAX = 500


class KeptValue(models.Model):
    """A value under a key of a namespace."""

    namespace = models.CharField(max_length=NAMESPACE_LENGTH_MAX)
    key = models.CharField(max_length=KEY_LENGTH_MAX)
    value = models.JSONField(null=True)
    changed_by = models.CharField(max_length=150)
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["namespace", "key"], name="kept_value_once")]

    def __str__(self) -> str:
        return f"{self.namespace}/{self.key}"
