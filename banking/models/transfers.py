"""Lines of the shop's bank accounts, as SePay told them, and what became of each."""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Func, Q, Value
from django.db.models.functions import Concat, Now
from django.utils.translation import gettext_lazy as _

from banking.models.deliveries import Delivery
from customers.models import Customer, Folded
from wallets.models import Transaction


class Direction(models.TextChoices):
    """Whether money came or went. The values are SePay's."""

    IN = "in", _("In")
    OUT = "out", _("Out")


MONEY_IN = Q(direction=Direction.IN, amount_vnd__gt=0)
"""Transfers that are somebody's. What went out, and a line of 0 dong, is nobody's."""


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
    TOPUP = "topup", _("Payment of a top-up")


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
    verification_note = models.TextField(_("note of the decision"), blank=True, db_default="")
    verification_image_url = models.CharField(_("picture"), max_length=500, blank=True, db_default="")
    payer_account = models.CharField(
        _("payer's account"), max_length=50, blank=True, db_default="", help_text="As the bank's text names it."
    )
    payer_name = models.CharField(_("payer's name"), max_length=200, blank=True, db_default="")
    match_due_at = models.DateTimeField(
        _("matched again at"), null=True, blank=True, help_text="Empty: nothing more is looked up by itself."
    )
    match_attempts = models.IntegerField(_("look-ups"), db_default=0)
    match_trouble = models.CharField(_("why it waits"), max_length=40, blank=True, db_default="")
    times_undone = models.IntegerField(_("times taken back"), db_default=0)
    is_hidden = models.BooleanField(_("confirmed in Live Mode"), db_default=False)
    display_name = models.CharField(_("shown as"), max_length=255, blank=True, db_default="")
    list_checked = models.BooleanField(_("ticked in the check list"), db_default=False)
    list_verified = models.BooleanField(_("verified in the check list"), db_default=False)
    list_note = models.TextField(_("note in the check list"), blank=True, db_default="")
    created_at = models.DateTimeField(_("received at"), db_default=Now())
    searched = models.GeneratedField(
        expression=Folded(Concat("content", Value("\n"), "reference_code", Value("\n"), "code")),
        output_field=models.TextField(),
        db_persist=True,
        editable=False,
        help_text="What a search reads: no case, no diacritics.",
    )

    class Meta:
        verbose_name = _("bank transfer")
        verbose_name_plural = _("bank transfers")
        constraints = [
            models.CheckConstraint(condition=Q(direction__in=Direction.values), name="transfer_direction_known"),
            models.CheckConstraint(condition=Q(amount_vnd__gte=0), name="transfer_amount_not_negative"),
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
            models.Index(
                fields=["match_due_at", "id"], condition=Q(match_due_at__isnull=False), name="transfer_to_match"
            ),
            models.Index(
                fields=["verification", "-transferred_at", "-id"],
                condition=Q(direction=Direction.IN, verification__in=["PENDING", "PENDING_VERIFICATION"]),
                name="transfer_to_review",
            ),
            models.Index(
                fields=["verification", "-verified_at", "-id"],
                condition=Q(verification__in=["APPROVED", "REJECTED"]),
                name="transfer_decided_newest",
            ),
            models.Index(fields=["account_number", "transferred_at", "sepay_id"], name="transfer_of_account"),
            models.Index(fields=["-transferred_at", "-id"], condition=Q(is_hidden=False), name="transfer_shown_newest"),
            models.Index(fields=["gateway", "-transferred_at", "-id"], name="transfer_of_gateway"),
            models.Index(fields=["amount_vnd", "-transferred_at", "-id"], name="transfer_of_amount"),
            models.Index(
                fields=["verification", "-transferred_at", "-id"],
                condition=Q(verification__in=["PENDING_VERIFICATION", "APPROVED", "REJECTED"]),
                name="transfer_in_state",
            ),
            # Their waiting lists are short: a search reads all of one, and whoever fills it sorts it into the index.
            GinIndex(
                OpClass("searched", name="gin_trgm_ops"),
                gin_pending_list_limit=256,
                fastupdate=True,
                name="transfer_text",
            ),
            GinIndex(
                Func("searched", function="banking_digits"),
                gin_pending_list_limit=256,
                fastupdate=True,
                name="transfer_digits",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.gateway} {self.amount_vnd:,} ₫ · {self.content[:40]}"

    @property
    def is_money_in(self) -> bool:
        """Whether it is somebody's: see `MONEY_IN`."""
        return self.direction == Direction.IN and self.amount_vnd > 0
