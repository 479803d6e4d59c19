"""The money of a ticket: what each type earns, what was given, what was given up."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from tickets.models.ticket import Ticket, TicketType
from wallets.models import Transaction, VirtualCredit


class CompensationKind(models.TextChoices):
    """How a customer is compensated. The values are words of the wire."""

    NONE = "none", _("Nothing")
    CREDIT = "virtual_credit", _("Virtual credit")
    DEPOSIT = "deposit", _("Real money")


class Party(models.TextChoices):
    """Whom the shop settles with."""

    CUSTOMER = "customer", _("Customer")
    CARRIER = "carrier", _("Carrier")


class Direction(models.TextChoices):
    """Which way money is owed, seen from the shop. The values are words of the wire."""

    OWED_TO = "owed_to", _("We owe")
    OWED_BY = "owed_by", _("Owes us")


class ClaimKind(models.TextChoices):
    """Why somebody owes the shop money, where no other field of the ticket says it."""

    DEARER = "dearer", _("Exchanged for something dearer")
    SPOILED = "spoiled", _("Came back spoiled or not complete")
    LOST = "lost", _("Lost or broken by the carrier")
    COD = "cod", _("COD collected and not handed over")


DEBTOR = {
    ClaimKind.DEARER: Party.CUSTOMER,
    ClaimKind.SPOILED: Party.CUSTOMER,
    ClaimKind.LOST: Party.CARRIER,
    ClaimKind.COD: Party.CARRIER,
}
"""Who owes it."""


class Policy(models.Model):
    """What tickets of a type earn, and how long they may take."""

    type = models.CharField(_("type"), max_length=30, choices=TicketType, primary_key=True)
    compensation = models.CharField(_("compensation"), max_length=20, choices=CompensationKind)
    automatic = models.BooleanField(
        _("automatic"), help_text=_("Given when the ticket is completed; otherwise only when somebody resolves it.")
    )
    credit_days = models.IntegerField(_("days of credit"), default=15)
    claim_days = models.IntegerField(_("days to claim from the carrier"), default=10)
    overdue_days = models.IntegerField(_("days until overdue"), null=True, blank=True)

    class Meta:
        verbose_name = _("ticket policy")
        verbose_name_plural = _("ticket policies")
        constraints = [
            models.CheckConstraint(condition=Q(type__in=TicketType.values), name="policy_type_known"),
            models.CheckConstraint(
                condition=Q(compensation__in=CompensationKind.values), name="policy_compensation_known"
            ),
            models.CheckConstraint(
                condition=Q(credit_days__range=(1, 365), claim_days__range=(1, 365))
                & (Q(overdue_days=None) | Q(overdue_days__range=(1, 365))),
                name="policy_days_in_range",
            ),
        ]

    def __str__(self) -> str:
        return self.type


class Compensation(models.Model):
    """What a customer was given for a ticket: once, whichever door was used. Taken back when the ticket is deleted."""

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="compensations", verbose_name=_("ticket"))
    kind = models.CharField(_("kind"), max_length=20, choices=CompensationKind)
    amount_vnd = models.BigIntegerField(_("amount"))
    credit = models.OneToOneField(VirtualCredit, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    transaction = models.OneToOneField(Transaction, on_delete=models.PROTECT, related_name="+")
    automatic = models.BooleanField(_("by policy"), db_default=False)
    in_advance = models.BooleanField(
        _("in advance"), default=False, db_default=False, help_text=_("Given before the goods were here.")
    )
    actor = models.CharField(_("by"), max_length=150)
    created_at = models.DateTimeField(_("at"), db_default=Now())
    revoked_at = models.DateTimeField(_("taken back at"), null=True, blank=True)

    class Meta:
        verbose_name = _("compensation")
        verbose_name_plural = _("compensations")
        constraints = [
            models.UniqueConstraint(
                fields=["ticket"], condition=Q(revoked_at=None), name="compensation_once_for_a_ticket"
            ),
            models.CheckConstraint(
                condition=Q(kind=CompensationKind.CREDIT, credit__isnull=False)
                | Q(kind=CompensationKind.DEPOSIT, credit=None),
                name="compensation_kind_known",
            ),
            models.CheckConstraint(condition=Q(amount_vnd__gt=0), name="compensation_amount_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount_vnd:,} ₫"


class WriteOff(models.Model):
    """Money of a ticket that stays unsettled because a named person said so."""

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="write_offs", verbose_name=_("ticket"))
    party = models.CharField(_("with"), max_length=20, choices=Party)
    direction = models.CharField(
        _("direction"), max_length=10, choices=Direction, default=Direction.OWED_TO, db_default=Direction.OWED_TO
    )
    amount_vnd = models.BigIntegerField(_("amount"))
    reason = models.TextField(_("reason"))
    actor = models.CharField(_("by"), max_length=150)
    created_at = models.DateTimeField(_("at"), db_default=Now())

    class Meta:
        verbose_name = _("write-off")
        verbose_name_plural = _("write-offs")
        constraints = [
            models.UniqueConstraint(fields=["ticket", "party", "direction"], name="write_off_once_for_a_party"),
            models.CheckConstraint(condition=Q(party__in=Party.values), name="write_off_party_known"),
            models.CheckConstraint(condition=Q(direction__in=Direction.values), name="write_off_direction_known"),
            models.CheckConstraint(condition=Q(amount_vnd__gt=0), name="write_off_amount_positive"),
            models.CheckConstraint(condition=~Q(reason=""), name="write_off_says_why"),
        ]

    def __str__(self) -> str:
        return f"{self.party} {self.amount_vnd:,} ₫"


class Claim(models.Model):
    """What somebody owes the shop on a ticket, as a person said it; one row for each reason."""

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="claims", verbose_name=_("ticket"))
    kind = models.CharField(_("why"), max_length=20, choices=ClaimKind)
    amount_vnd = models.BigIntegerField(_("amount"))
    received_vnd = models.BigIntegerField(_("received"), db_default=0)
    note = models.TextField(_("note"), blank=True, db_default="")
    actor = models.CharField(_("by"), max_length=150)
    created_at = models.DateTimeField(_("at"), db_default=Now())
    updated_at = models.DateTimeField(_("changed at"), db_default=Now())

    class Meta:
        verbose_name = _("claim")
        verbose_name_plural = _("claims")
        constraints = [
            models.UniqueConstraint(fields=["ticket", "kind"], name="claim_once_for_a_reason"),
            models.CheckConstraint(condition=Q(kind__in=ClaimKind.values), name="claim_kind_known"),
            models.CheckConstraint(
                condition=Q(amount_vnd__gt=0, received_vnd__gte=0) & Q(received_vnd__lte=F("amount_vnd")),
                name="claim_received_within_amount",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount_vnd:,} ₫"


class Owed(models.Model):
    """A line of a ticket's money as the database counts it, for lists; `tickets.money.lines` says the same of one."""

    key = models.TextField(primary_key=True)
    ticket = models.ForeignKey(Ticket, on_delete=models.DO_NOTHING, related_name="+")
    customer = models.ForeignKey("customers.Customer", on_delete=models.DO_NOTHING, related_name="+")
    party = models.CharField(max_length=20, choices=Party)
    direction = models.CharField(max_length=10, choices=Direction)
    amount_vnd = models.BigIntegerField()
    given_vnd = models.BigIntegerField()
    written_off_vnd = models.BigIntegerField()
    open_vnd = models.BigIntegerField()

    class Meta:
        managed = False
        db_table = "tickets_owed"

    def __str__(self) -> str:
        return f"{self.direction} {self.party} {self.open_vnd:,} ₫"
