"""A ticket: what went wrong with an order, and how far it is on the way to being put right."""

from typing import Self

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Now, Upper
from django.utils.translation import gettext_lazy as _

from customers.models import Customer


class TicketType(models.TextChoices):
    """What happened. The values are the codes of the shop's existing pages."""

    BOOM = "BOOM", _("Parcel refused")
    FIX_COD = "FIX_COD", _("COD lowered")
    RETURN_CLIENT = "RETURN_CLIENT", _("Customer sends goods back")
    RETURN_SHIPPER = "RETURN_SHIPPER", _("Carrier collects goods")
    COMPLAINT = "COMPLAINT", _("Complaint")
    WARRANTY = "WARRANTY", _("Warranty")
    OTHER = "OTHER", _("Other matter")


RETURN_TYPES = [TicketType.RETURN_CLIENT.value, TicketType.RETURN_SHIPPER.value]
"""Goods come back and the customer is owed their value: one such ticket for an order."""


class TicketStatus(models.TextChoices):
    """Where a ticket is. See `tickets.workflow` for the ways between."""

    PENDING = "PENDING", _("New")
    IN_PROGRESS = "IN_PROGRESS", _("In progress")
    PENDING_GOODS = "PENDING_GOODS", _("Waiting for goods")
    PENDING_FINANCE = "PENDING_FINANCE", _("Waiting for settlement")
    COMPLETED = "COMPLETED", _("Completed")
    CANCELLED = "CANCELLED", _("Cancelled")


CLOSED = [TicketStatus.COMPLETED.value, TicketStatus.CANCELLED.value]
"""Nothing leads out of these."""


class Priority(models.TextChoices):
    """How soon somebody should look."""

    LOW = "low", _("Low")
    NORMAL = "normal", _("Normal")
    HIGH = "high", _("High")
    URGENT = "urgent", _("Urgent")


class FixCodReason(models.TextChoices):
    """Why the COD of a parcel is lowered."""

    WRONG_SHIP = "WRONG_SHIP", _("Shipping fee was wrong")
    CUSTOMER_DEBT = "CUSTOMER_DEBT", _("Set against what the customer has")
    DISCOUNT = "DISCOUNT", _("Discount")
    REJECT_PARTIAL = "REJECT_PARTIAL", _("Customer took a part")
    RETURN_OLD_ORDER = "RETURN_OLD_ORDER", _("Goods of an earlier order come back")


class Waiting(models.TextChoices):
    """Whose move it is."""

    CARRIER = "carrier", _("Carrier")
    CUSTOMER = "customer", _("Customer")
    SHOP = "shop", _("Shop")
    NOBODY = "nobody", _("Nobody")


class NeverAtLast(models.Func):
    """A moment, or one after all others where there is none: nulls have no place in a cursor."""

    template = "(coalesce(%(expressions)s, 'infinity'::timestamptz))"
    output_field = models.DateTimeField()


RANK = Case(When(platinum=True, then=Value(0)), default=Value(4)) + Case(
    *(When(priority=priority, then=Value(place)) for place, priority in enumerate(["urgent", "high", "normal"])),
    default=Value(3),
)
"""Who is served first: PLATINUM, and then what is urgent. 0 to 7."""


class TicketQuerySet(models.QuerySet["Ticket"]):
    """Narrowing in the shop's words."""

    def kept(self) -> Self:
        """Narrow to tickets that were not deleted."""
        return self.filter(deleted_at=None)

    def open(self) -> Self:
        """Narrow to kept tickets that are not over."""
        return self.kept().exclude(status__in=CLOSED)


