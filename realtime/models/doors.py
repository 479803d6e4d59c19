"""Tickets that open one stream each."""

from django.conf import settings
from django.db import models


class StreamTicket(models.Model):
    """A ticket that was not used yet. Only its hash is kept."""

    digest = models.CharField(max_length=64, primary_key=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    token_digest = models.CharField(max_length=128, blank=True, help_text="The API token it was bought with, if any.")
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.user_id} until {self.expires_at:%H:%M:%S}"
