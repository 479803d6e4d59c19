"""What the gateway keeps: page tokens, uploaded pictures, alerts, which messages were sent, and how calls went."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class PageToken(models.Model):
    """What one page of the shop at Facebook is written to with, as TPOS told it. The token is sealed."""

    page_id = models.CharField(_("page"), max_length=64, unique=True)
    name = models.CharField(_("name"), max_length=255, blank=True)
    sealed = models.TextField(help_text="`proxy.sealing` opens it.")
    fetched_at = models.DateTimeField(_("fetched at"))

    class Meta:
        verbose_name = _("page token")
        verbose_name_plural = _("page tokens")

    def __str__(self) -> str:
        return self.name or self.page_id


class Upload(models.Model):
    """A picture that somebody gave us to keep. Equal pictures are one file, however many people gave them."""

    name = models.CharField(_("file"), max_length=80, help_text="Folder and digest of the content, with its ending.")
    by = models.CharField(_("uploaded by"), max_length=150)
    at = models.DateTimeField(_("uploaded at"))
    bytes = models.PositiveIntegerField(_("size"), help_text="Of the file that is kept.")
    width = models.PositiveIntegerField(_("width"), help_text="Pixels.")
    height = models.PositiveIntegerField(_("height"), help_text="Pixels.")
    given_name = models.CharField(_("given name"), max_length=255, blank=True, help_text="What the uploader called it.")
    folder = models.CharField(_("folder"), max_length=255, blank=True, help_text="Where the uploader put it.")

    class Meta:
        verbose_name = _("uploaded picture")
        verbose_name_plural = _("uploaded pictures")
        constraints = [models.UniqueConstraint(fields=["name", "by"], name="proxy_upload_once_for_each")]

    def __str__(self) -> str:
        return self.name


class Alert(models.Model):
    """Something that somebody should hear of, once. `proxy.alerts` writes and tells it."""

    key = models.CharField(max_length=200, unique=True, help_text="What happened, such as `bank-incident:41`.")
    text = models.TextField(_("text"), help_text="As the chat reads it.")
    at = models.DateTimeField(_("at"))
    told_at = models.DateTimeField(_("told at"), null=True)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    next_try_at = models.DateTimeField(_("next try"), null=True, help_text="Empty: it was told, or no chat was set.")
    error = models.CharField(_("error"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("alert")
        verbose_name_plural = _("alerts")
        indexes = [
            models.Index(fields=["next_try_at"], condition=Q(next_try_at__isnull=False), name="alert_due"),
        ]

    def __str__(self) -> str:
        return self.key


class SendState(models.TextChoices):
    """How far a message is, by what we know of it."""

    UNDER_WAY = "under_way", _("under way")
    ANSWERED = "answered", _("answered")
    UNKNOWN = "unknown", _("unknown")


class Sending(models.Model):
    """A message to a customer that carried an idempotency key: sent once, and answered the same ever after."""

    key = models.CharField(max_length=100, unique=True)
    by = models.CharField(_("by"), max_length=150)
    digest = models.CharField(max_length=64, help_text="HMAC of door and content: neither text nor token is kept.")
    state = models.CharField(_("state"), max_length=10, choices=SendState, default=SendState.UNDER_WAY)
    begun_at = models.DateTimeField(_("begun at"))
    status = models.PositiveSmallIntegerField(null=True, help_text="Of the first answer.")
    answer = models.JSONField(null=True, help_text="The first answer.")

    class Meta:
        verbose_name = _("sent message")
        verbose_name_plural = _("sent messages")
        constraints = [
            models.CheckConstraint(condition=Q(state__in=SendState.values), name="proxy_sending_state_known"),
            models.CheckConstraint(
                condition=Q(state=SendState.UNDER_WAY, status=None)
                | (~Q(state=SendState.UNDER_WAY) & Q(status__isnull=False)),
                name="proxy_sending_answered",
            ),
        ]
        indexes = [models.Index(fields=["begun_at"], name="proxy_sending_begun")]

    def __str__(self) -> str:
        return f"{self.key} {self.begun_at:%Y-%m-%d %H:%M}"


class Outcome(models.TextChoices):
    """What became of a call to a neighbour."""

    OK = "ok", _("Answered")
    REFUSED = "refused", _("Refused by the service")
    FAILED = "failed", _("Failed")
    HELD = "held", _("Held back by us")


class Trace(models.Model):
    """One call to a neighbour, as kept for people to look at: never a query, a header or a body.

    Of calls that were answered a share is kept, of others each up to a bound: `CallCount` counts all of them.
    Written by `proxy.watching.keeping` and nowhere else.
    """

    at = models.DateTimeField(_("at"), help_text="When the call began.")
    upstream = models.CharField(_("service"), max_length=40)
    host = models.CharField(_("host"), max_length=255, blank=True, help_text="Where a service is many hosts.")
    route = models.CharField(
        _("our address"), max_length=120, blank=True, help_text="Its pattern; empty: no page asked."
    )
    target = models.CharField(_("asked for"), max_length=160, blank=True, help_text="The path there, numbers left out.")
    method = models.CharField(_("method"), max_length=8)
    status = models.PositiveSmallIntegerField(_("status"), null=True, help_text="None: it did not answer.")
    outcome = models.CharField(_("outcome"), max_length=8, choices=Outcome)
    why = models.CharField(_("why"), max_length=40, blank=True, help_text="The code of the failure.")
    head_ms = models.PositiveIntegerField(_("answered after"), null=True, help_text="Milliseconds to its first line.")
    ms = models.PositiveIntegerField(_("took"), help_text="Milliseconds to the end, the caller's slowness included.")
    bytes_out = models.BigIntegerField(_("sent"), help_text="Bytes of the body.")
    bytes_in = models.BigIntegerField(_("received"), help_text="Bytes of the body.")
    attempts = models.PositiveSmallIntegerField(_("attempts"), help_text="0: it was not sent.")
    by = models.CharField(_("user"), max_length=150, blank=True)

    class Meta:
        verbose_name = _("call to a service")
        verbose_name_plural = _("calls to services")
        constraints = [
            models.CheckConstraint(condition=Q(outcome__in=Outcome.values), name="proxy_trace_outcome_known")
        ]
        indexes = [
            models.Index(fields=["upstream", "-id"], name="proxy_trace_of_upstream"),
            models.Index(fields=["upstream", "-id"], condition=Q(outcome=Outcome.FAILED), name="proxy_trace_failed"),
            models.Index(fields=["outcome", "-id"], condition=~Q(outcome=Outcome.OK), name="proxy_trace_amiss"),
        ]

    def __str__(self) -> str:
        return f"{self.upstream} {self.method} #{self.pk}"


class CallCount(models.Model):
    """How many calls of a neighbour in one minute had one outcome and were answered within so many milliseconds."""

    upstream = models.CharField(_("service"), max_length=40)
    minute = models.DateTimeField(_("minute"))
    outcome = models.CharField(_("outcome"), max_length=8, choices=Outcome)
    within_ms = models.PositiveIntegerField(help_text="One of `proxy.watching.counting.BOUNDS_MS`.")
    calls = models.BigIntegerField(_("calls"))
    bytes_out = models.BigIntegerField(_("sent"))
    bytes_in = models.BigIntegerField(_("received"))

    class Meta:
        verbose_name = _("count of calls")
        verbose_name_plural = _("counts of calls")
        constraints = [
            models.UniqueConstraint(fields=["minute", "upstream", "outcome", "within_ms"], name="proxy_callcount_once")
        ]

    def __str__(self) -> str:
        return f"{self.upstream} {self.minute:%H:%M} {self.outcome}: {self.calls}"
