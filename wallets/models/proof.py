"""What makes a repeat known, and what makes the past provable: commands with their answers, sealed days."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from wallets.models.ledger import Wallet


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
