"""Customers nobody has answered. The table has the name and the columns that other systems know."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from realtime.models.chat import ID_LENGTH_MAX, Contact, Conversation

SNIPPET_LENGTH_MAX = 200


class Channel(models.TextChoices):
    """By which way a customer waits: comments below a live video are comments."""

    INBOX = "INBOX", _("Chat")
    COMMENT = "COMMENT", _("Comments")


class WaitingCustomer(models.Model):
    """One person on one page who waits for an answer."""

    psid = models.CharField(_("person on the page"), max_length=ID_LENGTH_MAX)
    page_id = models.CharField(_("page"), max_length=ID_LENGTH_MAX)
    customer_name = models.CharField(_("name"), max_length=200, null=True)
    last_message_snippet = models.TextField(_("last words"))
    last_message_time = models.DateTimeField(_("heard at"), help_text="When we last heard from them, by our clock.")
    message_count = models.IntegerField(_("messages"), default=1)
    type = models.CharField(_("channel"), max_length=20, choices=Channel)
    created_at = models.DateTimeField(db_default=Now())
    waiting_since = models.DateTimeField(_("waiting since"), help_text="The first unanswered message, by its own time.")
    last_message_at = models.DateTimeField(help_text="The last message, by its own time.")
    last_message_id = models.BigIntegerField(help_text="Our id of that message.")
    contact = models.OneToOneField(Contact, models.CASCADE, related_name="waiting")
    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="+")

    class Meta:
        db_table = "pending_customers"
        verbose_name = _("waiting customer")
        verbose_name_plural = _("inbox")
        constraints = [
            models.UniqueConstraint(fields=["psid", "page_id"], name="waiting_once"),
            models.CheckConstraint(condition=Q(type__in=Channel.values), name="waiting_type_known"),
            models.CheckConstraint(condition=Q(message_count__gt=0), name="waiting_count_positive"),
        ]
        indexes = [
            models.Index(fields=["-last_message_time", "-id"], name="waiting_newest"),
            models.Index(fields=["waiting_since", "id"], name="waiting_longest"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_name} · {self.page_id}"
