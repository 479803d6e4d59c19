"""Wallets and their transactions, to read. Money moves through operations, never through a form."""

# ruff: noqa: D102 -- a column's docstring is its description

from typing import ClassVar

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from n2store.screens import ReadOnlyScreen, amount, badge, below, customer_cell, link_to
from n2store.templatetags.money import moment, signed_vnd, vnd
from wallets.models import Transaction, Wallet


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
    list_filter = ["type", "source"]
    ordering = ["-id"]
    sortable_by: ClassVar[list[str]] = []
    search_fields = ["key"]
    search_help_text = _("Phone, idempotency key or reference")
    fieldsets = [
        (None, {"fields": ["owner", "kind", "signed_amount", "note", "actor"]}),
        (_("Balances"), {"fields": ["sequence", "real_change", "virtual_change"]}),
        (_("Origin"), {"fields": ["reference_type", "reference_id", "key", "at", "created_at"]}),
    ]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Transaction], search_term: str
    ) -> tuple[QuerySet[Transaction], bool]:
        text = search_term.strip()
        if not text:
            return queryset, False
        wanted = Q(key=text) | Q(reference_id=text)
        if text.isdecimal():
            wanted |= Q(wallet__customer__phone__startswith=text)
        return queryset.filter(wanted), False

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
