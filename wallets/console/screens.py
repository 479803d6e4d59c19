"""Lists around the ledger: lots of credit, and withdrawals that wait for an order. To read; acts have pages."""

# ruff: noqa: D102 -- a column's docstring is its description

from typing import ClassVar

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from n2store.roles import caller_of
from n2store.screens import ReadOnlyScreen, badge, below, customer_cell
from n2store.templatetags.money import moment, vnd
from wallets.authority import Action, limit_of
from wallets.console import views, withdrawals
from wallets.console.panel import time_left
from wallets.models import CreditStatus, PendingStatus, PendingWithdrawal, VirtualCredit


@admin.register(VirtualCredit)
class VirtualCreditAdmin(ReadOnlyScreen):
    """Every lot of credit, newest first; an untouched one is taken back from its customer's screen."""

    list_display = ["issued", "owner", "remaining", "original", "ends", "state", "source_type", "note"]
    list_display_links = ["issued"]
    list_select_related = ["wallet__customer"]
    list_filter = ["status", "source_type"]
    ordering = ["-id"]
    sortable_by: ClassVar[list[str]] = []
    search_fields = ["source_id"]
    search_help_text = _("Phone, name, or ticket")
    fields = ["owner", "state", "remaining", "original", "issued", "ends", "source_type", "source_id", "note", "actor"]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[VirtualCredit], search_term: str
    ) -> tuple[QuerySet[VirtualCredit], bool]:
        text = search_term.strip()
        if not text:
            return queryset, False
        of_customer = Q(wallet__customer__in=Customer.objects.matching(text))
        return queryset.filter(Q(source_id=text) | of_customer), False

    def get_urls(self) -> list[URLPattern]:
        cancel = self.admin_site.admin_view(views.cancel_view)
        return [
            path("<int:credit_id>/cancel/", cancel, name="wallets_virtualcredit_cancel"),
            *super().get_urls(),
        ]

    @admin.display(description=_("issued at"))
    def issued(self, row: VirtualCredit) -> str:
        return moment(row.issued_at)

    @admin.display(description=_("customer"))
    def owner(self, row: VirtualCredit) -> SafeString:
        return customer_cell(row.wallet.customer)

    @admin.display(description=_("remaining"))
    def remaining(self, row: VirtualCredit) -> str:
        return vnd(row.remaining_vnd)

    @admin.display(description=_("issued"))
    def original(self, row: VirtualCredit) -> str:
        return vnd(row.original_vnd)

    @admin.display(description=_("expires at"))
    def ends(self, row: VirtualCredit) -> SafeString | str:
        left = row.expires_at - timezone.now()
        if row.status != CreditStatus.ACTIVE or left.total_seconds() <= 0:
            return moment(row.expires_at)
        return format_html("{}{}", moment(row.expires_at), below(time_left(left)))

    @admin.display(description=_("state"))
    def state(self, row: VirtualCredit) -> SafeString:
        return badge(row.status, row.get_status_display())


@admin.register(PendingWithdrawal)
class PendingWithdrawalAdmin(ReadOnlyScreen):
    """What orders are to take out of wallets. The tabs are the states; failed ones wait for a person."""

    list_display = ["at", "order", "owner", "amount", "state", "why", "tries", "acts"]
    list_display_links = ["at"]
    list_select_related = ["customer"]
    list_filter = ["status"]
    ordering = ["-id"]
    sortable_by: ClassVar[list[str]] = []
    search_fields = ["order_id"]
    search_help_text = _("Order, phone or name")
    fields = [
        "order", "owner", "amount", "state", "why", "tries", "source", "note", "actor", "at", "next_attempt_at",
        "completed_at", "released_at", "acts",
    ]  # fmt: skip

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[PendingWithdrawal], search_term: str
    ) -> tuple[QuerySet[PendingWithdrawal], bool]:
        text = search_term.strip()
        if not text:
            return queryset, False
        return queryset.filter(Q(order_id=text) | Q(customer__in=Customer.objects.matching(text))), False

    def get_urls(self) -> list[URLPattern]:
        guarded = self.admin_site.admin_view
        name = "wallets_pendingwithdrawal"
        return [
            path("<int:pending_id>/retry/", guarded(withdrawals.retry_view), name=f"{name}_retry"),
            path("<int:pending_id>/cancel/", guarded(withdrawals.cancel_view), name=f"{name}_cancel"),
            path("<int:pending_id>/release/", guarded(withdrawals.release_view), name=f"{name}_release"),
            *super().get_urls(),
        ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[PendingWithdrawal]:
        rows: QuerySet[PendingWithdrawal] = super().get_queryset(request)
        roles = caller_of(request.user).roles
        pays, gives_back = (limit_of(roles, action) or 0 for action in (Action.PAY_ORDER, Action.REVERSE))
        return rows.annotate(reader_may=Q(amount_vnd__lte=pays), reader_gives_back=Q(amount_vnd__lte=gives_back))

    @admin.display(description=_("at"))
    def at(self, row: PendingWithdrawal) -> str:
        return moment(row.created_at)

    @admin.display(description=_("order"))
    def order(self, row: PendingWithdrawal) -> str:
        return row.order_number or row.order_id

    @admin.display(description=_("customer"))
    def owner(self, row: PendingWithdrawal) -> SafeString:
        return customer_cell(row.customer)

    @admin.display(description=_("amount"))
    def amount(self, row: PendingWithdrawal) -> str:
        return vnd(row.amount_vnd)

    @admin.display(description=_("state"))
    def state(self, row: PendingWithdrawal) -> SafeString:
        shown = badge(row.status, row.get_status_display())
        return shown + below(_("money given back")) if row.released_at else shown

    @admin.display(description=_("why"))
    def why(self, row: PendingWithdrawal) -> str:
        return withdrawals.why(row)

    @admin.display(description=_("attempts"))
    def tries(self, row: PendingWithdrawal) -> str:
        return f"{row.attempts}/{row.max_attempts}"

    @admin.display(description=_("what to do"))
    def acts(self, row: PendingWithdrawal) -> SafeString | str:
        gives_back: bool = row.reader_gives_back  # type: ignore[attr-defined]  # annotated above
        if gives_back and row.status == PendingStatus.COMPLETED:
            page = reverse("admin:wallets_pendingwithdrawal_release", args=[row.pk])
            return format_html('<a class="n2-link" href="{}">{}</a>', page, _("Give back"))
        may: bool = row.reader_may  # type: ignore[attr-defined]  # as above
        if not may or row.status not in withdrawals.WAITING:
            return "–"
        retry, cancel = (
            reverse(f"admin:wallets_pendingwithdrawal_{act}", args=[row.pk]) for act in ("retry", "cancel")
        )
        return format_html(
            '<a class="n2-link" href="{}">{}</a> · <a class="n2-link" href="{}">{}</a>',
            retry,
            _("Try again"),
            cancel,
            _("Cancel"),
        )
