"""Ticket policies for staff: everybody who sees tickets reads them, the owner changes them."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from typing_extensions import override

from n2store.screens import ReadOnlyScreen
from tickets.console.policies import view
from tickets.models import Policy


@admin.register(Policy)
class PolicyAdmin(ReadOnlyScreen):
    """Its list is a page of our own, and so is each type: there is one row a type, none is added and none goes."""

    @override
    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return view.overview(request)

    @override
    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return view.policy_view(request, object_id)
