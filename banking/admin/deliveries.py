"""What came from the banks' messenger: as it came, what could not be taken yet, and what was turned away."""

# ruff: noqa: D102 -- a column's docstring is its description

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import BooleanField, QuerySet, Value
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from banking.authority import Right, has
from banking.console import failed
from banking.models import Delivery, FailedDelivery, Refusal, RetryStatus
from n2store.roles import caller_of
from n2store.screens import ReadOnlyScreen, badge, link_to
from n2store.templatetags.money import moment, vnd


def document(body: str) -> SafeString:
    """Return a delivery for reading, exactly as it came."""
    return format_html('<pre class="n2-document">{}</pre>', body)


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyScreen):
    """Messages as they came."""

    list_display = ["received_at", "provider", "external_id", "channel", "repeats", "repeated_at", "differs"]
    list_display_links = ["received_at"]
    list_filter = ["channel"]
    ordering = ["-id"]
    sortable_by: ClassVar[list[str]] = []
    search_fields = ["external_id"]
    search_help_text = _("Provider's id")
    fields = ["provider", "external_id", "channel", "received_at", "raw_body", "repeats", "repeated_at", "differing"]

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
        return document(row.body)

    @admin.display(description=_("differing body"))
    def differing(self, row: Delivery) -> SafeString | str:
        return document(row.differing_body) if row.differing_body else "–"


@admin.register(Refusal)
class RefusalAdmin(ReadOnlyScreen):
    """How many deliveries were turned away, and why."""

    list_display = ["day", "provider", "reason", "count", "last_at"]
    list_display_links = None
    ordering = ["-day", "reason"]
    sortable_by: ClassVar[list[str]] = []


@admin.register(FailedDelivery)
class FailedDeliveryAdmin(ReadOnlyScreen):
    """Genuine deliveries that could not be taken; they are tried again by themselves, and here by hand."""

    list_display = ["came_at", "external_id", "state", "tries", "last_error", "next_at", "became", "acts"]
    list_display_links = ["came_at"]
    list_filter = ["status"]
    list_select_related = ["transfer"]
    list_before_template = "admin/banking/faileddelivery/_before.html"
    ordering = ["-id"]
    sortable_by: ClassVar[list[str]] = []
    fields = ["came_at", "provider", "external_id", "state", "tries", "last_error", "next_at", "became", "raw_body"]

    def get_urls(self) -> list[URLPattern]:
        guarded, name = self.admin_site.admin_view, "banking_faileddelivery"
        return [
            path("retry/", guarded(failed.retry_all_view), name=f"{name}_retry_all"),
            path("<int:failed_id>/retry/", guarded(failed.retry_view), name=f"{name}_retry"),
            *super().get_urls(),
        ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[FailedDelivery]:
        rows: QuerySet[FailedDelivery] = super().get_queryset(request)
        may = has(caller_of(request.user), Right.RECOVER)
        return rows.annotate(reader_may=Value(may, output_field=BooleanField()))

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        may = has(caller_of(request.user), Right.RECOVER)
        context = {"tab": "failed", "may_recover": may} | (extra_context or {})
        return super().changelist_view(request, context)  # type: ignore[no-any-return]

    @admin.display(description=_("received at"))
    def came_at(self, row: FailedDelivery) -> str:
        return moment(row.created_at)

    @admin.display(description=_("state"))
    def state(self, row: FailedDelivery) -> SafeString:
        return badge(f"retry-{row.status}", row.get_status_display())

    @admin.display(description=_("attempts"))
    def tries(self, row: FailedDelivery) -> str:
        return f"{row.attempts}/{row.max_attempts}"

    @admin.display(description=_("next attempt"))
    def next_at(self, row: FailedDelivery) -> str:
        return moment(row.next_attempt_at) if row.status == RetryStatus.PENDING else "–"

    @admin.display(description=_("became"))
    def became(self, row: FailedDelivery) -> SafeString | str:
        return link_to(row.transfer, vnd(row.transfer.amount_vnd)) if row.transfer else "–"

    @admin.display(description=_("body"))
    def raw_body(self, row: FailedDelivery) -> SafeString:
        return document(row.body)

    @admin.display(description=_("what to do"))
    def acts(self, row: FailedDelivery) -> SafeString | str:
        may: bool = row.reader_may  # type: ignore[attr-defined]  # annotated above
        if not may or row.status == RetryStatus.SUCCESS:
            return "–"
        # The list stands in a form of its own, and a form in a form is none: the button belongs to the one above.
        page = reverse("admin:banking_faileddelivery_retry", args=[row.pk])
        return format_html(
            '<button type="submit" form="n2-retry" formaction="{}" class="n2-link">{}</button>', page, _("Try again")
        )
