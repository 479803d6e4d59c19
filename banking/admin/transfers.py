"""Every line of the bank account: found and narrowed; each has a page that says what became of it."""

# ruff: noqa: D102 -- a column's docstring is its description

from functools import partial
from typing import Any, ClassVar

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from banking.console.export import export
from banking.console.pages import address_of
from banking.console.transfer import transfer_view
from banking.console.urls import patterns
from banking.console.waiting import UNDECIDED
from banking.filters import BankFilter, DayFilter, OwnerFilter
from banking.models import BankTransfer, Direction
from banking.search import transfers_saying
from n2store.live import newest_position
from n2store.screens import PageScreen, amount, badge, customer_cell
from n2store.sheets import FORMATS
from n2store.templatetags.money import moment, signed_vnd

LIVE_EVENTS = ("transfer.received",)
NAME = "banking_banktransfer"
OWNERS = (("", _("All")), ("none", _("No owner yet")), ("linked", _("With owner")), ("out", _("Outgoing")))


@admin.register(BankTransfer)
class BankTransferAdmin(PageScreen):
    """Every line of the bank account. The list never moves under the hand: a banner tells of new ones."""

    list_display = ["at", "signed_amount", "content_line", "owner", "state", "gateway"]
    list_display_links = ["at"]
    list_select_related = ["customer"]
    list_filter = [OwnerFilter, DayFilter, "verification", BankFilter]
    list_before_template = "admin/banking/banktransfer/_live.html"
    ordering = ["-transferred_at", "-id"]
    sortable_by: ClassVar[list[str]] = []
    search_fields = ["content"]
    search_help_text = _("Content, phone, code or reference")

    def get_urls(self) -> list[URLPattern]:
        guarded = self.admin_site.admin_view
        files = [
            path(f"export.{format}", guarded(partial(self.file_view, format=format)), name=f"{NAME}_export_{format}")
            for format in FORMATS
        ]
        return [*files, *patterns(guarded), *super().get_urls()]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[BankTransfer], search_term: str
    ) -> tuple[QuerySet[BankTransfer], bool]:
        text = search_term.strip()
        return (queryset.filter(transfers_saying(text)) if text else queryset), False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        live = {"live_cursor": newest_position(), "live_events": " ".join(LIVE_EVENTS)}
        asked = {
            "asked": request.GET.urlencode(),
            "tab": "all",
            "owners": OWNERS,
            "owner": request.GET.get("owner", ""),
        }
        return super().changelist_view(request, live | asked | (extra_context or {}))  # type: ignore[no-any-return]

    @override
    def page_view(self, request: HttpRequest, id: int) -> HttpResponse:
        return transfer_view(request, id)

    def file_view(self, request: HttpRequest, format: str) -> HttpResponseBase:
        """Send the list that is asked for as a file."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return export(self.get_changelist_instance(request).get_queryset(request), format=format)

    @admin.display(description=_("transferred at"))
    def at(self, row: BankTransfer) -> str:
        return moment(row.transferred_at)

    @admin.display(description=_("amount"))
    def signed_amount(self, row: BankTransfer) -> SafeString:
        incoming = row.direction == Direction.IN
        return amount(signed_vnd(row.amount_vnd if incoming else -row.amount_vnd), positive=incoming)

    @admin.display(description=_("content"))
    def content_line(self, row: BankTransfer) -> SafeString:
        return format_html('<span class="n2-clip" title="{}">{}</span>', row.content, row.content)

    @admin.display(description=_("owner"))
    def owner(self, row: BankTransfer) -> SafeString | str:
        if row.customer:
            return customer_cell(row.customer)
        if not row.is_money_in or row.verification not in UNDECIDED:
            return "–"
        return format_html('<a class="n2-link" href="{}">{}</a>', address_of("focus", row.pk), _("Settle"))

    @admin.display(description=_("state"))
    def state(self, row: BankTransfer) -> SafeString:
        if row.direction == Direction.OUT:
            return badge("out", _("Outgoing"))
        return badge(row.verification, row.get_verification_display())
