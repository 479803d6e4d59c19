"""Breaks in an account's running balance: what is missing, between which lines, and how it healed."""

# ruff: noqa: D102 -- a column's docstring is its description

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from banking.console import incidents
from banking.models import Incident
from n2store.screens import PageScreen, amount, badge, below, link_to
from n2store.templatetags.money import moment, signed_vnd

NAME = "banking_incident"


@admin.register(Incident)
class IncidentAdmin(PageScreen):
    """Each missing sum, newest first; its page asks SePay or sets it aside."""

    list_display = ["found_at", "account", "missing", "state", "last_before", "first_after", "asked", "closed"]
    list_display_links = ["found_at"]
    list_select_related = ["before", "after"]
    list_filter = ["status", "account_number"]
    list_before_template = "admin/banking/incident/_before.html"
    ordering = ["-id"]
    sortable_by: ClassVar[list[str]] = []

    def get_urls(self) -> list[URLPattern]:
        guarded = self.admin_site.admin_view
        return [
            path("<int:incident_id>/ask/", guarded(incidents.ask_view), name=f"{NAME}_ask"),
            path("<int:incident_id>/ignore/", guarded(incidents.ignore_view), name=f"{NAME}_ignore"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().changelist_view(request, {"tab": "incidents"} | (extra_context or {}))  # type: ignore[no-any-return]

    @override
    def page_view(self, request: HttpRequest, id: int) -> HttpResponse:
        return incidents.incident_view(request, id)

    @admin.display(description=_("found at"))
    def found_at(self, row: Incident) -> str:
        return moment(row.opened_at)

    @admin.display(description=_("account"))
    def account(self, row: Incident) -> str:
        return f"{row.gateway} {row.account_number}"

    @admin.display(description=_("missing"))
    def missing(self, row: Incident) -> SafeString:
        return amount(signed_vnd(row.missing_vnd), positive=False)

    @admin.display(description=_("state"))
    def state(self, row: Incident) -> SafeString:
        return badge(f"incident-{row.status}", row.get_status_display())

    @admin.display(description=_("last line before"))
    def last_before(self, row: Incident) -> SafeString | str:
        return link_to(row.before, moment(row.before.transferred_at)) if row.before else "–"

    @admin.display(description=_("first line after"))
    def first_after(self, row: Incident) -> SafeString:
        return link_to(row.after, moment(row.after.transferred_at))

    @admin.display(description=_("SePay asked"))
    def asked(self, row: Incident) -> str:
        return str(row.asks)

    @admin.display(description=_("closed"))
    def closed(self, row: Incident) -> SafeString | str:
        return format_html("{}{}", moment(row.closed_at), below(row.closed_by)) if row.closed_at else "–"
