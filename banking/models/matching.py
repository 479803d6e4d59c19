"""Whose transfer is it: codes and known payers, what was decided and why, what people were asked and took back."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from banking.models.transfers import BankTransfer
from customers.models import Customer
from wallets.models import Transaction


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


class KnownPayer(models.Model):
    """An account that a person confirmed to be a customer's: evidence for the next transfer, never proof by itself."""

    account = models.CharField(_("account"), max_length=50)
    name = models.CharField(_("payer's name"), max_length=200, blank=True)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="known_payers")
    times = models.IntegerField(_("times confirmed"), db_default=1)
    confirmed_by = models.CharField(_("last confirmed by"), max_length=100)
    confirmed_at = models.DateTimeField(_("last confirmed at"), db_default=Now())

    class Meta:
        verbose_name = _("known payer")
        verbose_name_plural = _("known payers")
        constraints = [models.UniqueConstraint(fields=["account", "customer"], name="known_payer_once")]

    def __str__(self) -> str:
        return f"{self.account} {self.name}".strip()


class Verdict(models.TextChoices):
    """What a decision about a transfer was."""

    CREDITED = "credited", _("Credited automatically")
    LINKED = "linked", _("Linked, waits for the accountant")
    ASKED = "asked", _("A person was asked")
    LOOKING = "looking", _("TPOS is asked")
    NOTHING = "nothing", _("Nobody found")
    RESOLVED = "resolved", _("Chosen by a person")
    SKIPPED = "skipped", _("Skipped by a person")
    REOPENED = "reopened", _("Asked again")
    UNLINKED = "unlinked", _("Link removed")
    APPROVED = "approved", _("Approved")
    REJECTED = "rejected", _("Rejected")
    ADJUSTED = "adjusted", _("Adjusted")
    UNDONE = "undone", _("Taken back")


class Decision(models.Model):
    """One decision about a transfer, by the rules or by a person, with all that it was made from. Never changed."""

    transfer = models.ForeignKey(BankTransfer, on_delete=models.PROTECT, related_name="decisions", db_index=False)
    verdict = models.CharField(_("decision"), max_length=20, choices=Verdict)
    actor = models.CharField(_("by"), max_length=100)
    at = models.DateTimeField(_("at"), db_default=Now())
    rule_version = models.CharField(_("rules"), max_length=20, blank=True, help_text="Empty for a person's decision.")
    threshold = models.IntegerField(_("threshold"), null=True, help_text="0 to 100; automatic from here on.")
    reading_kind = models.CharField(_("read as"), max_length=10, blank=True)
    reading_value = models.CharField(_("value read"), max_length=20, blank=True)
    reading_rule = models.CharField(_("rule"), max_length=10, blank=True)
    candidates = models.JSONField(
        _("candidates"),
        default=list,
        help_text="[{customer_id, phone, name, source, score, evidence: [{code, points, …}]}], best first.",
    )
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, null=True, related_name="+")
    note = models.TextField(_("note"), blank=True)

    class Meta:
        verbose_name = _("decision")
        verbose_name_plural = _("decisions")
        indexes = [models.Index(fields=["transfer", "-id"], name="decision_of_transfer")]

    def __str__(self) -> str:
        return f"{self.verdict} {self.at:%d.%m.%Y %H:%M}"


class MatchStatus(models.TextChoices):
    """Where a question about a transfer's owner is. The values are the old server's."""

    PENDING = "pending", _("Waits for an answer")
    RESOLVED = "resolved", _("Answered")
    SKIPPED = "skipped", _("Skipped")


