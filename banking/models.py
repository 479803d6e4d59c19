"""What banks told us: raw deliveries, the transfers read from them, QR codes, and a count of what was refused."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from wallets.models import Transaction


class Provider(models.TextChoices):
    """Who tells us of money."""

    SEPAY = "sepay", "SePay"


class Delivery(models.Model):
    """One message as it came, kept for good. A repeat is counted here and changes nothing else."""

    provider = models.CharField(_("provider"), max_length=20, choices=Provider)
    external_id = models.BigIntegerField(_("provider's id"))
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


class QrCode(models.Model):
    """A code printed on a payment QR, and the customer whose transfers carry it."""

    code = models.CharField(_("code"), max_length=100, unique=True, help_text="Upper case, such as N2 + 16 letters.")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="qr_codes")
    created_at = models.DateTimeField(_("since"), db_default=Now())

    class Meta:
        verbose_name = _("QR code")
        verbose_name_plural = _("QR codes")
        constraints = [models.CheckConstraint(condition=Q(code__regex=r"^[^a-z]+$"), name="qr_code_upper_case")]

    def __str__(self) -> str:
        return self.code


class Direction(models.TextChoices):
    """Whether money came or went. The values are SePay's."""

    IN = "in", _("In")
    OUT = "out", _("Out")


class Verification(models.TextChoices):
    """How far a transfer is on its way to a wallet."""

    PENDING = "PENDING", _("No owner yet")
    AUTO_APPROVED = "AUTO_APPROVED", _("Credited automatically")
    PENDING_VERIFICATION = "PENDING_VERIFICATION", _("Waits for the accountant")
    APPROVED = "APPROVED", _("Approved")
    REJECTED = "REJECTED", _("Rejected")


class MatchMethod(models.TextChoices):
    """What told us whose transfer it is."""

    QR_CODE = "qr_code", _("QR code")
    EXACT_PHONE = "exact_phone", _("Full phone number")
    SINGLE_MATCH = "single_match", _("Only one customer fits")
    PENDING_MATCH = "pending_match", _("Chosen from several")
    MANUAL_ENTRY = "manual_entry", _("Typed by staff")
    MANUAL_LINK = "manual_link", _("Assigned by the accountant")


class BankTransfer(models.Model):
    """One line of a bank account, as SePay told it, and what became of it."""

    sepay_id = models.BigIntegerField(_("SePay id"), unique=True)
    delivery = models.OneToOneField(Delivery, on_delete=models.PROTECT, related_name="transfer")
    gateway = models.CharField(_("bank"), max_length=100)
    transferred_at = models.DateTimeField(_("transferred at"))
    account_number = models.CharField(_("account"), max_length=50)
    sub_account = models.CharField(_("sub-account"), max_length=100, blank=True)
    code = models.CharField(_("code"), max_length=100, blank=True)
    content = models.TextField(_("content"), blank=True)
    direction = models.CharField(_("direction"), max_length=10, choices=Direction)
    amount_vnd = models.BigIntegerField(_("amount"))
    accumulated_vnd = models.BigIntegerField(_("account balance after"))
    reference_code = models.CharField(_("bank reference"), max_length=100, blank=True)
    description = models.TextField(_("description"), blank=True)
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, null=True, blank=True, related_name="transfers", db_index=False
    )
    wallet_transaction = models.OneToOneField(
        Transaction, on_delete=models.PROTECT, null=True, blank=True, related_name="transfer"
    )
    verification = models.CharField(_("state"), max_length=30, choices=Verification, db_default=Verification.PENDING)
    match_method = models.CharField(_("matched by"), max_length=30, choices=MatchMethod, blank=True)
    matched_text = models.CharField(_("matched text"), max_length=100, blank=True, help_text="The code or phone found.")
    verified_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    verified_by = models.CharField(_("decided by"), max_length=100, blank=True)
    created_at = models.DateTimeField(_("received at"), db_default=Now())

    class Meta:
        verbose_name = _("bank transfer")
        verbose_name_plural = _("bank transfers")
        constraints = [
            models.CheckConstraint(condition=Q(direction__in=Direction.values), name="transfer_direction_known"),
            models.CheckConstraint(condition=Q(amount_vnd__gt=0), name="transfer_amount_positive"),
            models.CheckConstraint(condition=Q(verification__in=Verification.values), name="transfer_state_known"),
            models.CheckConstraint(
                condition=Q(match_method="") | Q(match_method__in=MatchMethod.values), name="transfer_method_known"
            ),
            models.CheckConstraint(
                condition=Q(wallet_transaction=None)
                | Q(
                    direction=Direction.IN,
                    customer__isnull=False,
                    verification__in=[Verification.AUTO_APPROVED, Verification.APPROVED],
                ),
                name="transfer_credited_only_with_owner",
            ),
        ]
        indexes = [
            models.Index(fields=["-transferred_at", "-id"], name="transfer_newest"),
            models.Index(
                fields=["-transferred_at", "-id"],
                condition=Q(customer=None, direction=Direction.IN),
                name="transfer_unlinked_newest",
            ),
            models.Index(
                fields=["id"],
                condition=Q(
                    customer__isnull=False,
                    wallet_transaction=None,
                    verification__in=[Verification.AUTO_APPROVED, Verification.APPROVED],
                ),
                name="transfer_to_credit",
            ),
            models.Index(
                fields=["customer", "-transferred_at"], condition=Q(customer__isnull=False), name="transfer_of_customer"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.gateway} {self.amount_vnd:,} ₫ · {self.content[:40]}"
