"""Suspicions: what a rule found, on which thresholds, and what a person made of it."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from customers.models.people import Customer, Tier
from customers.models.rfm import ConfigStatus


class Severity(models.TextChoices):
    """How bad a hit is."""

    HIGH = "HIGH", _("High")
    MEDIUM = "MEDIUM", _("Medium")


class CaseStatus(models.TextChoices):
    """What became of a case. Only an open or confirmed one counts against the customer."""

    OPEN = "open", _("Open")
    CONFIRMED = "confirmed", _("Confirmed")
    OVERTURNED = "overturned", _("Overturned")
    MUTED = "muted", _("Muted")


STANDING = (CaseStatus.OPEN, CaseStatus.CONFIRMED)
"""What counts against the customer."""


class FraudConfig(models.Model):
    """One version of a rule's thresholds. An active or retired one is not changed: a new version is made."""

    rule = models.CharField(_("rule"), max_length=40)
    version = models.IntegerField(_("version"))
    status = models.CharField(_("state"), max_length=20, choices=ConfigStatus, db_default=ConfigStatus.DRAFT)
    thresholds = models.JSONField(_("thresholds"), help_text="Name -> whole number.")
    author = models.CharField(_("by"), max_length=150)
    created_at = models.DateTimeField(_("at"), db_default=Now())
    activated_at = models.DateTimeField(_("active since"), null=True, blank=True)
    activated_by = models.CharField(_("activated by"), max_length=150, blank=True, db_default="")
    reason = models.CharField(_("reason"), max_length=500, blank=True, db_default="")

    class Meta:
        verbose_name = _("fraud thresholds")
        verbose_name_plural = _("fraud thresholds")
        constraints = [
            models.UniqueConstraint(fields=["rule", "version"], name="fraud_config_version_once"),
            models.CheckConstraint(condition=Q(status__in=ConfigStatus.values), name="fraud_config_status_known"),
            models.UniqueConstraint(
                fields=["rule"], condition=Q(status=ConfigStatus.ACTIVE), name="fraud_config_one_active"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule} v{self.version}"


class FraudCase(models.Model):
    """One hit, with what it was judged by. `fact_at` is the last fact in it: what came before it was judged with it."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="fraud_cases", db_index=False)
    rule = models.CharField(_("rule"), max_length=40)
    config = models.ForeignKey(FraudConfig, on_delete=models.PROTECT, related_name="+", verbose_name=_("version"))
    severity = models.CharField(_("severity"), max_length=20, choices=Severity)
    flag = models.CharField(_("flag"), max_length=40, help_text="What stands against the customer, such as suspicious.")
    evidence = models.JSONField(_("evidence"))
    status = models.CharField(_("state"), max_length=20, choices=CaseStatus, db_default=CaseStatus.OPEN)
    hit_at = models.DateTimeField(_("hit at"))
    fact_at = models.DateTimeField(_("last fact"))
    tier_before = models.CharField(_("tier before"), max_length=20, choices=Tier, blank=True, db_default="")
    reason = models.CharField(_("reason"), max_length=500, blank=True, db_default="")
    decided_by = models.CharField(_("decided by"), max_length=150, blank=True, db_default="")
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    created_at = models.DateTimeField(_("opened at"), db_default=Now())

    class Meta:
        verbose_name = _("fraud case")
        verbose_name_plural = _("fraud cases")
        constraints = [
            models.CheckConstraint(condition=Q(status__in=CaseStatus.values), name="fraud_case_status_known"),
            models.CheckConstraint(condition=Q(severity__in=Severity.values), name="fraud_case_severity_known"),
            models.CheckConstraint(
                condition=Q(status=CaseStatus.OPEN, decided_at=None, decided_by="")
                | (~Q(status=CaseStatus.OPEN) & Q(decided_at__isnull=False) & ~Q(decided_by="")),
                name="fraud_case_decided_by_somebody",
            ),
            models.UniqueConstraint(
                fields=["customer", "rule"], condition=Q(status__in=STANDING), name="fraud_case_one_standing"
            ),
        ]
        indexes = [
            models.Index(fields=["status", "-id"], name="fraud_case_of_status"),
            models.Index(fields=["customer", "rule", "-fact_at"], name="fraud_case_of_customer"),
        ]

    def __str__(self) -> str:
        return f"{self.rule} · {self.customer_id}"


class FraudMute(models.Model):
    """Until when nothing is suspected of a customer, by one rule or (empty) by any."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="fraud_mutes", db_index=False)
    rule = models.CharField(_("rule"), max_length=40, blank=True, db_default="")
    until = models.DateTimeField(_("until"))
    reason = models.CharField(_("reason"), max_length=500)
    actor = models.CharField(_("by"), max_length=150)
    created_at = models.DateTimeField(_("at"), db_default=Now())

    class Meta:
        verbose_name = _("fraud mute")
        verbose_name_plural = _("fraud mutes")
        indexes = [models.Index(fields=["customer", "-until"], name="fraud_mute_of_customer")]

    def __str__(self) -> str:
        return f"{self.rule or '*'} → {self.until:%Y-%m-%d}"


class FraudWatch(models.Model):
    """Until which moment a rule has looked. Where the next run goes on, however long there was none."""

    rule = models.CharField(max_length=40, primary_key=True)
    until = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.rule} {self.until:%Y-%m-%d %H:%M}"
