"""The shop's pages, by the names that people know them by."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from realtime.models.chat import ID_LENGTH_MAX

NAME_LENGTH_MAX = 200


class PageName(models.Model):
    """What Pancake calls a page."""

    page_id = models.CharField(_("page"), max_length=ID_LENGTH_MAX, primary_key=True)
    name = models.CharField(_("name"), max_length=NAME_LENGTH_MAX)
    told_at = models.DateTimeField(_("told at"))

    class Meta:
        verbose_name = _("page name")
        verbose_name_plural = _("page names")

    def __str__(self) -> str:
        return self.name
