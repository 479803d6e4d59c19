"""Orders as other systems tell of them, and what they add up to for each customer. See ADR 16."""

from datetime import UTC, datetime

from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce, Now
from django.utils.translation import gettext_lazy as _

from customers.models.people import Customer


class OrderSource(models.TextChoices):
    """Whose code it is. By which door an order came in makes no difference: TPOS's own events are TPOS."""

    TPOS = "tpos", "TPOS"
    IMPORT = "import", _("Import")
    API = "api", "API"


class OrderStatus(models.TextChoices):
    """How far an order has come."""

    OPEN = "open", _("Draft")
    CONFIRMED = "confirmed", _("Confirmed")
    DELIVERED = "delivered", _("Delivered")
    RETURNED = "returned", _("Returned")
    CANCELLED = "cancelled", _("Cancelled")


PURCHASED = (OrderStatus.CONFIRMED, OrderStatus.DELIVERED)
"""What counts for recency, frequency and money. What came back counts for the return rate only, a draft for nothing."""
END_OF = {
    OrderStatus.DELIVERED: "delivered_at",
    OrderStatus.RETURNED: "returned_at",
    OrderStatus.CANCELLED: "cancelled_at",
}
"""The moment that belongs to a status: one cannot be without the other."""


class Order(models.Model):
    """One order of one source, as it last was. An older word of the source never overwrites a newer one."""

    source = models.CharField(_("source"), max_length=20, choices=OrderSource)
    external_code = models.CharField(_("order"), max_length=80)
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="orders", db_index=False, verbose_name=_("customer")
    )
    total_vnd = models.BigIntegerField(_("total"))
    status = models.CharField(_("state"), max_length=20, choices=OrderStatus)
    status_text = models.CharField(_("state as told"), max_length=100, blank=True, db_default="")
    ordered_at = models.DateTimeField(_("ordered at"))
    delivered_at = models.DateTimeField(_("delivered at"), null=True, blank=True)
    returned_at = models.DateTimeField(_("returned at"), null=True, blank=True)
    cancelled_at = models.DateTimeField(_("cancelled at"), null=True, blank=True)
    raw = models.JSONField(_("as told"), default=dict, db_default={}, blank=True)
    told_at = models.DateTimeField(_("version"), help_text="Until when the source's word is true; the newest counts.")
    created_at = models.DateTimeField(_("taken at"), db_default=Now())
    updated_at = models.DateTimeField(_("changed at"), db_default=Now())

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        constraints = [
            models.UniqueConstraint(fields=["source", "external_code"], name="order_code_once"),
            models.CheckConstraint(condition=Q(source__in=OrderSource.values), name="order_source_known"),
            models.CheckConstraint(condition=Q(status__in=OrderStatus.values), name="order_status_known"),
            models.CheckConstraint(condition=Q(total_vnd__gte=0), name="order_total_not_negative"),
            models.CheckConstraint(condition=~Q(external_code=""), name="order_code_not_empty"),
            *(
                models.CheckConstraint(
                    condition=~Q(status=status) | Q(**{f"{moment}__isnull": False}), name=f"order_{status}_has_moment"
                )
                for status, moment in END_OF.items()
            ),
        ]
        indexes = [
            models.Index(fields=["customer", "-ordered_at", "-id"], name="order_newest_of_customer"),
            models.Index(fields=["-ordered_at", "-id"], name="order_newest"),
            models.Index(  # Scores read no row for it.
                fields=["ordered_at"],
                include=["customer", "total_vnd"],
                condition=Q(status__in=PURCHASED),
                name="order_purchases",
            ),
            models.Index(fields=["returned_at"], condition=Q(returned_at__isnull=False), name="order_returned_at"),
        ]

    def __str__(self) -> str:
        return f"{self.external_code} · {self.total_vnd:,} ₫"


class OrderStats(models.Model):
    """What a customer's orders add up to. Kept by `customers_take_orders`, equal to a recount at any moment."""

    customer = models.OneToOneField(Customer, on_delete=models.CASCADE, primary_key=True, related_name="order_stats")
    total_orders = models.IntegerField(_("orders"), db_default=0, help_text="Without drafts and cancelled ones.")
    successful_orders = models.IntegerField(_("delivered"), db_default=0)
    returned_orders = models.IntegerField(_("returned"), db_default=0)
    cancelled_orders = models.IntegerField(_("cancelled"), db_default=0)
    total_spent_vnd = models.BigIntegerField(_("spent"), db_default=0, help_text="Without what came back.")
    return_rate_bp = models.IntegerField(_("return rate"), db_default=0, help_text="Of the orders, in 1/100 percent.")
    first_order_at = models.DateTimeField(_("first order"), null=True)
    last_order_at = models.DateTimeField(_("last order"), null=True)
    last_purchase_at = models.DateTimeField(_("last purchase"), null=True, help_text="That did not come back.")

    class Meta:
        verbose_name = _("order figures")
        verbose_name_plural = _("order figures")
        indexes = [
            models.Index(fields=["-total_orders", "-customer"], name="order_stats_by_orders"),
            models.Index(fields=["-total_spent_vnd", "-customer"], name="order_stats_by_spent"),
            models.Index(  # Who has no order comes last.
                Coalesce("last_order_at", models.Value(datetime(1970, 1, 1, tzinfo=UTC))).desc(),
                models.F("customer").desc(),
                name="order_stats_by_last",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.total_orders} · {self.total_spent_vnd:,} ₫"


class OrderFeed(models.Model):
    """How far a source's orders were read: the version and id of the last one. Where a new run goes on."""

    source = models.CharField(max_length=20, primary_key=True, choices=OrderSource)
    told_at = models.DateTimeField()
    last_id = models.BigIntegerField(db_default=0)
    updated_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"{self.source} {self.told_at:%Y-%m-%d %H:%M}"
