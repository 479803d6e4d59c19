"""A wallet for each customer, and its movements: append-only, numbered, each with the balances around it."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from customers.models import Customer


class Wallet(models.Model):
    """The balances of one customer: a cache of its transactions, moved only under this row's lock."""

    customer = models.OneToOneField(Customer, on_delete=models.PROTECT, related_name="wallet")
    real_vnd = models.BigIntegerField(_("real money"), db_default=0)
    virtual_vnd = models.BigIntegerField(_("virtual credit"), db_default=0)
    last_sequence = models.BigIntegerField(_("transactions"), db_default=0)
    total_deposited_vnd = models.BigIntegerField(_("deposited in all"), db_default=0)
    total_withdrawn_vnd = models.BigIntegerField(_("withdrawn in all"), db_default=0)
    total_virtual_issued_vnd = models.BigIntegerField(_("credit issued in all"), db_default=0)
    total_virtual_used_vnd = models.BigIntegerField(_("credit spent in all"), db_default=0)
    total_virtual_expired_vnd = models.BigIntegerField(_("credit expired in all"), db_default=0)
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("wallet")
        verbose_name_plural = _("wallets")
        constraints = [
            models.CheckConstraint(condition=Q(real_vnd__gte=0), name="wallet_real_not_negative"),
            models.CheckConstraint(condition=Q(virtual_vnd__gte=0), name="wallet_virtual_not_negative"),
            models.CheckConstraint(condition=Q(last_sequence__gte=0), name="wallet_sequence_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.real_vnd + self.virtual_vnd:,} ₫"


class TransactionType(models.TextChoices):
    """What kind of movement. The sign of the amount gives the direction."""

    DEPOSIT = "DEPOSIT", _("Deposit")
    WITHDRAW = "WITHDRAW", _("Withdrawal")
    VIRTUAL_CREDIT = "VIRTUAL_CREDIT", _("Virtual credit issued")
    VIRTUAL_DEBIT = "VIRTUAL_DEBIT", _("Virtual credit spent")
    VIRTUAL_EXPIRE = "VIRTUAL_EXPIRE", _("Virtual credit expired")
    VIRTUAL_CANCEL = "VIRTUAL_CANCEL", _("Virtual credit taken back")
    ADJUSTMENT = "ADJUSTMENT", _("Adjustment")
    REVERSAL = "REVERSAL", _("Taken back")


CORRECTIONS = [TransactionType.ADJUSTMENT.value, TransactionType.REVERSAL.value, TransactionType.VIRTUAL_CANCEL.value]
"""What was posted to put something right."""


class Source(models.TextChoices):
    """Where the money of a movement comes from, or goes."""

    BANK_TRANSFER = "BANK_TRANSFER", _("Bank transfer")
    RETURN_GOODS = "RETURN_GOODS", _("Goods returned")
    ORDER_PAYMENT = "ORDER_PAYMENT", _("Order paid")
    VIRTUAL_CREDIT_ISSUE = "VIRTUAL_CREDIT_ISSUE", _("Virtual credit issued")
    VIRTUAL_CREDIT_USE = "VIRTUAL_CREDIT_USE", _("Virtual credit spent")
    VIRTUAL_CREDIT_EXPIRE = "VIRTUAL_CREDIT_EXPIRE", _("Virtual credit expired")
    VIRTUAL_CREDIT_CANCEL = "VIRTUAL_CREDIT_CANCEL", _("Virtual credit taken back")
    MANUAL_ADJUSTMENT = "MANUAL_ADJUSTMENT", _("By hand")


class Transaction(models.Model):
    """One posted movement. The database refuses to change or delete it: a mistake is posted back."""

    wallet = models.ForeignKey(Wallet, on_delete=models.PROTECT, related_name="transactions", db_index=False)
    sequence = models.BigIntegerField(_("no."), help_text="1, 2, 3 … within the wallet, without gaps.")
    type = models.CharField(_("type"), max_length=30, choices=TransactionType)
    amount_vnd = models.BigIntegerField(_("amount"), help_text="Whole dong; below zero takes money out.")
    real_before_vnd = models.BigIntegerField(_("real before"))
    real_after_vnd = models.BigIntegerField(_("real after"))
    virtual_before_vnd = models.BigIntegerField(_("virtual before"))
    virtual_after_vnd = models.BigIntegerField(_("virtual after"))
    source = models.CharField(_("source"), max_length=30, choices=Source)
    reference_type = models.CharField(_("reference"), max_length=30, blank=True)
    reference_id = models.CharField(max_length=100, blank=True)
    key = models.CharField(_("idempotency key"), max_length=120, help_text="Such as `sepay:92704001`.")
    reverses = models.OneToOneField(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="reversed_by",
        verbose_name=_("takes back"),
    )
    note = models.TextField(_("note"), blank=True)
    actor = models.CharField(_("by"), max_length=100)
    occurred_at = models.DateTimeField(_("happened at"), help_text="When the money moved in the world.")
    created_at = models.DateTimeField(_("booked at"), db_default=Now())

    class Meta:
        verbose_name = _("wallet transaction")
        verbose_name_plural = _("wallet transactions")
        constraints = [
            models.UniqueConstraint(fields=["wallet", "sequence"], name="transaction_sequence_once"),
            models.UniqueConstraint(fields=["key", "type"], name="transaction_key_once"),
            models.CheckConstraint(condition=Q(sequence__gte=1), name="transaction_sequence_positive"),
            models.CheckConstraint(condition=Q(type__in=TransactionType.values), name="transaction_type_known"),
            models.CheckConstraint(condition=Q(source__in=Source.values), name="transaction_source_known"),
            models.CheckConstraint(condition=~Q(amount_vnd=0), name="transaction_amount_not_zero"),
            models.CheckConstraint(
                condition=Q(
                    real_before_vnd__gte=0, real_after_vnd__gte=0, virtual_before_vnd__gte=0, virtual_after_vnd__gte=0
                ),
                name="transaction_balances_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(
                    amount_vnd=F("real_after_vnd")
                    - F("real_before_vnd")
                    + F("virtual_after_vnd")
                    - F("virtual_before_vnd")
                ),
                name="transaction_amount_is_the_difference",
            ),
            models.CheckConstraint(
                condition=~Q(type=TransactionType.DEPOSIT)
                | Q(amount_vnd__gt=0, virtual_after_vnd=F("virtual_before_vnd")),
                name="transaction_deposit_adds_real_money",
            ),
            models.CheckConstraint(
                condition=Q(type=TransactionType.REVERSAL, reverses__isnull=False)
                | (~Q(type=TransactionType.REVERSAL) & Q(reverses=None)),
                name="transaction_reversal_names_its_row",
            ),
        ]
        indexes = [
            models.Index(fields=["reference_id"], condition=Q(reference_type="order"), name="transaction_of_order"),
            models.Index(fields=["-id"], condition=Q(type__in=CORRECTIONS), name="transaction_corrections"),
            models.Index(fields=["-created_at", "-id"], name="transaction_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.amount_vnd:+,} ₫"
