"""Top-ups: what a customer wanted to pay in, the bank transfers that came for it, and what PayOS told us."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from banking.models.transfers import BankTransfer
from customers.models import Customer
from wallets.models import Transaction

ORDER_CODE_MIN = 1_000_000
ORDER_CODE_MAX = 2**53 - 1


class TopupStatus(models.TextChoices):
    """How far a top-up is. The values are on the wire."""

    CREATED = "created", _("Being prepared")
    PENDING = "pending", _("Waits for the payment")
    PROCESSING = "processing", _("Is being paid")
    PAID = "paid", _("Paid")
    UNDERPAID = "underpaid", _("Partly paid")
    CANCELLED = "cancelled", _("Cancelled")
    EXPIRED = "expired", _("Ran out")
    FAILED = "failed", _("Failed")


class TopupProvider(models.TextChoices):
    """By whom the money is collected."""

    PAYOS = "payos", "PayOS"


class Topup(models.Model):
    """One payment link for one wallet. `version` grows with each change that a reader can see."""

    tx_ref = models.CharField(_("reference"), max_length=16, unique=True, help_text="Also the memo of the transfer.")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="topups")
    provider = models.CharField(_("provider"), max_length=20, choices=TopupProvider, db_default=TopupProvider.PAYOS)
    order_code = models.BigIntegerField(_("order code"), null=True, unique=True)
    payment_link_id = models.CharField(_("payment link"), max_length=64, blank=True, db_default="")
    amount_vnd = models.BigIntegerField(_("amount"))
    paid_vnd = models.BigIntegerField(_("paid"), db_default=0)
    status = models.CharField(_("state"), max_length=20, choices=TopupStatus, db_default=TopupStatus.CREATED)
    version = models.IntegerField(_("version"), db_default=1)
    checkout_url = models.CharField(_("payment page"), max_length=500, blank=True, db_default="")
    qr_code = models.TextField(_("text of the QR"), blank=True, db_default="")
    bank_bin = models.CharField(_("bank"), max_length=20, blank=True, db_default="")
    account_number = models.CharField(_("account"), max_length=50, blank=True, db_default="")
    account_name = models.CharField(_("account's name"), max_length=200, blank=True, db_default="")
    memo = models.CharField(_("memo"), max_length=100, blank=True, db_default="")
    idempotency_key = models.CharField(_("idempotency key"), max_length=100, null=True, blank=True)
    started_by = models.CharField(_("started by"), max_length=100)
    starter = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    expires_at = models.DateTimeField(_("ends at"))
    confirmed_at = models.DateTimeField(_("paid at"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True, help_text="From then nothing is expected.")
    is_late = models.BooleanField(_("paid late"), db_default=False)
    is_overpaid = models.BooleanField(_("paid too much"), db_default=False)
    review_reason = models.CharField(_("a person looks at it"), max_length=60, blank=True, db_default="")
    next_check_at = models.DateTimeField(_("asked about at"), null=True, blank=True)
    created_at = models.DateTimeField(_("started at"), db_default=Now())
    updated_at = models.DateTimeField(_("changed at"), db_default=Now())

    class Meta:
        verbose_name = _("top-up")
        verbose_name_plural = _("top-ups")
        constraints = [
            models.CheckConstraint(condition=Q(amount_vnd__gt=0), name="topup_amount_positive"),
            models.CheckConstraint(condition=Q(paid_vnd__gte=0), name="topup_paid_not_negative"),
            models.CheckConstraint(condition=Q(status__in=TopupStatus.values), name="topup_state_known"),
            models.CheckConstraint(condition=Q(provider__in=TopupProvider.values), name="topup_provider_known"),
            models.CheckConstraint(
                condition=Q(order_code=None) | Q(order_code__range=(1, ORDER_CODE_MAX)), name="topup_order_code_fits"
            ),
            models.CheckConstraint(
                condition=Q(tx_ref__regex=r"^NT[0-9A-HJKMNP-TV-Z]{7}$"), name="topup_reference_spelled"
            ),
            models.CheckConstraint(
                condition=Q(confirmed_at=None) | Q(status=TopupStatus.PAID), name="topup_confirmed_only_if_paid"
            ),
            models.UniqueConstraint(
                fields=["starter", "customer", "idempotency_key"],
                condition=Q(idempotency_key__isnull=False),
                nulls_distinct=False,
                name="topup_key_once",
            ),
        ]
        indexes = [
            models.Index(fields=["next_check_at"], condition=Q(next_check_at__isnull=False), name="topup_to_check"),
            models.Index(fields=["customer", "-id"], name="topup_of_customer"),
            models.Index(fields=["status", "-id"], name="topup_in_state"),
            models.Index(fields=["-id"], condition=~Q(review_reason=""), name="topup_to_review"),
            models.Index(fields=["starter", "-created_at"], name="topup_of_starter"),
        ]

    def __str__(self) -> str:
        return f"{self.tx_ref} {self.amount_vnd:,} ₫"


class PaymentSource(models.TextChoices):
    """Who told us of a payment."""

    WEBHOOK = "webhook", _("Webhook")
    LINK = "link", _("Asked for")
    HAND = "hand", _("By hand")


class TopupPayment(models.Model):
    """One bank transfer that came for a top-up and is in a wallet. A reference counts once for ever."""

    topup = models.ForeignKey(Topup, on_delete=models.PROTECT, related_name="payments")
    provider = models.CharField(_("provider"), max_length=20, choices=TopupProvider)
    reference = models.CharField(_("bank reference"), max_length=100)
    amount_vnd = models.BigIntegerField(_("amount"))
    source = models.CharField(_("told by"), max_length=20, choices=PaymentSource)
    paid_at = models.DateTimeField(_("transferred at"))
    wallet_transaction = models.OneToOneField(Transaction, on_delete=models.PROTECT, related_name="topup_payment")
    created_at = models.DateTimeField(_("credited at"), db_default=Now())

    class Meta:
        verbose_name = _("payment of a top-up")
        verbose_name_plural = _("payments of top-ups")
        constraints = [
            models.UniqueConstraint(fields=["provider", "reference"], name="topup_payment_reference_once"),
            models.CheckConstraint(condition=Q(amount_vnd__gt=0), name="topup_payment_positive"),
            models.CheckConstraint(condition=~Q(reference=""), name="topup_payment_has_reference"),
        ]
        indexes = [
            models.Index(fields=["reference"], name="topup_payment_of_reference"),
            models.Index(fields=["amount_vnd", "paid_at"], name="topup_payment_alike"),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.amount_vnd:,} ₫"


class LineSign(models.TextChoices):
    """What makes a line of the bank look like a top-up's money."""

    MEMO = "memo", _("The text names the top-up")
    ALIKE = "alike", _("Same account, amount and time")


