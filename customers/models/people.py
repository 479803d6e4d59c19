"""Customers. A customer is found by phone; rows hold canonical phones only."""

from typing import Self

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Cast, Now, Reverse
from django.utils.translation import gettext_lazy as _

from customers.phones import PHONE_LENGTH


class Status(models.TextChoices):
    """How staff see the customer. The values are the words of the shop's existing pages."""

    NORMAL = "Bình thường", _("Normal")
    REFUSES_PARCELS = "Bom hàng", _("Refuses parcels")
    WARNING = "Cảnh báo", _("Warning")
    DANGEROUS = "Nguy hiểm", _("Dangerous")
    VIP = "VIP", _("VIP")


class Tier(models.TextChoices):
    """What the history says. `normal` and `danger` are readable for rows of the old system."""

    PLATINUM = "platinum", _("Platinum")
    GOLD = "gold", _("Gold")
    SILVER = "silver", _("Silver")
    NEW = "new", _("New")
    BLACKLIST = "blacklist", _("Blacklist")
    NORMAL = "normal", _("Normal")
    DANGER = "danger", _("Danger")


class Origin(models.TextChoices):
    """Who said what stands in a field. What a person typed is overwritten by persons only."""

    PERSON = "person", _("Staff")
    TPOS = "tpos", "TPOS"
    IMPORT = "import", _("Import")


class Folded(Func):
    """Text without case and diacritics, `đ` as `d`: what a search compares. Installed by the first migration."""

    function = "customers_fold"
    output_field = models.TextField()


def _letters_of(expression: models.F | Cast) -> OpClass:
    """Return an index expression that finds folded text by any three letters of it."""
    return OpClass(Folded(expression), name="gin_trgm_ops")


class CustomerQuerySet(models.QuerySet["Customer"]):
    """Narrowing in the shop's words."""

    def matching(self, text: str) -> Self:
        """Narrow to customers whose name holds `text`, with or without diacritics, or whose phone begins with it."""
        digits = "".join(c for c in text if c.isdigit())
        if digits and not any(c.isalpha() for c in text):
            return self.filter(phone__startswith=digits)
        return self.filter(folded__contains=Folded(models.Value(text)))


class Customer(models.Model):
    """A person, as the shop knows them."""

    phone = models.CharField(_("phone"), max_length=PHONE_LENGTH, unique=True)
    name = models.CharField(_("name"), max_length=255, db_default="Khách hàng mới")
    status = models.CharField(_("status"), max_length=50, choices=Status, db_default=Status.NORMAL)
    tier = models.CharField(_("tier"), max_length=20, choices=Tier, db_default=Tier.NEW)
    email = models.CharField(_("email"), max_length=255, blank=True, db_default="")
    address = models.TextField(_("address"), blank=True, db_default="")
    tags = models.JSONField(_("tags"), default=list, db_default=[], blank=True)
    aliases = models.JSONField(_("known as"), default=list, db_default=[], blank=True)
    internal_note = models.TextField(_("internal note"), blank=True, db_default="")
    tpos_id = models.CharField(_("TPOS id"), max_length=100, blank=True, db_default="")
    tpos_data = models.JSONField(_("TPOS record"), null=True, blank=True)
    tpos_checked_at = models.DateTimeField(_("compared with TPOS at"), null=True, blank=True)
    tpos_due_at = models.DateTimeField(db_default=Now(), editable=False, help_text="When to ask TPOS again.")
    field_sources = models.JSONField(
        default=dict, db_default={}, blank=True, help_text="Field -> source, by, at; see `customers.profile`."
    )
    debt_vnd = models.BigIntegerField(_("old debt"), db_default=0, help_text="Of the old pages; no part of the wallet.")
    active = models.BooleanField(_("active"), default=True, db_default=True)
    created_at = models.DateTimeField(_("since"), db_default=Now())
    updated_at = models.DateTimeField(_("changed at"), db_default=Now())
    folded = models.GeneratedField(
        expression=Folded(F("name")),
        output_field=models.TextField(db_collation="C"),  # One index for equality, beginnings and order.
        db_persist=True,
        editable=False,
    )

    objects = CustomerQuerySet.as_manager()

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        constraints = [
            models.CheckConstraint(condition=Q(phone__regex=r"^0[1-9][0-9]{8}$"), name="customer_phone_canonical"),
            models.CheckConstraint(condition=Q(status__in=Status.values), name="customer_status_known"),
            models.CheckConstraint(condition=Q(tier__in=Tier.values), name="customer_tier_known"),
        ]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="customer_newest"),
            models.Index(fields=["tier", "-created_at", "-id"], name="customer_newest_of_tier"),
            models.Index(fields=["status", "-created_at", "-id"], name="customer_newest_of_status"),
            models.Index(fields=["-created_at", "-id"], condition=Q(active=False), name="customer_newest_inactive"),
            models.Index(fields=["folded", "id"], name="customer_by_name"),
            # The last digits of a phone, as bank transfers name it.
            models.Index(OpClass(Reverse("phone"), name="text_pattern_ops"), name="customer_phone_backwards"),
            models.Index(fields=["tpos_id"], condition=~Q(tpos_id=""), name="customer_by_tpos_id"),
            models.Index(fields=["tpos_due_at", "id"], condition=Q(active=True), name="customer_due_at_tpos"),
            # Searched all day, changed seldom: no list of waiting entries that every search would read.
            GinIndex(OpClass("folded", name="gin_trgm_ops"), fastupdate=False, name="customer_folded"),
            GinIndex(OpClass("phone", name="gin_trgm_ops"), fastupdate=False, name="customer_phone_part"),
            GinIndex(
                _letters_of(Cast("aliases", models.TextField())), fastupdate=False, name="customer_aliases_folded"
            ),
            GinIndex(_letters_of(F("email")), fastupdate=False, name="customer_email_folded"),
            GinIndex(_letters_of(F("address")), fastupdate=False, name="customer_address_folded"),
        ]

    def __str__(self) -> str:
        return f"{self.name} · {self.phone}"
