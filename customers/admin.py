"""Customers for staff: a list to find one, the 360 screen that is live, and a form for the profile."""

# ruff: noqa: D102 -- a column's docstring is its description

from typing import Any, ClassVar

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models.functions import Now
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from customers.events import CustomerUpdated
from customers.models import Activity, ActivityType, Customer, CustomerQuerySet
from customers.phones import InvalidPhone, canonical_phone
from customers.screens import LIVE_EVENTS, customer_screen, live_topics
from n2store.events import publish
from n2store.live import newest_position
from n2store.screens import Screen, badge
from n2store.templatetags.money import day, vnd


@admin.register(Customer)
class CustomerAdmin(Screen):
    """Nobody is added or deleted here: a customer is made by the first thing that names the phone."""

    list_display = ["name", "phone", "status_badge", "tier_badge", "real", "virtual", "wallet_total", "since"]
    list_display_links = ["name", "phone"]
    list_select_related = ["wallet"]
    list_filter = ["status", "tier"]
    ordering = ["-created_at", "-id"]
    search_fields = ["phone", "name"]  # Shows the box; `get_search_results` decides.
    search_help_text = _("Phone, or name with or without diacritics")
    actions = None
    fields = ["name", "status", "tier", "email", "address", "internal_note"]
    sortable_by: ClassVar[list[str]] = []

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Customer | None = None) -> bool:
        return False

    def get_search_results(
        self, request: HttpRequest, queryset: CustomerQuerySet, search_term: str
    ) -> tuple[CustomerQuerySet, bool]:
        """Find by whole phone in any spelling, by its beginning, or by name."""
        text = search_term.strip()
        if not text:
            return queryset, False
        try:
            return queryset.filter(phone=canonical_phone(text)), False
        except InvalidPhone:
            return queryset.matching(text), False

    def get_urls(self) -> list[URLPattern]:
        live, profile = (self.admin_site.admin_view(view) for view in (self.live_view, self.profile_view))
        return [
            path("<int:object_id>/live/", live, name="customers_customer_live"),
            path("<int:object_id>/profile/", profile, name="customers_customer_profile"),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the 360 screen; a form sent here is taken as the profile's."""
        if request.method == "POST":
            return self.profile_view(request, object_id)
        if not self.has_view_permission(request):
            raise PermissionDenied
        if not object_id.isdecimal():
            raise Http404
        cursor = newest_position()  # Before the rows are read, so that nothing falls between page and stream.
        found = customer_screen(int(object_id))
        customer: Customer = found["customer"]
        context = self.admin_site.each_context(request) | found | {
            "title": customer.name,
            "opts": self.opts,
            "original": customer,
            "tab": "overview",
            "live_topics": live_topics(customer),
            "live_events": " ".join(LIVE_EVENTS),
            "live_cursor": cursor,
            "live_fragment": reverse("admin:customers_customer_live", args=[customer.pk]),
        }  # fmt: skip
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "admin/customers/customer/overview.html", context)

    def live_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Return the part of the 360 screen that changes, as HTML."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return render(request, "admin/customers/customer/_live.html", customer_screen(object_id))

    def profile_view(self, request: HttpRequest, object_id: int | str) -> HttpResponse:
        """Show or take the form with what staff may write about the customer."""
        return super().change_view(request, str(object_id), extra_context={"tab": "profile"})  # type: ignore[no-any-return]

    def save_model(self, request: HttpRequest, obj: Customer, form: Any, change: bool) -> None:
        """Write what was changed, and a line of history that says what."""
        if not form.changed_data:
            return
        with transaction.atomic():
            obj.updated_at = Now()
            obj.save(update_fields=[*form.changed_data, "updated_at"])
            Activity.objects.create(
                customer=obj,
                type=ActivityType.PROFILE_UPDATED,
                title="Sửa hồ sơ: " + ", ".join(str(form[name].label).lower() for name in form.changed_data),
                icon="user-edit",
                color="blue",
                actor=request.user.get_username(),
            )
            publish(CustomerUpdated(customer_id=obj.pk, phone=obj.phone, fields=form.changed_data))

    def response_post_save_change(self, request: HttpRequest, obj: Customer) -> HttpResponse:
        """Return to the 360 screen rather than to the list."""
        return HttpResponseRedirect(reverse("admin:customers_customer_change", args=[obj.pk]))

    @admin.display(description=_("status"))
    def status_badge(self, row: Customer) -> SafeString:
        return badge(row.status, row.get_status_display())

    @admin.display(description=_("tier"))
    def tier_badge(self, row: Customer) -> SafeString:
        return badge(row.tier, row.get_tier_display())

    @admin.display(description=_("real money"))
    def real(self, row: Customer) -> str:
        return vnd(row.wallet.real_vnd)

    @admin.display(description=_("virtual credit"))
    def virtual(self, row: Customer) -> str:
        return vnd(row.wallet.virtual_vnd)

    @admin.display(description=_("total"))
    def wallet_total(self, row: Customer) -> str:
        return vnd(row.wallet.real_vnd + row.wallet.virtual_vnd)

    @admin.display(description=_("since"))
    def since(self, row: Customer) -> str:
        return day(row.created_at)