class TopupLine(models.Model):
    """A line that SePay told and that may be a top-up's money: it credits nobody by itself.

    Once it is known to be, the line's deposit is the payment's.
    """

    transfer = models.OneToOneField(BankTransfer, on_delete=models.CASCADE, related_name="topup_line")
    topup = models.ForeignKey(Topup, on_delete=models.PROTECT, related_name="lines")
    sign = models.CharField(_("why"), max_length=10, choices=LineSign)
    created_at = models.DateTimeField(_("seen at"), db_default=Now())

    class Meta:
        verbose_name = _("line that may be a top-up's")
        verbose_name_plural = _("lines that may be top-ups'")
        constraints = [
            models.CheckConstraint(condition=Q(sign__in=LineSign.values), name="topup_line_sign_known"),
        ]

    def __str__(self) -> str:
        return f"{self.topup} · {self.sign}"


class PayosOutcome(models.TextChoices):
    """What became of a webhook."""

    CREDITED = "credited", _("Credited")
    DUPLICATE = "duplicate", _("Known already")
    TEST = "test", _("PayOS's sample")
    UNMATCHED = "unmatched", _("No such top-up")
    ASKED = "asked", _("The link is asked")
    REVIEW = "review", _("A person looks at it")
    IGNORED = "ignored", _("Tells of no money")


class PayosDelivery(models.Model):
    """A genuine webhook, kept for good because signatures do not age. Digits of account numbers are blotted out."""

    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of what was signed.")
    order_code = models.BigIntegerField(_("order code"), db_index=True)
    reference = models.CharField(_("bank reference"), max_length=200, blank=True)
    amount_vnd = models.BigIntegerField(_("amount"))
    data = models.JSONField(_("content"))
    topup = models.ForeignKey(Topup, on_delete=models.PROTECT, null=True, blank=True, related_name="deliveries")
    outcome = models.CharField(_("what became of it"), max_length=20, choices=PayosOutcome)
    reason = models.CharField(_("why"), max_length=60, blank=True, db_default="")
    repeats = models.IntegerField(_("repeats"), db_default=0)
    repeated_at = models.DateTimeField(_("repeated at"), null=True, blank=True)
    received_at = models.DateTimeField(_("received at"), db_default=Now())
    processed_at = models.DateTimeField(_("settled at"), null=True, blank=True)

    class Meta:
        verbose_name = _("PayOS delivery")
        verbose_name_plural = _("PayOS deliveries")
        constraints = [
            models.CheckConstraint(condition=Q(outcome__in=PayosOutcome.values), name="payos_outcome_known"),
        ]
        indexes = [
            models.Index(
                fields=["-id"], condition=Q(outcome__in=["unmatched", "asked", "review"]), name="payos_delivery_waits"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order_code} {self.reference}"


class HandCreditStatus(models.TextChoices):
    """Where a credit by hand is."""

    WAITING = "waiting", _("Waits for a second person")
    DONE = "done", _("Done")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class TopupHandCredit(models.Model):
    """Money that a person saw at the bank and PayOS did not tell of: credited once a second person agrees."""

    topup = models.ForeignKey(Topup, on_delete=models.PROTECT, related_name="hand_credits")
    reference = models.CharField(_("bank reference"), max_length=100)
    amount_vnd = models.BigIntegerField(_("amount"))
    reason = models.TextField(_("reason"))
    status = models.CharField(_("state"), max_length=20, choices=HandCreditStatus, db_default=HandCreditStatus.WAITING)
    asked_by = models.CharField(_("asked by"), max_length=100)
    asked_at = models.DateTimeField(_("asked at"), db_default=Now())
    confirmed_by = models.CharField(_("confirmed by"), max_length=100, blank=True, db_default="")
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, blank=True)

    class Meta:
        verbose_name = _("credit by hand")
        verbose_name_plural = _("credits by hand")
        constraints = [
            models.UniqueConstraint(
                fields=["topup"], condition=Q(status=HandCreditStatus.WAITING), name="topup_hand_credit_one_waiting"
            ),
            models.CheckConstraint(condition=Q(amount_vnd__gt=0), name="topup_hand_credit_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.topup_id}: {self.amount_vnd:,} ₫"
