"""Virtual credit: lots with an expiry of their own, and what each movement took out of which."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from wallets.models.ledger import Transaction, Wallet


class CreditStatus(models.TextChoices):
    """Where a lot is in its life."""

    ACTIVE = "ACTIVE", _("Active")
    USED = "USED", _("Spent")
    EXPIRED = "EXPIRED", _("Expired")
    CANCELLED = "CANCELLED", _("Taken back")


class CreditSource(models.TextChoices):
    """Why a lot was issued."""

    RETURN_SHIPPER = "RETURN_SHIPPER", _("Goods collected by the carrier")
    COMPENSATION = "COMPENSATION", _("Compensation")
    PROMOTION = "PROMOTION", _("Promotion")


class VirtualCredit(models.Model):
    """A lot of virtual credit with its own expiry. What remains of it is what its uses have left."""

    wallet = models.ForeignKey(Wallet, on_delete=models.PROTECT, related_name="credits", db_index=False)
    issue = models.OneToOneField(Transaction, on_delete=models.PROTECT, related_name="credit", verbose_name=_("issue"))
    original_vnd = models.BigIntegerField(_("issued"))
    remaining_vnd = models.BigIntegerField(_("remaining"))
    issued_at = models.DateTimeField(_("issued at"))
    expires_at = models.DateTimeField(_("expires at"))
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    status = models.CharField(_("state"), max_length=20, choices=CreditStatus, db_default=CreditStatus.ACTIVE)
    source_type = models.CharField(_("reason"), max_length=30, choices=CreditSource)
    source_id = models.CharField(_("ticket"), max_length=100, blank=True)
    note = models.TextField(_("note"), blank=True)
    actor = models.CharField(_("by"), max_length=100)

    class Meta:
        verbose_name = _("virtual credit")
        verbose_name_plural = _("virtual credits")
        constraints = [
            models.CheckConstraint(condition=Q(status__in=CreditStatus.values), name="credit_status_known"),
            models.CheckConstraint(condition=Q(source_type__in=CreditSource.values), name="credit_source_known"),
            models.CheckConstraint(condition=Q(original_vnd__gt=0), name="credit_original_positive"),
            models.CheckConstraint(
                condition=Q(remaining_vnd__gte=0, remaining_vnd__lte=F("original_vnd")),
                name="credit_remaining_in_range",
            ),
            models.CheckConstraint(
                condition=Q(status=CreditStatus.ACTIVE, remaining_vnd__gt=0, ended_at=None)
                | (~Q(status=CreditStatus.ACTIVE) & Q(remaining_vnd=0, ended_at__isnull=False)),
                name="credit_ended_means_empty",
            ),
        ]
        indexes = [
            models.Index(
                fields=["wallet", "expires_at", "id"],
                condition=Q(status=CreditStatus.ACTIVE),
                name="credit_active_by_expiry",
            ),
            models.Index(fields=["expires_at"], condition=Q(status=CreditStatus.ACTIVE), name="credit_to_expire"),
            models.Index(fields=["wallet", "-id"], name="credit_newest_of_wallet"),
        ]

    def __str__(self) -> str:
        return f"{self.remaining_vnd:,} / {self.original_vnd:,} ₫"


class CreditUse(models.Model):
    """How much a movement took out of a lot: spent, expired or taken back. Below zero it put back."""

    transaction = models.ForeignKey(Transaction, on_delete=models.PROTECT, related_name="credit_uses", db_index=False)
    credit = models.ForeignKey(VirtualCredit, on_delete=models.PROTECT, related_name="uses")
    amount_vnd = models.BigIntegerField(_("amount"))
    good_until = models.DateTimeField(null=True, help_text="Until when the lot had been good, if this revived it.")

    class Meta:
        verbose_name = _("use of credit")
        verbose_name_plural = _("uses of credit")
        constraints = [
            models.UniqueConstraint(fields=["transaction", "credit"], name="credit_use_once"),
            models.CheckConstraint(condition=~Q(amount_vnd=0), name="credit_use_not_zero"),
        ]

    def __str__(self) -> str:
        return f"{self.amount_vnd:,} ₫"
