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
        post_migrate.connect(_ensure_seed, sender=self, dispatch_uid="customers.seed")


def _ensure_seed(apps: Apps = apps, **_: Any) -> None:
    """Write the seed's configuration down, unless there is one, or no table for it yet."""
    from customers.rfm.config import ensure_seed  # noqa: PLC0415 -- models load after this module

    try:
        apps.get_model("customers", "RfmConfig")
    except LookupError:
        return
    ensure_seed()
