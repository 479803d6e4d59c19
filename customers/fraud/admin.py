"""Fraud cases for staff: lists by state, a page for each, and the rules that open them."""

# ruff: noqa: D102 -- a column's docstring is its description

from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin import SimpleListFilter
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from customers.fraud import pages, rule_pages
from customers.fraud.rules import all_rules
from customers.fraud.told import in_short, rule_told
from customers.models import CaseStatus, FraudCase
from n2store.counting import COUNTED_MAX, counted
from n2store.screens import PageScreen, badge, below, customer_cell
from n2store.templatetags.money import moment

NAME = "customers_fraudcase"


class StateFilter(SimpleListFilter):
    """Which list; shown as tabs. Without a word it is the open ones."""

    title = _("state")
    parameter_name = "state"

    @override
    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("all", _("All")), *CaseStatus.choices]

    @override
    def queryset(self, request: HttpRequest, queryset: QuerySet[FraudCase]) -> QuerySet[FraudCase]:
        state = _state(request)
        return queryset if state == "all" else queryset.filter(status=state)


class RuleFilter(SimpleListFilter):
    """By which rule."""

    title = _("rule")
    parameter_name = "rule"

    @override
    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(rule.name, rule.title) for rule in all_rules()]

    @override
    def queryset(self, request: HttpRequest, queryset: QuerySet[FraudCase]) -> QuerySet[FraudCase]:
        return queryset.filter(rule=self.value()) if self.value() else queryset


@admin.register(FraudCase)
class FraudCaseAdmin(PageScreen):
    """The lists, newest first."""

    list_display = ["case", "owner", "said", "tier", "standing"]
    list_display_links = ["case"]
    list_select_related = ["customer"]
    list_filter = [StateFilter, RuleFilter]
    list_before_template = "admin/customers/fraud/_list_head.html"
    ordering = ["-id"]
    sortable_by: ClassVar[list[str]] = []

    def get_urls(self) -> list[URLPattern]:
        guarded = self.admin_site.admin_view
        ours = [
            ("rules/", rule_pages.rules_view, "rules"),
            ("rules/<str:rule>/", rule_pages.rule_view, "rule"),
            ("rules/<str:rule>/draft/", rule_pages.draft_view, "draft"),
            ("rules/<str:rule>/<int:version>/activate/", rule_pages.activate_view, "activate"),
            ("<int:id>/confirm/", pages.confirm_view, "confirm"),
            ("<int:id>/overturn/", pages.overturn_view, "overturn"),
            ("<int:id>/mute/", pages.mute_view, "mute"),
        ]
        own = [path(address, guarded(view), name=f"{NAME}_{name}") for address, view, name in ours]
        return [*own, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return super().changelist_view(request, {"lists": _tabs(request)} | (extra_context or {}))  # type: ignore[no-any-return]

    @override
    def page_view(self, request: HttpRequest, id: int) -> HttpResponse:
        return pages.case_view(request, id)

    @admin.display(description=_("case"))
    def case(self, row: FraudCase) -> SafeString:
        return format_html("{}{}", rule_told(row.rule), below(moment(row.hit_at)))

    @admin.display(description=_("customer"))
    def owner(self, row: FraudCase) -> SafeString:
        return customer_cell(row.customer)

    @admin.display(description=_("evidence"))
    def said(self, row: FraudCase) -> str:
        return in_short(row.evidence)

    @admin.display(description=_("tier"))
    def tier(self, row: FraudCase) -> SafeString:
        was = below(_("before: %(tier)s") % {"tier": row.get_tier_before_display()}) if row.tier_before else ""
        return format_html("{}{}", badge(row.customer.tier, row.customer.get_tier_display()), was)

    @admin.display(description=_("state"))
    def standing(self, row: FraudCase) -> SafeString:
        state = badge(f"case-{row.status}", row.get_status_display())
        return format_html("{} {}{}", state, badge(row.severity, row.get_severity_display()), below(row.decided_by))


def _state(request: HttpRequest) -> str:
    given = request.GET.get("state", "")
    return given if given == "all" or given in CaseStatus.values else CaseStatus.OPEN.value


def _tabs(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the lists; how many are open. One query."""
    here = _state(request)
    open_cases = counted(open=FraudCase.objects.filter(status=CaseStatus.OPEN))["open"]
    shown = [*CaseStatus.choices, ("all", _("All"))]
    count = f"{COUNTED_MAX}+" if open_cases >= COUNTED_MAX else open_cases
    return [
        {"value": value, "label": label, "here": value == here, "count": count if value == CaseStatus.OPEN else 0}
        for value, label in shown
    ]
