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


class Command(models.Model):
    """A money command that was carried out, with the answer it got: a repeat is answered, not carried out."""

    key = models.CharField(_("idempotency key"), max_length=100, null=True)
    fingerprint = models.CharField(max_length=64, help_text="SHA-256 of who asked for what.")
    wallet = models.ForeignKey(Wallet, on_delete=models.PROTECT, related_name="+", db_index=False)
    action = models.CharField(_("action"), max_length=30)
    actor = models.CharField(_("by"), max_length=150)
    answer = models.JSONField(_("answer"))
    created_at = models.DateTimeField(_("at"), db_default=Now())

    class Meta:
        verbose_name = _("money command")
        verbose_name_plural = _("money commands")
        constraints = [models.UniqueConstraint(fields=["key"], name="command_key_once")]
        indexes = [models.Index(fields=["fingerprint", "-created_at"], name="command_latest_of_content")]

    def __str__(self) -> str:
        return f"{self.action} {self.actor}"


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


class LedgerSeal(models.Model):
    """A day of the ledger as it was the night after: a print of every row, and a digest over all days so far."""

    day = models.DateField(_("day"), unique=True)
    rows = models.BigIntegerField(_("rows"))
    prints = models.BinaryField(help_text="For each row 24 bytes: wallet, sequence, print; see `sql/prints.sql`.")
    digest = models.CharField(
        _("digest"), max_length=64, help_text="SHA-256 of the digest before, the day, the prints."
    )
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("seal of the ledger")
        verbose_name_plural = _("seals of the ledger")

    def __str__(self) -> str:
        return f"{self.day} {self.digest[:12]}"
