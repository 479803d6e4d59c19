"""The app's name on screen."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RealtimeConfig(AppConfig):
    """Live events."""

    name = "realtime"
    verbose_name = _("Live events")
