"""What the gateway keeps: tokens of the shop's pages, sealed, and which pictures were uploaded."""

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
