"""The app's name on screen, and what it tells of its own in the ledger's receipts."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _
from typing_extensions import override


class BankingConfig(AppConfig):
    """Banking."""

    name = "banking"
    verbose_name = _("Banking")

    @override
    def ready(self) -> None:
        from banking import receipts, rehearsals  # noqa: PLC0415 -- models are not there before the apps are
        from banking.crediting import REFERENCE_TYPE  # noqa: PLC0415 -- as above
        from n2store.rehearsing import provide  # noqa: PLC0415 -- as above
        from wallets.receipts import register  # noqa: PLC0415 -- as above

        register(REFERENCE_TYPE, receipts.tell)
        register("topup", receipts.tell_topups)
        provide("credit-approved", rehearsals.transfers_to_credit)
        provide("ask-sepay", rehearsals.sepay_to_ask)
        provide("retry-failed-deliveries", rehearsals.deliveries_to_take)
