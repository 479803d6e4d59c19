"""Top-ups with what came for each, and PayOS's deliveries as they came."""

# ruff: noqa: D102 -- a column's docstring is its description

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from banking.admin.deliveries import document
from banking.console import topups
from banking.models import PayosDelivery, PayosOutcome, Topup, TopupStatus
from n2store.live import newest_position
from n2store.screens import PageScreen, ReadOnlyScreen, badge, below, customer_cell, link_to
from n2store.templatetags.money import moment, vnd

NAME = "banking_topup"


class NeedsPerson(admin.SimpleListFilter):
    """Top-ups that a person has to look at."""

    title = _("a person looks at it")
    parameter_name = "review"

    @override
    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return [("1", str(_("Yes")))]

    @override
    def queryset(self, request: HttpRequest, queryset: QuerySet[Topup]) -> QuerySet[Topup]:
        return queryset.exclude(review_reason="") if self.value() == "1" else queryset


@admin.register(Topup)
class TopupAdmin(PageScreen):
    """Each top-up, newest first; its page asks PayOS, cancels, and credits by hand."""

    list_display = ["begun_at", "whose", "sum", "state", "paid", "tx_ref", "order_code", "started_by"]
    list_display_links = ["begun_at"]
    list_select_related = ["customer"]
    list_filter = ["status", NeedsPerson]
    list_before_template = "admin/banking/topup/_list_head.html"
    ordering = ["-id"]
    sortable_by: ClassVar[list[str]] = []
    search_fields = ["tx_ref"]
    search_help_text = _("Reference, order code or phone")

    def get_urls(self) -> list[URLPattern]:
        guarded = self.admin_site.admin_view
        pages = [(name, f"{where}{name}/", view) for where, name, view in topups.PAGES]
        return [
            *(path(address, guarded(view), name=f"{NAME}_{name}") for name, address, view in pages),
            *super().get_urls(),
        ]

    @override
    def page_view(self, request: HttpRequest, id: int) -> HttpResponse:
        return topups.topup_view(request, id)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        live = {"live_cursor": newest_position(), "live_events": topups.LIVE_EVENTS}
        return super().changelist_view(request, live | (extra_context or {}))  # type: ignore[no-any-return]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Topup], search_term: str
    ) -> tuple[QuerySet[Topup], bool]:
        text = search_term.strip().upper()
        if not text:
            return queryset, False
        if text.startswith("NT"):
            return queryset.filter(tx_ref=text), False
        if text.startswith("0"):
            return queryset.filter(customer__phone=text), False
        whole = text.isascii() and text.isdecimal() and len(text) < 19  # bigint
        return (queryset.filter(order_code=int(text)) if whole else queryset.none()), False

    @admin.display(description=_("started at"))
    def begun_at(self, row: Topup) -> str:
        return moment(row.created_at)

    @admin.display(description=_("customer"))
    def whose(self, row: Topup) -> SafeString:
        return customer_cell(row.customer)

    @admin.display(description=_("amount"))
    def sum(self, row: Topup) -> str:
        return vnd(row.amount_vnd)

    @admin.display(description=_("paid"))
    def paid(self, row: Topup) -> str:
        return vnd(row.paid_vnd) if row.paid_vnd else "–"

    @admin.display(description=_("state"))
    def state(self, row: Topup) -> SafeString:
        shown = badge(topups.COLOURS.get(TopupStatus(row.status), ""), row.get_status_display())
        return shown + below(topups.reason_told(row.review_reason)) if row.review_reason else shown


@admin.register(PayosDelivery)
class PayosDeliveryAdmin(ReadOnlyScreen):
    """Genuine webhooks; account numbers are blotted out."""

    list_display = ["received_at", "order_code", "reference", "sum", "became", "for_topup", "repeats"]
    list_display_links = ["received_at"]
    list_filter = ["outcome"]
    list_select_related = ["topup"]
    ordering = ["-id"]
    sortable_by: ClassVar[list[str]] = []
    fields = [
        "received_at", "order_code", "reference", "sum", "became", "for_topup", "repeats", "repeated_at",
        "processed_at", "content",
    ]  # fmt: skip

    @admin.display(description=_("amount"))
    def sum(self, row: PayosDelivery) -> str:
        return vnd(row.amount_vnd)

    @admin.display(description=_("what became of it"))
    def became(self, row: PayosDelivery) -> SafeString:
        waits = row.outcome in {PayosOutcome.UNMATCHED, PayosOutcome.REVIEW}
        shown = badge("failed" if waits else "done", row.get_outcome_display())
        return shown + below(topups.reason_told(row.reason)) if row.reason else shown

    @admin.display(description=_("top-up"))
    def for_topup(self, row: PayosDelivery) -> SafeString | str:
        return link_to(row.topup, row.topup.tx_ref) if row.topup else "–"

    @admin.display(description=_("content"))
    def content(self, row: PayosDelivery) -> SafeString:
        return document("\n".join(f"{name}: {value}" for name, value in row.data.items()))