class Ticket(models.Model):
    """What went wrong with an order. Its money is in `Compensation` and `WriteOff`."""

    code = models.CharField(_("code"), max_length=20, help_text="TV-2026-00001; never given twice.")
    firebase_id = models.CharField(max_length=100, null=True, blank=True, help_text="Of imported tickets.")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="tickets", db_index=False)
    customer_name = models.CharField(_("name given"), max_length=255, blank=True, db_default="")
    order_id = models.CharField(_("order"), max_length=80, blank=True, db_default="")
    tpos_order_id = models.BigIntegerField(null=True, blank=True)
    tracking_code = models.CharField(_("tracking code"), max_length=100, blank=True, db_default="")
    carrier = models.CharField(_("carrier"), max_length=50, blank=True, db_default="")
    type = models.CharField(_("type"), max_length=30, choices=TicketType)
    status = models.CharField(_("status"), max_length=30, choices=TicketStatus, db_default=TicketStatus.PENDING)
    priority = models.CharField(_("priority"), max_length=20, choices=Priority, db_default=Priority.NORMAL)
    subject = models.CharField(_("subject"), max_length=255, blank=True, db_default="")
    description = models.TextField(_("description"), blank=True, db_default="")
    products = models.JSONField(_("products"), default=list, db_default=[], blank=True)
    original_cod_vnd = models.BigIntegerField(_("original COD"), null=True, blank=True)
    new_cod_vnd = models.BigIntegerField(_("new COD"), null=True, blank=True)
    refund_vnd = models.BigIntegerField(_("amount"), null=True, blank=True, help_text="What the ticket is about.")
    fix_cod_reason = models.CharField(_("reason"), max_length=30, choices=FixCodReason, blank=True, db_default="")
    waits_for = models.CharField(_("waits for"), max_length=20, choices=Waiting, db_default=Waiting.SHOP)
    waiting_since = models.DateTimeField(_("waits since"), db_default=Now())
    carrier_deadline_at = models.DateTimeField(_("carrier's deadline"), null=True, blank=True)
    received_at = models.DateTimeField(_("goods received at"), null=True, blank=True)
    settled_at = models.DateTimeField(_("settled with the carrier at"), null=True, blank=True)
    completed_at = models.DateTimeField(_("completed at"), null=True, blank=True)
    overdue_told_at = models.DateTimeField(null=True, editable=False)
    assigned_to = models.CharField(_("assigned to"), max_length=150, blank=True, db_default="")
    internal_note = models.TextField(_("internal note"), blank=True, db_default="")
    attachments = models.JSONField(_("attachments"), default=list, db_default=[], blank=True)
    history = models.JSONField(_("history"), default=list, db_default=[], help_text="Appended under the row's lock.")
    refund_order_id = models.BigIntegerField(null=True, blank=True, help_text="The refund in TPOS.")
    refund_number = models.CharField(_("refund number"), max_length=50, blank=True, db_default="")
    actor = models.CharField(_("by"), max_length=150)
    key = models.CharField(max_length=100, null=True, editable=False, help_text="Idempotency key.")
    key_said = models.CharField(max_length=32, null=True, editable=False, help_text="What was asked with the key.")
    created_at = models.DateTimeField(_("at"), db_default=Now())
    updated_at = models.DateTimeField(_("changed at"), db_default=Now())
    deleted_at = models.DateTimeField(_("deleted at"), null=True, blank=True)
    deleted_by = models.CharField(_("deleted by"), max_length=150, blank=True, db_default="")
    platinum = models.BooleanField(db_default=False, editable=False, help_text="A mark: see `tickets/sql/queue.sql`.")
    queue_rank = models.GeneratedField(
        expression=RANK, output_field=models.SmallIntegerField(), db_persist=True, editable=False
    )

    objects = TicketQuerySet.as_manager()

    class Meta:
        verbose_name = _("ticket")
        verbose_name_plural = _("tickets")
        constraints = [
            # Not `unique=True`: that keeps a second index for LIKE, and most tickets have neither of the last two.
            models.UniqueConstraint(fields=["code"], name="ticket_code_once"),
            models.UniqueConstraint(
                fields=["firebase_id"], condition=Q(firebase_id__isnull=False), name="ticket_firebase_id_once"
            ),
            models.UniqueConstraint(fields=["key"], condition=Q(key__isnull=False), name="ticket_key_once"),
            models.UniqueConstraint(
                fields=["order_id"],
                condition=Q(type__in=RETURN_TYPES, deleted_at=None) & ~Q(status="CANCELLED") & ~Q(order_id=""),
                name="ticket_order_returned_once",
            ),
            models.CheckConstraint(condition=Q(type__in=TicketType.values), name="ticket_type_known"),
            models.CheckConstraint(condition=Q(status__in=TicketStatus.values), name="ticket_status_known"),
            models.CheckConstraint(condition=Q(priority__in=Priority.values), name="ticket_priority_known"),
            models.CheckConstraint(condition=Q(waits_for__in=Waiting.values), name="ticket_waiting_known"),
            models.CheckConstraint(
                condition=Q(fix_cod_reason__in=["", *FixCodReason.values]), name="ticket_fix_cod_reason_known"
            ),
            models.CheckConstraint(
                condition=(Q(original_cod_vnd=None) | Q(original_cod_vnd__gte=0))
                & (Q(new_cod_vnd=None) | Q(new_cod_vnd__gte=0))
                & (Q(refund_vnd=None) | Q(refund_vnd__gte=0)),
                name="ticket_amounts_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(status="COMPLETED", completed_at__isnull=False)
                | (~Q(status="COMPLETED") & Q(completed_at=None)),
                name="ticket_completed_says_when",
            ),
            models.CheckConstraint(
                condition=Q(deleted_at=None, deleted_by="") | (Q(deleted_at__isnull=False) & ~Q(deleted_by="")),
                name="ticket_deleted_says_by_whom",
            ),
        ]
        indexes = [
            models.Index(fields=["-id"], condition=Q(deleted_at=None), name="ticket_newest"),
            models.Index(fields=["customer", "-id"], name="ticket_newest_of_customer"),
            models.Index(fields=["status", "type", "-id"], condition=Q(deleted_at=None), name="ticket_newest_of_both"),
            models.Index(fields=["status", "-id"], condition=Q(deleted_at=None), name="ticket_newest_of_status"),
            models.Index(fields=["type", "-id"], condition=Q(deleted_at=None), name="ticket_newest_of_type"),
            models.Index(fields=["priority", "-id"], condition=Q(deleted_at=None), name="ticket_newest_of_priority"),
            models.Index(
                fields=["assigned_to", "-id"],
                condition=Q(deleted_at=None) & ~Q(assigned_to=""),
                name="ticket_newest_of_assignee",
            ),
            models.Index(
                fields=["assigned_to", "status", "-id"],
                condition=Q(deleted_at=None) & ~Q(assigned_to=""),
                name="ticket_newest_of_assignee_in",
            ),
            models.Index(fields=["order_id"], condition=~Q(order_id=""), name="ticket_of_order"),
            models.Index(Upper("order_id"), condition=~Q(order_id=""), name="ticket_of_order_in_capitals"),
            models.Index(fields=["tracking_code"], condition=~Q(tracking_code=""), name="ticket_of_parcel"),
            models.Index(fields=["-created_at", "-id"], condition=Q(deleted_at=None), name="ticket_newest_by_time"),
            models.Index(
                fields=["completed_at"],
                condition=Q(deleted_at=None, status="COMPLETED"),
                name="ticket_completed_lately",
            ),
            models.Index(
                fields=["carrier_deadline_at"],
                condition=Q(deleted_at=None, carrier_deadline_at__isnull=False) & ~Q(status__in=CLOSED),
                name="ticket_due_at_carrier",
            ),
            models.Index(
                F("queue_rank"),
                NeverAtLast("carrier_deadline_at"),
                F("id"),
                F("status"),
                F("type"),
                condition=Q(deleted_at=None) & ~Q(status__in=CLOSED),
                name="ticket_in_queue",
            ),
            GinIndex(
                OpClass(Upper("order_id"), name="gin_trgm_ops"),
                fastupdate=True,
                gin_pending_list_limit=512,
                name="ticket_order_part",
            ),
        ]

    def __str__(self) -> str:
        return self.code
