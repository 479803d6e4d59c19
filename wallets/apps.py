"""The app's name on screen."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WalletsConfig(AppConfig):
    """Wallets."""

    name = "wallets"
    verbose_name = _("Wallets")

    def ready(self) -> None:
        """Have the ledger looked at by the rules of fraud."""
        from wallets import fraud  # noqa: F401, PLC0415 -- registers itself; models load after this module
