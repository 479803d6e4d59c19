"""What tells whose a transfer is: codes printed on QRs, and the accounts that staff confirmed to be somebody's."""

# ruff: noqa: D102 -- a column's docstring is its description

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from banking.models import KnownPayer, QrCode
from banking.operations import map_qr_code
from customers.models import Customer
from n2store.screens import ReadOnlyScreen, Screen, customer_cell


@admin.register(QrCode)
class QrCodeAdmin(Screen):
    """Codes printed on payment QRs. One that is out in the world is never changed or taken away."""

    list_display = ["code", "owner", "created_at"]
    list_select_related = ["customer"]
    ordering = ["-id"]
    sortable_by: ClassVar[list[str]] = []
    search_fields = ["code"]
    search_help_text = _("Code or phone")
    autocomplete_fields = ["customer"]
    fields = ["code", "customer"]
    actions = None

    def has_change_permission(self, request: HttpRequest, obj: QrCode | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: QrCode | None = None) -> bool:
        return False

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[QrCode], search_term: str
    ) -> tuple[QuerySet[QrCode], bool]:
        text = search_term.strip()
        wanted = Q(code__startswith=text.upper()) | Q(customer__phone__startswith=text)
        return (queryset.filter(wanted) if text else queryset), False

    def get_form(self, request: HttpRequest, obj: QrCode | None = None, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, labels={"customer": capfirst(_("customer"))}, **kwargs)
        form.clean_code = _clean_code
        return form

    def save_model(self, request: HttpRequest, obj: QrCode, form: Any, change: bool) -> None:
        obj.pk = map_qr_code(code=obj.code, customer=obj.customer).pk

    @admin.display(description=_("customer"))
    def owner(self, row: QrCode) -> SafeString:
        return customer_cell(row.customer)


def _clean_code(form: Any) -> str:
    return str(form.cleaned_data["code"]).strip().upper()


@admin.register(KnownPayer)
class KnownPayerAdmin(ReadOnlyScreen):
    """Accounts that a person confirmed to be a customer's: evidence when the next transfer comes from there."""

    list_display = ["account", "name", "owner", "times", "confirmed_by", "confirmed_at"]
    list_display_links = ["account"]
    list_select_related = ["customer"]
    ordering = ["-confirmed_at", "-id"]
    sortable_by: ClassVar[list[str]] = []
    search_fields = ["account"]
    search_help_text = _("Account, phone or name")
    fields = ["account", "name", "owner", "times", "confirmed_by", "confirmed_at"]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[KnownPayer], search_term: str
    ) -> tuple[QuerySet[KnownPayer], bool]:
        text = search_term.strip()
        wanted = Q(account__startswith=text) | Q(customer__in=Customer.objects.matching(text))
        return (queryset.filter(wanted) if text else queryset), False

    @admin.display(description=_("customer"))
    def owner(self, row: KnownPayer) -> SafeString:
        return customer_cell(row.customer)
