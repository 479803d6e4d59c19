"""The app's name on screen."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WalletsConfig(AppConfig):
    """Wallets."""

    name = "wallets"
    verbose_name = _("Wallets")
