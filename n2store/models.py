"""The tables under everyone: the event log and the diary of scheduled jobs."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class Event(models.Model):
    """One fact that was committed, kept so that a reader who was away finds what it missed.

    See Note [Positions are given after commit] in `realtime/relay.py`.
    """

    position = models.BigIntegerField(null=True, unique=True, help_text="Order of delivery; empty until relayed.")
    name = models.CharField(max_length=60, help_text="Dotted name, such as `wallet.deposit`.")
    topics = ArrayField(models.CharField(max_length=80), help_text="Who hears it, such as `wallets`, `wallet:0909…`.")
    payload = models.JSONField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        indexes = [
            models.Index(fields=["id"], condition=Q(position=None), name="event_waiting"),
            models.Index(fields=["created_at"], name="event_created_at"),
        ]

    def __str__(self) -> str:
        return f"{self.name} #{self.position or '-'}"


class JobRun(models.Model):
    """One run of a scheduled job: what it looked at, what it changed, and why it stopped."""

    job = models.CharField(_("job"), max_length=100)
    due_at = models.DateTimeField(_("due at"), null=True)
    started_at = models.DateTimeField(_("started at"))
    ended_at = models.DateTimeField(_("ended at"), null=True)
    examined = models.BigIntegerField(_("examined"), default=0)
    changed = models.BigIntegerField(_("changed"), default=0)
    skipped = models.BigIntegerField(_("skipped"), default=0)
    error = models.TextField(_("error"), blank=True)

    class Meta:
        verbose_name = _("job run")
        verbose_name_plural = _("job runs")
        indexes = [models.Index(fields=["job", "-started_at"], name="job_run_latest")]

    def __str__(self) -> str:
        return f"{self.job} {self.started_at:%Y-%m-%d %H:%M}"
