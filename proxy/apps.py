"""The app's name on screen."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ProxyConfig(AppConfig):
    """Calls to other services."""

    name = "proxy"
    verbose_name = _("Other services")
