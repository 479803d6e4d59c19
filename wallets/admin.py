"""Wallets and their transactions, to read. Money moves through operations, never through a form."""

# ruff: noqa: D102 -- a column's docstring is its description

from typing import Any, ClassVar

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from n2store.screens import ReadOnlyScreen, amount, badge, below, customer_cell, link_to
from n2store.templatetags.money import moment, signed_vnd, vnd
from wallets.console.amounts import read_amount
from wallets.console.filters import PeriodFilter
from wallets.console.screens import PendingWithdrawalAdmin, VirtualCreditAdmin
from wallets.console.statement import lots_view, statement_file, statement_view
from wallets.console.statement_export import FORMATS, export
from wallets.console.views import deed_view, reverse_view
from wallets.ledger import InvalidAmount
from wallets.models import Transaction, Wallet
from wallets.receipts import receipts_of

__all__ = ["PendingWithdrawalAdmin", "TransactionAdmin", "VirtualCreditAdmin", "WalletAdmin"]


@admin.register(Wallet)
class WalletAdmin(ReadOnlyScreen):
    """One line for each customer: what the shop holds for them."""

    list_display = ["owner", "phone", "real", "virtual", "total", "deposited", "last_sequence"]
    list_display_links = None
    list_select_related = ["customer"]
    ordering = ["-id"]
    sortable_by: ClassVar[list[str]] = []
    search_fields = ["customer__phone"]
    search_help_text = _("Phone, or name with or without diacritics")
    fields = ["owner", "phone", "real", "virtual", "total", "deposited", "last_sequence", "created_at", "updated_at"]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Wallet], search_term: str
    ) -> tuple[QuerySet[Wallet], bool]:
        text = search_term.strip()
        return (queryset.filter(customer__in=Customer.objects.matching(text)) if text else queryset), False

    def get_urls(self) -> list[URLPattern]:
        guarded = self.admin_site.admin_view
        return [
            path("of/<int:customer_id>/statement/", guarded(statement_view), name="wallets_wallet_statement"),
            *(
                path(
                    f"of/<int:customer_id>/statement.{suffix}",
                    guarded(statement_file),
                    {"format": suffix},
                    name=f"wallets_wallet_statement_{suffix}",
                )
                for suffix in FORMATS
            ),
            path("of/<int:customer_id>/lots/", guarded(lots_view), name="wallets_wallet_lots"),
            path("of/<int:customer_id>/<slug:deed>/", guarded(deed_view), name="wallets_wallet_deed"),
            *super().get_urls(),
        ]

    @admin.display(description=_("customer"))
    def owner(self, row: Wallet) -> SafeString:
        return link_to(row.customer, row.customer.name)

    @admin.display(description=_("phone"))
    def phone(self, row: Wallet) -> str:
        return row.customer.phone

    @admin.display(description=_("real money"))
    def real(self, row: Wallet) -> str:
        return vnd(row.real_vnd)

    @admin.display(description=_("virtual credit"))
    def virtual(self, row: Wallet) -> str:
        return vnd(row.virtual_vnd)

    @admin.display(description=_("total"))
    def total(self, row: Wallet) -> str:
        return vnd(row.real_vnd + row.virtual_vnd)

    @admin.display(description=_("deposited in all"))
    def deposited(self, row: Wallet) -> str:
        return vnd(row.total_deposited_vnd)


@admin.register(Transaction)
class TransactionAdmin(ReadOnlyScreen):
    """The ledger."""

    list_display = ["at", "owner", "sequence", "kind", "signed_amount", "total_after", "note", "actor"]
    list_display_links = ["at"]
    list_select_related = ["wallet__customer"]
    list_filter = ["type", PeriodFilter, "source"]
    list_before_template = "admin/wallets/transaction/_export.html"
    ordering = ["-id"]
    sortable_by: ClassVar[list[str]] = []
    search_fields = ["key"]
    search_help_text = _("Phone, name, amount, idempotency key or reference")
    fieldsets = [
        (None, {"fields": ["owner", "kind", "signed_amount", "receipt", "note", "actor", "taken_back"]}),
        (_("Balances"), {"fields": ["sequence", "real_change", "virtual_change"]}),
        (_("Origin"), {"fields": ["reference_type", "reference_id", "key", "at", "created_at"]}),
    ]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Transaction], search_term: str
    ) -> tuple[QuerySet[Transaction], bool]:
        text = search_term.strip()
        if not text:
            return queryset, False
        return queryset.filter(_rows_saying(text)), False

    def get_urls(self) -> list[URLPattern]:
        guarded = self.admin_site.admin_view
        return [
            *(
                path(
                    f"export.{suffix}",
                    guarded(self.file_view),
                    {"format": suffix},
                    name=f"wallets_transaction_export_{suffix}",
                )
                for suffix in FORMATS
            ),
            path("<int:transaction_id>/reverse/", guarded(reverse_view), name="wallets_transaction_reverse"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        asked = {"asked": request.GET.urlencode()}
        return super().changelist_view(request, asked | (extra_context or {}))  # type: ignore[no-any-return]

    def file_view(self, request: HttpRequest, format: str) -> HttpResponseBase:
        """Send the rows of the list, as it is narrowed now, as a file."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        rows = self.get_changelist_instance(request).get_queryset(request)
        return export(rows, format=FORMATS[format], name="giao-dich-vi")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Transaction]:
        rows: QuerySet[Transaction] = super().get_queryset(request)
        if request.resolver_match and request.resolver_match.url_name == "wallets_transaction_change":
            return rows.select_related("wallet__customer", "reverses", "reversed_by")
        return rows

    @admin.display(description=_("where the money is from"))
    def receipt(self, row: Transaction) -> str:
        return receipts_of([row]).get(row.pk, "–")

    @admin.display(description=_("taken back"))
    def taken_back(self, row: Transaction) -> SafeString | str:
        other = row.reverses or getattr(row, "reversed_by", None)
        return link_to(other, f"#{other.sequence} · {signed_vnd(other.amount_vnd)}") if other else "–"

    @admin.display(description=_("happened at"))
    def at(self, row: Transaction) -> str:
        return moment(row.occurred_at)

    @admin.display(description=_("customer"))
    def owner(self, row: Transaction) -> SafeString:
        return customer_cell(row.wallet.customer)

    @admin.display(description=_("type"))
    def kind(self, row: Transaction) -> SafeString:
        return badge(row.type, row.get_type_display()) + below(row.get_source_display())

    @admin.display(description=_("amount"))
    def signed_amount(self, row: Transaction) -> SafeString:
        return amount(signed_vnd(row.amount_vnd), positive=row.amount_vnd > 0)

    @admin.display(description=_("total after"))
    def total_after(self, row: Transaction) -> str:
        return vnd(row.real_after_vnd + row.virtual_after_vnd)

    @admin.display(description=_("real money"))
    def real_change(self, row: Transaction) -> str:
        return f"{vnd(row.real_before_vnd)} → {vnd(row.real_after_vnd)}"

    @admin.display(description=_("virtual credit"))
    def virtual_change(self, row: Transaction) -> str:
        return f"{vnd(row.virtual_before_vnd)} → {vnd(row.virtual_after_vnd)}"


def _rows_saying(text: str) -> Q:
    """Return what a search of the ledger means: a reference, a phone or its beginning, an amount, or a name."""
    wanted = Q(key=text) | Q(reference_id=text)
    try:
        amount_vnd = read_amount(text)
    except InvalidAmount:
        pass
    else:
        wanted |= Q(amount_vnd__in=[amount_vnd, -amount_vnd])
    return wanted | Q(wallet__customer__in=Customer.objects.matching(text))
