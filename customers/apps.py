"""The app's name on screen, and the configuration it cannot be without."""

from typing import Any

from django.apps import AppConfig, apps
from django.apps.registry import Apps
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class CustomersConfig(AppConfig):
    """Customers."""

    name = "customers"
    verbose_name = _("Customers")

    def ready(self) -> None:
        """Have a configuration to judge by from the first migration on."""
        from customers import rehearsals  # noqa: PLC0415 -- models load after this module
        from customers.fraud import return_rate  # noqa: F401, PLC0415 -- registers itself
        from n2store.rehearsing import provide  # noqa: PLC0415 -- as above

        provide("recalculate-rfm", rehearsals.rfm_moves)
        provide("detect-fraud", rehearsals.fraud_hits)
        provide("sync-orders", rehearsals.orders_to_fetch)
        provide("fill-from-tpos", rehearsals.profiles_to_complete)
        post_migrate.connect(_ensure_seed, sender=self, dispatch_uid="customers.seed")


def _ensure_seed(apps: Apps = apps, **_: Any) -> None:
    """Write the seed's bands and the rules' thresholds down, unless there are some, or no tables for them yet."""
    from customers.fraud import config as fraud  # noqa: PLC0415 -- models load after this module
    from customers.rfm import config as rfm  # noqa: PLC0415 -- as above

    try:
        apps.get_model("customers", "FraudConfig")
    except LookupError:
        return
    rfm.ensure_seed()
    fraud.ensure_seed()