class PendingMatch(models.Model):
    """A question to staff: which of these customers does the transfer belong to?"""

    transfer = models.ForeignKey(BankTransfer, on_delete=models.CASCADE, related_name="matches", db_index=False)
    extracted_text = models.CharField(_("digits found"), max_length=50)
    candidates = models.JSONField(_("candidates"), help_text="As in a decision.")
    selected_customer = models.ForeignKey(Customer, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    status = models.CharField(_("state"), max_length=20, choices=MatchStatus, db_default=MatchStatus.PENDING)
    resolution_notes = models.TextField(_("remarks"), blank=True)
    created_at = models.DateTimeField(_("asked at"), db_default=Now())
    resolved_at = models.DateTimeField(_("answered at"), null=True, blank=True)
    resolved_by = models.CharField(_("answered by"), max_length=100, blank=True)

    class Meta:
        verbose_name = _("pending match")
        verbose_name_plural = _("pending matches")
        constraints = [
            models.UniqueConstraint(
                fields=["transfer"], condition=Q(status=MatchStatus.PENDING), name="pending_match_one_open"
            ),
            models.CheckConstraint(condition=Q(status__in=MatchStatus.values), name="pending_match_state_known"),
        ]
        indexes = [
            models.Index(fields=["transfer", "-id"], name="pending_match_of_transfer"),
            models.Index(fields=["status", "-id"], name="pending_match_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.extracted_text}: {self.status}"


class UndoStatus(models.TextChoices):
    """Where the taking back of a match is."""

    WAITING = "waiting", _("Waits for a second person")
    DONE = "done", _("Done")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class Undo(models.Model):
    """A match that was taken back with its money; one whose money was spent waits for a second person."""

    transfer = models.ForeignKey(BankTransfer, on_delete=models.PROTECT, related_name="undos")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    deposit = models.ForeignKey(Transaction, on_delete=models.PROTECT, null=True, related_name="+")
    reversal = models.ForeignKey(Transaction, on_delete=models.PROTECT, null=True, related_name="+")
    cover = models.ForeignKey(
        Transaction,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        help_text="The adjustment by which the shop bears what was spent.",
    )
    shortfall_vnd = models.BigIntegerField(_("shortfall"), db_default=0, help_text="What was spent of it already.")
    status = models.CharField(_("state"), max_length=20, choices=UndoStatus)
    reason = models.TextField(_("reason"))
    asked_by = models.CharField(_("asked by"), max_length=100)
    asked_at = models.DateTimeField(_("asked at"), db_default=Now())
    confirmed_by = models.CharField(_("confirmed by"), max_length=100, blank=True)
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, blank=True)

    class Meta:
        verbose_name = _("match taken back")
        verbose_name_plural = _("matches taken back")
        constraints = [
            models.UniqueConstraint(
                fields=["transfer"], condition=Q(status=UndoStatus.WAITING), name="undo_one_waiting"
            ),
            models.CheckConstraint(condition=Q(shortfall_vnd__gte=0), name="undo_shortfall_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.transfer_id}: {self.status}"


class AdjustmentKind(models.TextChoices):
    """What an adjustment of a credited transfer did. The values are the old server's."""

    DEBIT_ONLY = "debit_only", _("Taken back")
    TRANSFER_TO_CORRECT = "transfer_to_correct", _("Given to the right customer")
    AMOUNT_CORRECTION = "amount_correction", _("Amount corrected")


class TransferAdjustment(models.Model):
    """The correction of a credited transfer's money, once for each transfer."""

    transfer = models.OneToOneField(BankTransfer, on_delete=models.PROTECT, related_name="adjustment")
    kind = models.CharField(_("kind"), max_length=30, choices=AdjustmentKind)
    amount_vnd = models.BigIntegerField(_("amount"))
    wrong_customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    right_customer = models.ForeignKey(Customer, on_delete=models.PROTECT, null=True, related_name="+")
    debit = models.OneToOneField(Transaction, on_delete=models.PROTECT, related_name="+")
    credit = models.OneToOneField(Transaction, on_delete=models.PROTECT, null=True, related_name="+")
    reason = models.TextField(_("reason"))
    actor = models.CharField(_("by"), max_length=100)
    at = models.DateTimeField(_("at"), db_default=Now())

    class Meta:
        verbose_name = _("adjustment of a transfer")
        verbose_name_plural = _("adjustments of transfers")
        constraints = [
            models.CheckConstraint(condition=Q(amount_vnd__gt=0), name="transfer_adjustment_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.transfer_id} {self.kind} {self.amount_vnd:,} ₫"
