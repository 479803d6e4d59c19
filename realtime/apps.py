"""The app's name on screen."""

from django.apps import AppConfig
from django.db.models.signals import post_delete, post_save
from django.utils.translation import gettext_lazy as _


class RealtimeConfig(AppConfig):
    """Live events."""

    name = "realtime"
    verbose_name = _("Live events")

    def ready(self) -> None:
        """Tell the gateway, which knows nothing of us, whose tokens it may lend and when customers wrote.

        And the page of jobs what ours would do.
        """
        from n2store.rehearsing import provide  # noqa: PLC0415 -- models load after this module
        from proxy import lending  # noqa: PLC0415 -- models load after this module
        from proxy.facebook import window  # noqa: PLC0415 -- as above
        from realtime import lent, rehearsals  # noqa: PLC0415 -- as above
        from realtime.models import Account  # noqa: PLC0415 -- as above

        for changed in (post_save, post_delete):
            changed.connect(lending.forget, sender=Account, dispatch_uid="forget-what-is-lent")
        lending.register("pancake", lent.pancake_token)
        window.register(lent.heard_from)
        provide("prune-events", rehearsals.events_to_prune)
        provide("prune-frames", rehearsals.frames_to_prune)
        provide("prune-inbox", rehearsals.inbox_to_prune)
