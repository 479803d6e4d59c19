"""The tables under everyone: the event log, the diary of scheduled jobs, the audit log and kept figures."""

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
    asked_by = models.CharField(_("asked by"), max_length=150, blank=True, db_default="")

    class Meta:
        verbose_name = _("job run")
        verbose_name_plural = _("job runs")
        indexes = [models.Index(fields=["job", "-started_at"], name="job_run_latest")]

    def __str__(self) -> str:
        return f"{self.job} {self.started_at:%Y-%m-%d %H:%M}"


class JobAsked(models.Model):
    """A person's wish that a job runs now, or dry: to be told what it would do. A worker carries it out."""

    job = models.CharField(_("job"), max_length=100)
    dry = models.BooleanField(_("dry run"))
    asked_by = models.CharField(_("asked by"), max_length=150)
    asked_at = models.DateTimeField(_("at"), db_default=Now())
    started_at = models.DateTimeField(_("started at"), null=True)
    ended_at = models.DateTimeField(_("ended at"), null=True)
    run = models.ForeignKey(JobRun, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("job run"))
    result = models.JSONField(_("result"), null=True, help_text="What a dry run found: name -> whole number.")
    error = models.TextField(_("error"), blank=True, db_default="")

    class Meta:
        verbose_name = _("job asked for")
        verbose_name_plural = _("jobs asked for")
        constraints = [
            models.UniqueConstraint(fields=["job", "dry"], condition=Q(ended_at=None), name="job_asked_one_waiting"),
        ]
        indexes = [models.Index(fields=["job", "-id"], name="job_asked_latest")]

    def __str__(self) -> str:
        return f"{self.job} {self.asked_by} {self.asked_at:%Y-%m-%d %H:%M}"


class JobPulse(models.Model):
    """When a worker last came to the end of a scheduled job, also of one that leaves no row while nothing is to do."""

    job = models.CharField(max_length=100, primary_key=True)
    at = models.DateTimeField(null=True)
    known_since = models.DateTimeField(db_default=Now(), help_text="From when on it can be missed.")

    def __str__(self) -> str:
        return f"{self.job} {self.at}"


class Outcome(models.TextChoices):
    """What became of an attempt."""

    DONE = "done", _("Done")
    REFUSED = "refused", _("Refused")


class AuditLog(models.Model):
    """Who changed what, and who was refused: one line, written with the change it tells of."""

    at = models.DateTimeField(_("at"), db_default=Now())
    actor = models.CharField(_("by"), max_length=150)
    action = models.CharField(_("action"), max_length=200, help_text="Such as `customer.update`.")
    subject = models.CharField(_("about"), max_length=100, blank=True, help_text="Such as `customer:41`.")
    outcome = models.CharField(_("outcome"), max_length=20, choices=Outcome, default=Outcome.DONE)
    code = models.CharField(_("code"), max_length=60, blank=True)
    detail = models.TextField(_("detail"), blank=True)
    before = models.JSONField(_("before"), null=True, blank=True)
    after = models.JSONField(_("after"), null=True, blank=True)
    address = models.GenericIPAddressField(_("from address"), null=True, blank=True)

    class Meta:
        db_table = "audit_logs"
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit log")
        constraints = [
            models.CheckConstraint(condition=Q(outcome__in=Outcome.values), name="audit_outcome_known"),
        ]
        indexes = [
            models.Index(fields=["subject", "-id"], name="audit_of_subject"),
            models.Index(fields=["actor", "-id"], name="audit_of_actor"),
        ]

    def __str__(self) -> str:
        return f"{self.actor}: {self.action} {self.subject}"


class Snapshot(models.Model):
    """Figures that were counted a moment ago, as finished JSON. See `n2store.analytics.snapshots`."""

    name = models.CharField(max_length=100, primary_key=True)
    body = models.TextField()
    taken_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} {self.taken_at:%H:%M:%S}"
