"""Is a transfer missing? What is watched of each account, the breaks that were found, and the settings of the desk."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from banking.models.transfers import BankTransfer


class WatchedAccount(models.Model):
    """How far the running balance of one of the shop's accounts was checked."""

    account_number = models.CharField(_("account"), max_length=50, unique=True)
    gateway = models.CharField(_("bank"), max_length=100)
    proven_until = models.DateTimeField(_("without a gap until"), null=True)
    proven_balance_vnd = models.BigIntegerField(_("balance then"), null=True)
    checked_transfer_id = models.BigIntegerField(_("checked up to transfer"), db_default=0)
    checked_at = models.DateTimeField(_("checked at"), null=True)
    asked_since_id = models.BigIntegerField(_("asked SePay from id"), db_default=0)
    asked_at = models.DateTimeField(_("asked SePay at"), null=True)

    class Meta:
        verbose_name = _("watched account")
        verbose_name_plural = _("watched accounts")

    def __str__(self) -> str:
        return f"{self.gateway} {self.account_number}"


class IncidentStatus(models.TextChoices):
    """Where a break of an account's balance is."""

    OPEN = "open", _("Open")
    HEALED = "healed", _("Healed")
    NOT_FOUND = "not_found", _("SePay knows nothing of it")
    IGNORED = "ignored", _("Set aside by a person")


class Incident(models.Model):
    """The balance of an account does not follow from the line before: so much is missing between two lines."""

    account_number = models.CharField(_("account"), max_length=50)
    gateway = models.CharField(_("bank"), max_length=100)
    status = models.CharField(_("state"), max_length=20, choices=IncidentStatus, db_default=IncidentStatus.OPEN)
    missing_vnd = models.BigIntegerField(_("missing"), help_text="Whole dong; below zero went out of the account.")
    before = models.ForeignKey(
        BankTransfer, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("last line before")
    )
    after = models.ForeignKey(
        BankTransfer, on_delete=models.PROTECT, related_name="incidents", verbose_name=_("first line after")
    )
    found = models.ManyToManyField(BankTransfer, related_name="+", blank=True, verbose_name=_("healed by"))
    opened_at = models.DateTimeField(_("found at"), db_default=Now())
    asks = models.IntegerField(_("times asked"), db_default=0)
    next_ask_at = models.DateTimeField(_("asks SePay at"), null=True, blank=True)
    last_answer = models.TextField(_("SePay's last answer"), blank=True)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    closed_by = models.CharField(_("closed by"), max_length=100, blank=True)
    note = models.TextField(_("note"), blank=True)

    class Meta:
        verbose_name = _("incident")
        verbose_name_plural = _("incidents")
        constraints = [
            models.UniqueConstraint(
                fields=["after"], condition=Q(status__in=["open", "not_found", "ignored"]), name="incident_one_a_break"
            ),
            models.CheckConstraint(condition=Q(status__in=IncidentStatus.values), name="incident_state_known"),
            models.CheckConstraint(condition=~Q(missing_vnd=0), name="incident_misses_something"),
        ]
        indexes = [
            models.Index(fields=["next_ask_at", "id"], condition=Q(status="open"), name="incident_to_ask"),
            models.Index(fields=["status", "-id"], name="incident_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.account_number} {self.missing_vnd:+,} ₫: {self.status}"


class BankSetting(models.Model):
    """What staff switch while the shop is open, such as `auto_approve_enabled`: `true` or `false`."""

    key = models.CharField(_("setting"), max_length=100, unique=True)
    value = models.TextField(_("value"))
    updated_by = models.CharField(_("changed by"), max_length=100, blank=True)
    updated_at = models.DateTimeField(_("changed at"), db_default=Now())

    class Meta:
        verbose_name = _("setting")
        verbose_name_plural = _("settings")

    def __str__(self) -> str:
        return f"{self.key}: {self.value}"
