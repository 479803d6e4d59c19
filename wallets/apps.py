"""The app's name on screen."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WalletsConfig(AppConfig):
    """Wallets."""

    name = "wallets"
    verbose_name = _("Wallets")

    def ready(self) -> None:
        """Have the ledger looked at by the rules of fraud."""
        from n2store.rehearsing import provide  # noqa: PLC0415 -- models load after this module
        from wallets import (  # noqa: PLC0415 -- as above
            fraud,  # noqa: F401 -- registers itself
            rehearsals,
        )

        provide("expire-credits", rehearsals.lots_to_end)
        provide("process-pending-withdrawals", rehearsals.withdrawals_to_try)
