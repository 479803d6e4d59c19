"""The app's name on screen, and the policies that every type has from the start."""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class TicketsConfig(AppConfig):
    """Tickets."""

    name = "tickets"
    verbose_name = _("Tickets and returns")

    def ready(self) -> None:
        """Have a policy for each type from now on, and let the dashboard count tickets."""
        from n2store import rehearsing  # noqa: PLC0415 -- models load after this module
        from n2store.figures import provide  # noqa: PLC0415 -- as above
        from tickets import figures, rehearsals  # noqa: PLC0415 -- as above

        provide("tickets.statistics", figures.totals)
        provide("tickets.metrics", figures.metrics)
        provide("tickets.board", figures.board)
        rehearsing.provide("check-carrier-deadlines", rehearsals.tickets_to_raise)
        rehearsing.provide("tell-overdue-tickets", rehearsals.tickets_to_tell)
        post_migrate.connect(_fill_policies, sender=self, dispatch_uid="tickets.policies")


def _fill_policies(using: str, **_: Any) -> None:
    from tickets.policies import fill  # noqa: PLC0415 -- models load after this module

    fill(using)
