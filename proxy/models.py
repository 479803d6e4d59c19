"""What the gateway keeps: tokens of the shop's pages, uploaded pictures, alerts, and which messages were sent."""

from django.db import models
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
            models.Index(fields=["next_try_at"], condition=models.Q(next_try_at__isnull=False), name="alert_due"),
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
            models.CheckConstraint(condition=models.Q(state__in=SendState.values), name="proxy_sending_state_known"),
            models.CheckConstraint(
                condition=models.Q(state=SendState.UNDER_WAY, status=None)
                | (~models.Q(state=SendState.UNDER_WAY) & models.Q(status__isnull=False)),
                name="proxy_sending_answered",
            ),
        ]
        indexes = [models.Index(fields=["begun_at"], name="proxy_sending_begun")]

    def __str__(self) -> str:
        return f"{self.key} {self.begun_at:%Y-%m-%d %H:%M}"
