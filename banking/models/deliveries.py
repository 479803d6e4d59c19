"""What banks told us: raw deliveries, those that could not be taken yet, and a count of what was refused."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Provider(models.TextChoices):
    """Who tells us of money."""

    SEPAY = "sepay", "SePay"
    PAYOS = "payos", "PayOS"


class Channel(models.TextChoices):
    """By which way a message came to us."""

    WEBHOOK = "webhook", _("Webhook")
    LIST = "list", _("Asked for")


class Delivery(models.Model):
    """One message as it came, kept for good. A repeat is counted here and changes nothing else."""

    provider = models.CharField(_("provider"), max_length=20, choices=Provider)
    external_id = models.BigIntegerField(_("provider's id"))
    channel = models.CharField(_("channel"), max_length=20, choices=Channel, db_default=Channel.WEBHOOK)
    body = models.TextField(_("body"), help_text="As received, byte for byte.")
    received_at = models.DateTimeField(_("received at"), db_default=Now())
    repeats = models.IntegerField(_("repeats"), db_default=0)
    repeated_at = models.DateTimeField(_("repeated at"), null=True)
    differing_body = models.TextField(
        _("differing body"), null=True, help_text="The latest repeat that said something else: look into it."
    )

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints = [models.UniqueConstraint(fields=["provider", "external_id"], name="delivery_once")]

    def __str__(self) -> str:
        return f"{self.provider} {self.external_id}"


class Refusal(models.Model):
    """How many deliveries were turned away, by reason and Vietnam day. Their content is not kept."""

    provider = models.CharField(_("provider"), max_length=20, choices=Provider)
    day = models.DateField(_("day"))
    reason = models.CharField(_("reason"), max_length=40)
    count = models.BigIntegerField(_("count"), db_default=0)
    last_at = models.DateTimeField(_("last at"), db_default=Now())

    class Meta:
        verbose_name = _("refused deliveries")
        verbose_name_plural = _("refused deliveries")
        constraints = [models.UniqueConstraint(fields=["provider", "day", "reason"], name="refusal_counter")]

    def __str__(self) -> str:
        return f"{self.day} {self.reason}: {self.count}"


class RetryStatus(models.TextChoices):
    """Where a delivery that could not be taken is. The values are the old server's."""

    PENDING = "pending", _("Waiting")
    PROCESSING = "processing", _("Being taken")
    SUCCESS = "success", pgettext_lazy("delivery", "Taken")
    FAILED = "failed", _("Given up")


class FailedDelivery(models.Model):
    """A genuine delivery that could not be taken: kept as it came, and tried again with growing pauses."""

    provider = models.CharField(_("provider"), max_length=20, choices=Provider)
    external_id = models.BigIntegerField(_("provider's id"))
    body = models.TextField(_("body"), help_text="As received, byte for byte.")
    status = models.CharField(_("state"), max_length=20, choices=RetryStatus, db_default=RetryStatus.PENDING)
    attempts = models.IntegerField(_("attempts"), db_default=0)
    max_attempts = models.IntegerField(_("attempts at most"), db_default=5)
    next_attempt_at = models.DateTimeField(_("next attempt"), db_default=Now())
    last_attempt_at = models.DateTimeField(_("last attempt"), null=True, blank=True)
    last_error = models.TextField(_("last error"), blank=True)
    transfer = models.ForeignKey("BankTransfer", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(_("received at"), db_default=Now())
    processed_at = models.DateTimeField(_("taken at"), null=True, blank=True)

    class Meta:
        verbose_name = _("failed delivery")
        verbose_name_plural = _("failed deliveries")
        constraints = [
            models.UniqueConstraint(fields=["provider", "external_id"], name="failed_delivery_once"),
            models.CheckConstraint(
                condition=models.Q(status__in=RetryStatus.values), name="failed_delivery_state_known"
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at", "id"],
                condition=models.Q(status__in=["pending", "processing"]),
                name="failed_delivery_due",
            )
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.external_id}: {self.get_status_display()}"
