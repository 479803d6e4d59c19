"""Return orders: documents of goods that come back, as TPOS or a spreadsheet lists them."""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from customers.models import Folded


class ReturnStatus(models.TextChoices):
    """How far a return order is. The values are the words of TPOS and of the existing pages."""

    DRAFT = "Nháp", _("Draft")
    CONFIRMED = "Đã xác nhận", _("Confirmed")
    CANCELLED = "Đã hủy", _("Cancelled")


class ReturnSource(models.TextChoices):
    """Where a return order was read."""

    TPOS = "TPOS", "TPOS"
    EXCEL = "Excel", "Excel"
    MANUAL = "Manual", _("By hand")


class ReturnOrder(models.Model):
    """One document of goods that come back, known by its invoice number."""

    customer_name = models.CharField(_("customer"), max_length=255)
    phone = models.CharField(_("phone"), max_length=20, blank=True, db_default="", help_text="Canonical if it is one.")
    invoice_number = models.CharField(_("invoice"), max_length=100, unique=True)
    reference = models.CharField(_("reference"), max_length=255, blank=True, db_default="")
    invoiced_at = models.DateTimeField(_("invoice date"), null=True, blank=True)
    total_vnd = models.BigIntegerField(_("total"), db_default=0)
    debt_vnd = models.BigIntegerField(_("remaining debt"), db_default=0)
    status = models.CharField(_("status"), max_length=20, choices=ReturnStatus, db_default=ReturnStatus.DRAFT)
    reason = models.TextField(_("reason"), blank=True, db_default="")
    returned = models.BooleanField(_("goods are back"), default=False, db_default=False)
    tpos_id = models.CharField(_("TPOS id"), max_length=100, blank=True, db_default="")
    tpos_data = models.JSONField(_("TPOS record"), null=True, blank=True)
    source = models.CharField(_("source"), max_length=20, choices=ReturnSource, db_default=ReturnSource.MANUAL)
    actor = models.CharField(_("by"), max_length=150)
    created_at = models.DateTimeField(_("at"), db_default=Now())
    updated_at = models.DateTimeField(_("changed at"), db_default=Now())
    folded = models.GeneratedField(
        expression=Folded(F("customer_name")), output_field=models.TextField(), db_persist=True, editable=False
    )

    class Meta:
        verbose_name = _("return order")
        verbose_name_plural = _("return orders")
        constraints = [
            models.CheckConstraint(condition=Q(status__in=ReturnStatus.values), name="return_order_status_known"),
            models.CheckConstraint(condition=Q(source__in=ReturnSource.values), name="return_order_source_known"),
            models.CheckConstraint(condition=Q(total_vnd__gte=0, debt_vnd__gte=0), name="return_order_not_negative"),
            models.CheckConstraint(condition=~Q(invoice_number="") & ~Q(customer_name=""), name="return_order_named"),
        ]
        indexes = [
            models.Index(fields=["-invoiced_at", "-id"], name="return_order_newest"),
            models.Index(fields=["status", "-id"], name="return_order_of_status"),
            models.Index(fields=["phone"], name="return_order_of_phone"),
            GinIndex(OpClass("folded", name="gin_trgm_ops"), fastupdate=False, name="return_order_folded"),
        ]

    def __str__(self) -> str:
        return self.invoice_number
