"""What banks told us, for staff: transfers with what became of them, the raw deliveries, refusals and QR codes."""

# ruff: noqa: D102 -- a column's docstring is its description

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from banking.filters import BankFilter, DayFilter, OwnerFilter
from banking.models import BankTransfer, Delivery, Direction, QrCode, Refusal
from banking.operations import map_qr_code
from banking.search import transfers_saying
from n2store.live import newest_position
from n2store.screens import ReadOnlyScreen, Screen, amount, badge, customer_cell, link_to
from n2store.templatetags.money import moment, signed_vnd, vnd

LIVE_EVENTS = ("transfer.received",)


@admin.register(BankTransfer)
class BankTransferAdmin(ReadOnlyScreen):
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
    fieldsets = [
        (
            _("Transfer"),
            {
                "fields": [
                    ("signed_amount", "at"),
                    ("gateway", "account_number"),
                    "content",
                    ("code", "reference_code"),
                    ("sub_account", "balance_after"),
                    "description",
                ]
            },
        ),
        (
            _("What became of it"),
            {
                "fields": [
                    ("state", "owner"),
                    ("match_method", "matched_text"),
                    ("posted", "verified_at"),
                    "verified_by",
                ]
            },
        ),
        (
            _("As delivered"),
            {"fields": [("sepay_id", "created_at"), "repeats", "raw_body", "differing_body"]},
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[BankTransfer]:
        rows: QuerySet[BankTransfer] = super().get_queryset(request)
        if request.resolver_match and request.resolver_match.url_name == "banking_banktransfer_change":
            return rows.select_related("customer", "delivery", "wallet_transaction")
        return rows

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[BankTransfer], search_term: str
    ) -> tuple[QuerySet[BankTransfer], bool]:
        text = search_term.strip()
        return (queryset.filter(transfers_saying(text)) if text else queryset), False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        live = {"live_cursor": newest_position(), "live_events": " ".join(LIVE_EVENTS)}
        return super().changelist_view(request, live | (extra_context or {}))  # type: ignore[no-any-return]

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
        return customer_cell(row.customer) if row.customer else "–"

    @admin.display(description=_("state"))
    def state(self, row: BankTransfer) -> SafeString:
        if row.direction == Direction.OUT:
            return badge("out", _("Outgoing"))
        return badge(row.verification, row.get_verification_display())

    @admin.display(description=_("account balance after"))
    def balance_after(self, row: BankTransfer) -> str:
        return vnd(row.accumulated_vnd)

    @admin.display(description=_("wallet transaction"))
    def posted(self, row: BankTransfer) -> SafeString | str:
        posted = row.wallet_transaction
        return link_to(posted, f"#{posted.sequence} · {signed_vnd(posted.amount_vnd)}") if posted else "–"

    @admin.display(description=_("repeats"))
    def repeats(self, row: BankTransfer) -> str:
        again = row.delivery
        return f"{again.repeats} · {moment(again.repeated_at)}" if again.repeats else "0"

    @admin.display(description=_("raw delivery"))
    def raw_body(self, row: BankTransfer) -> SafeString:
        return _document(row.delivery.body)

    @admin.display(description=_("differing body"))
    def differing_body(self, row: BankTransfer) -> SafeString | str:
        return _document(row.delivery.differing_body) if row.delivery.differing_body else "–"


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyScreen):
    """Messages as they came."""

    list_display = ["received_at", "provider", "external_id", "repeats", "repeated_at", "differs"]
    list_display_links = ["received_at"]
    ordering = ["-id"]
    sortable_by: ClassVar[list[str]] = []
    search_fields = ["external_id"]
    search_help_text = _("Provider's id")
    fields = ["provider", "external_id", "received_at", "raw_body", "repeats", "repeated_at", "differing"]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Delivery], search_term: str
    ) -> tuple[QuerySet[Delivery], bool]:
        text = search_term.strip()
        if not text:
            return queryset, False
        whole = text.isascii() and text.isdecimal() and len(text) < 19  # bigint
        return (queryset.filter(external_id=int(text)) if whole else queryset.none()), False

    @admin.display(description=_("differs"))
    def differs(self, row: Delivery) -> SafeString | str:
        return "–" if row.differing_body is None else badge("failed", _("differs"))

    @admin.display(description=_("body"))
    def raw_body(self, row: Delivery) -> SafeString:
        return _document(row.body)

    @admin.display(description=_("differing body"))
    def differing(self, row: Delivery) -> SafeString | str:
        return _document(row.differing_body) if row.differing_body else "–"


@admin.register(Refusal)
class RefusalAdmin(ReadOnlyScreen):
    """How many deliveries were turned away, and why."""

    list_display = ["day", "provider", "reason", "count", "last_at"]
    list_display_links = None
    ordering = ["-day", "reason"]
    sortable_by: ClassVar[list[str]] = []


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


def _document(body: str) -> SafeString:
    """Return a delivery for reading, exactly as it came."""
    return format_html('<pre class="n2-document">{}</pre>', body)
