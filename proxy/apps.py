"""The app's name on screen."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ProxyConfig(AppConfig):
    """Calls to other services."""

    name = "proxy"
    verbose_name = _("Other services")

    def ready(self) -> None:
        """Tell the page of jobs what ours would do."""
        from n2store.rehearsing import provide  # noqa: PLC0415 -- models load after this module
        from proxy import rehearsals  # noqa: PLC0415 -- as above

        provide("tell-alerts", rehearsals.alerts_to_tell)
        provide("prune-gateway", rehearsals.gateway_to_prune)
        provide("prune-traces", rehearsals.traces_to_prune)
