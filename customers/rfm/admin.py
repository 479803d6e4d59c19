"""The RFM configuration for staff."""

# ruff: noqa: D102 -- a column's docstring is its description

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from typing_extensions import override

from customers.models import RfmConfig
from customers.rfm import pages
from n2store.screens import PageScreen


@admin.register(RfmConfig)
class RfmConfigAdmin(PageScreen):
    """Its list is the page of what counts, each version has a page, and a draft is changed on its own."""

    def get_urls(self) -> list[URLPattern]:
        guarded, name = self.admin_site.admin_view, "customers_rfmconfig"
        return [
            path("begin/", guarded(pages.begin), name=f"{name}_begin"),
            path("<int:id>/save/", guarded(pages.save), name=f"{name}_save"),
            path("<int:id>/activate/", guarded(pages.activate), name=f"{name}_activate"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return pages.overview(request)

    @override
    def page_view(self, request: HttpRequest, id: int) -> HttpResponse:
        return pages.version(request, id)
