"""Withdrawals that an order waits for, and orders that take no money any more. See ADR 10."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from customers.models import Customer


class PendingStatus(models.TextChoices):
    """Where a withdrawal for an order is. PROCESSING is the old server's word: here it is never left behind."""

    PENDING = "PENDING", _("Waiting")
    PROCESSING = "PROCESSING", _("Being taken")
    COMPLETED = "COMPLETED", _("Taken")
    FAILED = "FAILED", _("Failed")
    CANCELLED = "CANCELLED", _("Cancelled")


class PendingWithdrawal(models.Model):
    """Money that an order takes out of a wallet: at once if it is there, otherwise as soon as it is. See ADR 10."""

    order_id = models.CharField(_("order"), max_length=80)
    order_number = models.CharField(_("order number"), max_length=100, blank=True)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="pending_withdrawals", db_index=False)
    amount_vnd = models.BigIntegerField(_("amount"))
    source = models.CharField(_("source"), max_length=30, db_default="SALE_ORDER")
    note = models.TextField(_("note"), blank=True)
    actor = models.CharField(_("by"), max_length=100)
    status = models.CharField(_("state"), max_length=20, choices=PendingStatus, db_default=PendingStatus.PENDING)
    attempts = models.IntegerField(_("attempts"), db_default=0)
    max_attempts = models.IntegerField(_("attempts at most"))
    next_attempt_at = models.DateTimeField(_("next attempt"))
    last_attempt_at = models.DateTimeField(_("last attempt"), null=True, blank=True)
    last_error = models.TextField(_("last error"), blank=True, db_default="", help_text="Or why it was cancelled.")
    virtual_used_vnd = models.BigIntegerField(_("credit used"), db_default=0)
    real_used_vnd = models.BigIntegerField(_("real money used"), db_default=0)
    completed_at = models.DateTimeField(_("taken at"), null=True, blank=True)
    released_at = models.DateTimeField(_("given back at"), null=True, blank=True)
    created_at = models.DateTimeField(_("at"), db_default=Now())
    updated_at = models.DateTimeField(_("changed at"), db_default=Now())

    class Meta:
        verbose_name = _("pending withdrawal")
        verbose_name_plural = _("pending withdrawals")
        constraints = [
            models.UniqueConstraint(fields=["order_id", "customer"], name="pending_order_once"),
            models.CheckConstraint(condition=Q(status__in=PendingStatus.values), name="pending_status_known"),
            models.CheckConstraint(condition=Q(amount_vnd__gt=0), name="pending_amount_positive"),
            models.CheckConstraint(
                condition=Q(attempts__gte=0, attempts__lte=F("max_attempts"), max_attempts__gte=1),
                name="pending_attempts_in_range",
            ),
            models.CheckConstraint(
                condition=Q(completed_at=None, virtual_used_vnd=0, real_used_vnd=0)
                | Q(
                    completed_at__isnull=False,
                    virtual_used_vnd__gte=0,
                    real_used_vnd__gte=0,
                    amount_vnd=F("virtual_used_vnd") + F("real_used_vnd"),
                ),
                name="pending_taken_whole_or_not",
            ),
            models.CheckConstraint(
                condition=Q(status=PendingStatus.COMPLETED, completed_at__isnull=False, released_at=None)
                | Q(status=PendingStatus.CANCELLED, completed_at__isnull=False, released_at__isnull=False)
                | (~Q(status=PendingStatus.COMPLETED) & Q(completed_at=None, released_at=None)),
                name="pending_cancelled_has_no_money",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at", "id"], condition=Q(status__in=["PENDING", "PROCESSING"]), name="pending_due"
            ),
            models.Index(fields=["status", "-id"], include=["amount_vnd"], name="pending_newest_of_status"),
            models.Index(fields=["customer", "-id"], name="pending_newest_of_customer"),
        ]

    def __str__(self) -> str:
        return f"{self.order_id} {self.amount_vnd:,} ₫"


class CancelledOrder(models.Model):
    """An order that takes no money any more, also when the cancellation comes before the order's withdrawal."""

    order_id = models.CharField(_("order"), max_length=80, unique=True)
    reason = models.TextField(_("reason"), blank=True)
    actor = models.CharField(_("by"), max_length=100)
    created_at = models.DateTimeField(_("at"), db_default=Now())

    class Meta:
        verbose_name = _("cancelled order")
        verbose_name_plural = _("cancelled orders")

    def __str__(self) -> str:
        return self.order_id
