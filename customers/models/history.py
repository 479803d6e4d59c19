"""What happened to a customer, what staff note, and when the customer was busy last."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from customers.models.people import Customer


class ActivityType(models.TextChoices):
    """What a line of a customer's history is about."""

    WALLET_DEPOSIT = "WALLET_DEPOSIT", _("Deposit")
    WALLET_WITHDRAW = "WALLET_WITHDRAW", _("Withdrawal")
    WALLET_VIRTUAL_CREDIT = "WALLET_VIRTUAL_CREDIT", _("Virtual credit")
    WALLET_ADJUSTMENT = "WALLET_ADJUSTMENT", _("Adjustment")
    WALLET_REVERSAL = "WALLET_REVERSAL", _("Taken back")
    TICKET_CREATED = "TICKET_CREATED", _("Ticket opened")
    TICKET_UPDATED = "TICKET_UPDATED", _("Ticket changed")
    TICKET_COMPLETED = "TICKET_COMPLETED", _("Ticket completed")
    TICKET_DELETED = "TICKET_DELETED", _("Ticket deleted")
    TICKET_OVERDUE = "TICKET_OVERDUE", _("Ticket overdue")
    ORDER_CREATED = "ORDER_CREATED", _("Order placed")
    ORDER_DELIVERED = "ORDER_DELIVERED", _("Order delivered")
    ORDER_RETURNED = "ORDER_RETURNED", _("Order returned")
    MESSAGE_SENT = "MESSAGE_SENT", _("Message sent")
    MESSAGE_RECEIVED = "MESSAGE_RECEIVED", _("Message received")
    PROFILE_UPDATED = "PROFILE_UPDATED", _("Profile changed")
    TAG_ADDED = "TAG_ADDED", _("Tag added")
    NOTE_ADDED = "NOTE_ADDED", _("Note added")
    CUSTOMER_CREATED = "CUSTOMER_CREATED", _("Customer added")


class Activity(models.Model):
    """One line of a customer's history, written with the change it tells of."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="activities", db_index=False)
    type = models.CharField(_("type"), max_length=30, choices=ActivityType)
    title = models.CharField(_("title"), max_length=255)
    description = models.TextField(_("description"), blank=True, db_default="")
    reference_type = models.CharField(max_length=30, blank=True, db_default="")
    reference_id = models.CharField(max_length=100, blank=True, db_default="")
    metadata = models.JSONField(default=dict, db_default={})
    icon = models.CharField(max_length=30, blank=True, db_default="")
    color = models.CharField(max_length=20, blank=True, db_default="")
    actor = models.CharField(_("by"), max_length=100, db_default="system")
    created_at = models.DateTimeField(_("at"), db_default=Now())

    class Meta:
        verbose_name = _("activity")
        verbose_name_plural = _("activities")
        constraints = [
            models.CheckConstraint(condition=Q(type__in=ActivityType.values), name="activity_type_known"),
        ]
        indexes = [
            models.Index(fields=["customer", "-id"], name="activity_newest_of_customer"),
            models.Index(fields=["-created_at", "-id"], name="activity_newest"),
        ]

    def __str__(self) -> str:
        return self.title


class NoteCategory(models.TextChoices):
    """What a note is for."""

    GENERAL = "general", _("General")
    WARNING = "warning", _("Warning")
    IMPORTANT = "important", _("Important")
    FOLLOW_UP = "follow_up", _("Follow up")


class Note(models.Model):
    """What staff want each other to know about a customer."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="notes", db_index=False)
    content = models.TextField(_("note"))
    category = models.CharField(
        _("category"),
        max_length=20,
        choices=NoteCategory,
        default=NoteCategory.GENERAL,
        db_default=NoteCategory.GENERAL,
    )
    pinned = models.BooleanField(_("pinned"), default=False, db_default=False)
    actor = models.CharField(_("by"), max_length=150)
    created_at = models.DateTimeField(_("at"), db_default=Now())

    class Meta:
        verbose_name = _("note")
        verbose_name_plural = _("notes")
        constraints = [
            models.CheckConstraint(condition=Q(category__in=NoteCategory.values), name="note_category_known"),
            models.CheckConstraint(condition=~Q(content=""), name="note_not_empty"),
        ]
        indexes = [models.Index(fields=["customer", "-pinned", "-id"], name="note_of_customer")]

    def __str__(self) -> str:
        return self.content[:80]


class Recency(models.Model):
    """When a customer was busy last, as the line of history that says so. Kept by a trigger, see `sql/recency.sql`."""

    customer = models.OneToOneField(Customer, on_delete=models.CASCADE, primary_key=True, related_name="+")
    activity_id = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["-activity_id"], name="recency_newest")]

    def __str__(self) -> str:
        return str(self.activity_id)
