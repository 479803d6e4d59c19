"""The app's name on screen."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BankingConfig(AppConfig):
    """Banking."""

    name = "banking"
    verbose_name = _("Banking")
