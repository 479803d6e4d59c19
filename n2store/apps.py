"""Keeps the roles' permissions in step with the models after every migration."""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate

OUR_APPS = ("n2store", "proxy", "customers", "wallets", "tickets", "banking", "realtime")


class N2StoreConfig(AppConfig):
    """The project as an app: it owns the event log and the roles."""

    name = "n2store"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Keep roles and remembered logins in step from now on."""
        import n2store.login_limits  # noqa: F401, PLC0415 -- models load after this module
        from n2store.pruning import runs_to_prune  # noqa: PLC0415 -- as above
        from n2store.rehearsing import provide  # noqa: PLC0415 -- as above
        from n2store.tokens import forget_on_change  # noqa: PLC0415 -- as above

        post_migrate.connect(_sync_roles, dispatch_uid="n2store.roles")
        forget_on_change()
        provide("prune-job-runs", runs_to_prune)


def _sync_roles(app_config: AppConfig, using: str, **_: Any) -> None:
    """Make the five groups and give each its permissions on the models that `app_config` has by now."""
    if app_config.label not in OUR_APPS:
        return
    from django.contrib.auth.models import Group, Permission  # noqa: PLC0415 -- models load after this module

    from n2store.roles import ADMIN_ACTIONS  # noqa: PLC0415 -- as above

    permissions = Permission.objects.using(using).filter(content_type__app_label=app_config.label)
    for role, actions in ADMIN_ACTIONS.items():
        group, _created = Group.objects.using(using).get_or_create(name=role.value)
        group.permissions.add(*[p for p in permissions if p.codename.split("_")[0] in actions])
