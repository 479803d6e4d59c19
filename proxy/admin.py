"""Calls to other services: how each service does, and single calls."""

# ruff: noqa: D102 -- a column's docstring is its description

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from n2store.screens import ReadOnlyScreen, badge, below
from n2store.templatetags.money import grouped, moment
from proxy.console import services
from proxy.console.services_told import NAMES, name_told, reason_told
from proxy.models import Alert, Trace


class OfService(admin.SimpleListFilter):
    """Calls of one service, by the names that staff know."""

    title = _("service")
    parameter_name = "upstream"

    @override
    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, name_told(name)) for name in NAMES]

    @override
    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(upstream=self.value()) if self.value() in NAMES else queryset


@admin.register(Trace)
class TraceAdmin(ReadOnlyScreen):
    """Single calls, the newest first; before them stands the page of services."""

    list_display = ["when", "service", "asked", "result", "took", "sizes", "by"]
    list_display_links = ["when"]
    list_filter = [OfService, "outcome"]
    ordering = ["-id"]
    sortable_by: ClassVar[list[str]] = []
    search_fields = ["by", "why"]
    search_help_text = _("User name, or code of the failure such as UPSTREAM_TIMEOUT or HTTP_500")
    fields = [
        "at", "service", "host", "route", "method", "target", "status", "result", "why", "attempts", "head_ms", "ms",
        "bytes_out", "bytes_in", "by",
    ]  # fmt: skip

    @override
    def get_urls(self) -> list[URLPattern]:
        guarded = self.admin_site.admin_view
        return [
            path("services/", guarded(services.services_view), name="proxy_trace_services"),
            path("services/<str:name>/hold/", guarded(services.hold_view), name="proxy_trace_hold"),
            path("services/<str:name>/try/", guarded(services.try_view), name="proxy_trace_try"),
            *super().get_urls(),
        ]

    @override
    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        text = search_term.strip().replace("\x00", "")
        if not text:
            return queryset, False
        return queryset.filter(why=text) if text.isupper() else queryset.filter(by=text), False

    @admin.display(description=_("at"))
    def when(self, row: Trace) -> str:
        return f"{moment(row.at)}:{row.at:%S}"

    @admin.display(description=_("service"))
    def service(self, row: Trace) -> SafeString | str:
        return format_html("{}{}", name_told(row.upstream), below(row.host)) if row.host else name_told(row.upstream)

    @admin.display(description=_("asked for"))
    def asked(self, row: Trace) -> SafeString:
        told = format_html('<span class="n2-clip">{} {}</span>', row.method, row.target or row.route)
        return format_html("{}{}", told, below(row.route)) if row.target else told

    @admin.display(description=_("outcome"))
    def result(self, row: Trace) -> SafeString:
        word = badge(f"call-{row.outcome}", row.status or row.get_outcome_display())
        return format_html("{}{}", word, below(reason_told(row.why))) if row.why else word

    @admin.display(description=_("took"))
    def took(self, row: Trace) -> SafeString:
        told = format_html("{} ms", grouped(row.ms))
        if row.attempts < 2:
            return told
        return format_html("{}{}", told, below(_("%(count)s attempts") % {"count": row.attempts}))

    @admin.display(description=_("sent / received"))
    def sizes(self, row: Trace) -> str:
        return f"{_size(row.bytes_out)} / {_size(row.bytes_in)}"


def _size(count: int) -> str:
    return f"{grouped(count)} B" if count < 10_000 else f"{grouped(round(count / 1000))} kB"


@admin.register(Alert)
class AlertAdmin(ReadOnlyScreen):
    """What somebody had to hear of, the newest first, and whether the chat has."""

    list_display = ["when", "said", "told"]
    list_display_links = ["when"]
    ordering = ["-at", "-id"]
    sortable_by: ClassVar[list[str]] = []
    fields = ["at", "key", "text", "told", "attempts", "next_try_at", "error"]

    @admin.display(description=_("at"))
    def when(self, row: Alert) -> str:
        return moment(row.at)

    @admin.display(description=_("text"))
    def said(self, row: Alert) -> str:
        return row.text

    @admin.display(description=_("told to the chat"))
    def told(self, row: Alert) -> SafeString | str:
        if row.told_at is not None:
            return moment(row.told_at)
        if row.next_try_at is None:
            return badge("off", _("No chat was set"))
        return format_html("{}{}", badge("waiting", _("Not told yet")), below(row.error))
