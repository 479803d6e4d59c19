"""What the neighbours' sockets told: each frame once, as it came, and how many there were of each kind."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from realtime.models.accounts import Account


class Frame(models.Model):
    """One frame, kept for FRAMES_KEPT_DAYS. Written by `realtime.upstream.storing` and nowhere else."""

    provider = models.CharField(_("provider"), max_length=10)
    account = models.ForeignKey(Account, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)
    topic = models.CharField(max_length=200, blank=True)
    event = models.CharField(_("event"), max_length=100)
    page_id = models.CharField(_("page"), max_length=50, blank=True)
    payload = models.TextField(help_text="JSON as received; text, as JSON in the database bears no \\u0000.")
    key = models.CharField(max_length=80, unique=True, help_text="Made of the content: the same frame is one row.")
    error = models.CharField(_("error"), max_length=500, blank=True, help_text="Why it could not be understood.")
    received_at = models.DateTimeField(_("received at"))

    class Meta:
        verbose_name = _("frame")
        verbose_name_plural = _("frames")
        indexes = [
            models.Index(fields=["received_at"], name="realtime_frame_received"),
            models.Index(fields=["page_id", "received_at"], condition=~Q(page_id=""), name="realtime_frame_of_page"),
            models.Index(fields=["id"], condition=~Q(error=""), name="realtime_frame_failed"),
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.event} #{self.pk}"


class FrameKind(models.Model):
    """How often frames of a kind came; also of those that are not kept, and of those nobody knows."""

    provider = models.CharField(_("provider"), max_length=10)
    event = models.CharField(_("event"), max_length=100)
    known = models.BooleanField(_("known"), default=True)
    count = models.BigIntegerField(_("count"), default=0)
    first_at = models.DateTimeField(_("first"), db_default=Now())
    last_at = models.DateTimeField(_("last"), db_default=Now())

    class Meta:
        verbose_name = _("kind of frame")
        verbose_name_plural = _("kinds of frames")
        constraints = [models.UniqueConstraint(fields=["provider", "event"], name="realtime_frame_kind_once")]

    def __str__(self) -> str:
        return f"{self.provider} {self.event}: {self.count}"


class PageSilence(models.Model):
    """A page that has been silent for longer than it usually is."""

    page_id = models.CharField(_("page"), max_length=50)
    since = models.DateTimeField(_("since"), help_text="The last frame of the page.")
    usual_s = models.PositiveIntegerField(_("usual silence"), help_text="Seconds; longer ones were rare of late.")
    noticed_at = models.DateTimeField(_("noticed at"))
    ended_at = models.DateTimeField(_("ended at"), null=True)

    class Meta:
        verbose_name = _("silent page")
        verbose_name_plural = _("silent pages")
        constraints = [
            models.UniqueConstraint(fields=["page_id"], condition=Q(ended_at=None), name="realtime_silence_open_once")
        ]

    def __str__(self) -> str:
        return f"{self.page_id} since {self.since:%Y-%m-%d %H:%M}"

    @property
    def usual_minutes(self) -> int:
        """Return the usual silence in whole minutes, one at least."""
        return max(round(self.usual_s / 60), 1)
