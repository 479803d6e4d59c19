"""What customers and the shop's pages said to each other, as the neighbours' frames told it."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from customers.models import Customer, Folded

ID_LENGTH_MAX = 64
"""Of a page and of a person on it, as Facebook and Instagram number them."""
KEY_LENGTH_MAX = 255


class Kind(models.TextChoices):
    """Where a conversation takes place, in Pancake's words."""

    INBOX = "INBOX", _("Chat")
    COMMENT = "COMMENT", _("Comments")
    LIVESTREAM = "LIVESTREAM", _("Live video")


class Linked(models.TextChoices):
    """By what a contact is joined with a customer."""

    NOT = "", _("not joined")
    PHONE = "phone", _("by a phone they wrote")
    HAND = "hand", _("by hand")
    APART = "apart", _("kept apart by hand")


class Contact(models.Model):
    """A person on one page. Its row is the lock of all that is heard from them."""

    page_id = models.CharField(_("page"), max_length=ID_LENGTH_MAX)
    psid = models.CharField(_("person on the page"), max_length=ID_LENGTH_MAX)
    name = models.CharField(_("name"), max_length=200, blank=True)
    customer = models.ForeignKey(
        Customer, models.SET_NULL, null=True, blank=True, related_name="contacts", verbose_name=_("customer")
    )
    linked_by = models.CharField(max_length=10, choices=Linked, blank=True, default=Linked.NOT, db_default="")
    phones = ArrayField(
        models.CharField(max_length=20), default=list, db_default=Value("{}"), help_text="What they wrote themselves."
    )
    page_wrote_at = models.DateTimeField(null=True, help_text="When the page last wrote, by the neighbour's clock.")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        constraints = [models.UniqueConstraint(fields=["psid", "page_id"], name="contact_once")]
        indexes = [
            models.Index(
                fields=["id"],
                condition=Q(customer=None) & ~Q(linked_by="apart") & ~Q(phones=[]),
                name="contact_may_be_linked",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} · {self.page_id}"


class Conversation(models.Model):
    """A thread of messages, or of comments below one comment."""

    page_id = models.CharField(_("page"), max_length=ID_LENGTH_MAX)
    thread = models.CharField(_("thread"), max_length=KEY_LENGTH_MAX, help_text="Pancake's id of the conversation.")
    kind = models.CharField(_("channel"), max_length=20, choices=Kind)
    contact = models.ForeignKey(Contact, models.CASCADE, null=True, related_name="conversations")
    post_id = models.CharField(max_length=KEY_LENGTH_MAX, blank=True)
    last_text = models.TextField(_("last words"), blank=True)
    last_from_page = models.BooleanField(default=False)
    last_at = models.DateTimeField(_("last message at"))
    unread = models.IntegerField(_("unread"), default=0)
    echo = models.CharField(max_length=32, blank=True, help_text="Digest of the update that was told last.")
    echo_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("conversation")
        verbose_name_plural = _("conversations")
        constraints = [
            models.UniqueConstraint(fields=["thread", "page_id"], name="conversation_once"),
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="conversation_kind_known"),
        ]
        indexes = [
            models.Index(fields=["-last_at", "-id"], name="conversation_newest"),
            models.Index(fields=["page_id", "-last_at", "-id"], name="conversation_newest_of_page"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.thread}"


class Message(models.Model):
    """One message or comment, once, whoever told of it and how often."""

    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="messages")
    page_id = models.CharField(max_length=ID_LENGTH_MAX)
    key = models.CharField(max_length=KEY_LENGTH_MAX, help_text="Its id there; a comment's without the post.")
    text = models.TextField(_("text"), blank=True, help_text="Without markup; entities as they came.")
    from_page = models.BooleanField()
    sender = models.CharField(_("from"), max_length=200, blank=True)
    attachments = models.JSONField(default=list, db_default=[])
    unread = models.IntegerField(default=0)
    at = models.DateTimeField(_("at"), help_text="By the neighbour's clock.")
    received_at = models.DateTimeField()
    counted = models.BooleanField(default=False, help_text="Somebody waited because of it.")
    seen = models.BooleanField(default=False, help_text="Off the old pages' list of news.")
    folded = models.GeneratedField(
        expression=Folded(F("text")),
        output_field=models.TextField(db_collation="C"),
        db_persist=True,
        editable=False,
    )

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        constraints = [models.UniqueConstraint(fields=["key", "page_id"], name="message_once")]
        indexes = [
            models.Index(fields=["conversation", "-at", "-id"], name="message_of_conversation"),
            models.Index(fields=["received_at"], name="message_received"),
            models.Index(fields=["-received_at", "-id"], condition=Q(seen=False, from_page=False), name="message_news"),
            GinIndex(OpClass("folded", name="gin_trgm_ops"), name="message_folded"),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.at:%Y-%m-%d %H:%M}"
