"""Customers for staff: a list to find one, the 360 screen that is live, and a form for the profile."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.html import escape
from django.utils.translation import gettext as _

from customers import operations, profile
from customers.console import adding, finder, notes, persons, standing
from customers.console.changes import changes_view
from customers.console.faults import fault_told
from customers.console.history import history_view
from customers.console.scoring import scoring_view
from customers.console.sources import told_source
from customers.fraud.admin import FraudCaseAdmin
from customers.models import Customer, Status, Tier
from customers.rfm.admin import RfmConfigAdmin
from customers.screens import LIVE_EVENTS, customer_screen, live_topics
from n2store.live import newest_position
from n2store.pages import drawn
from n2store.screens import Screen

__all__ = ["CustomerAdmin", "FraudCaseAdmin", "RfmConfigAdmin"]


class ProfileForm(forms.ModelForm):  # type: ignore[type-arg]
    """The fields that staff write, checked as everywhere else."""

    class Meta:
        model = Customer
        fields = ["name", "status", "tier", "email", "address", "internal_note"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.help_text = escape(told_source(self.instance, name))  # The library draws it as HTML.
        tier: Any = self.fields.get("tier")  # Who may only read has no fields.
        if tier and self.instance.tier != Tier.BLACKLIST:
            tier.choices = [(value, label) for value, label in tier.choices if value != Tier.BLACKLIST]

    def clean_tier(self) -> str:
        """Return the tier. The blacklist is no tier like others: on and off it only with a reason, by those who may."""
        tier: str = self.cleaned_data["tier"]
        if tier != self.initial.get("tier") and Tier.BLACKLIST in (tier, self.initial.get("tier")):
            raise forms.ValidationError(_("The blacklist has its own button on the overview, which asks for a reason."))
        return tier

    def clean(self) -> dict[str, Any]:
        """Return the fields as they are stored; what cannot stand is said beside its field."""
        given: dict[str, Any] = super().clean() or {}
        try:
            return given | profile.checked({field: given[field] for field in self.changed_data if field in given})
        except profile.InvalidProfile as refused:
            for field, sentence in refused.faults.items():
                self.add_error(field, fault_told(sentence))
            return given


@admin.register(Customer)
class CustomerAdmin(Screen):
    """Nobody is deleted here. A customer is made by the first thing that names the phone, or added by hand."""

    form = ProfileForm
    fields = ["name", "status", "tier", "email", "address", "internal_note"]
    actions = None
    search_fields = ["phone", "name"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Tell whether the reader adds customers."""
        return adding.may_add(request)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Add a customer by hand."""
        return adding.add_view(request)

    def has_delete_permission(self, request: HttpRequest, obj: Customer | None = None) -> bool:
        """Return False."""
        return False

    def get_urls(self) -> list[URLPattern]:
        """Return our pages before Django's."""
        pages = [
            ("live/", self.live_view, "live"),
            ("profile/", self.profile_view, "profile"),
            ("activity/", history_view, "activity"),
            ("changes/", changes_view, "changes"),
            ("scoring/", scoring_view, "scoring"),
            ("blacklist/add/", standing.mark, "blacklist_add"),
            ("blacklist/remove/", standing.unmark, "blacklist_remove"),
            ("tpos/ask/", persons.ask, "tpos_ask"),
            ("tpos/choose/", persons.choose, "tpos_choose"),
            ("notes/add/", notes.add_note, "note_add"),
            ("notes/<int:note_id>/pin/", notes.pin_note, "note_pin"),
            ("notes/<int:note_id>/delete/", notes.delete_note, "note_delete"),
            ("names/add/", notes.add_alias, "alias_add"),
            ("names/remove/", notes.remove_alias, "alias_remove"),
        ]
        ours = [
            path(f"<int:customer_id>/{address}", self.admin_site.admin_view(view), name=f"customers_customer_{name}")
            for address, view, name in pages
        ]
        return [*ours, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Show who fits what is asked for; `part=rows` returns only the rows, for a page that asks as one types."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        wanted = finder.asked(request.GET.dict())
        found = {
            "found": finder.find(wanted),
            "wanted": wanted,
            "may_add": adding.may_add(request),
            "new_phone": finder.phone_in(wanted.text),
        }
        if request.GET.get("part") == "rows":
            return render(request, "admin/customers/customer/_found.html", found)
        context = found | {
            "statuses": [(value, label, value == wanted.status) for value, label in Status.choices],
            "tiers": [(value, label, value == wanted.tier) for value, label in Tier.choices],
        }
        title = self.opts.verbose_name_plural.capitalize()
        return drawn(request, "customers/customer/list.html", context, title=title, of=Customer)

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
        found = customer_screen(request, int(object_id))
        customer: Customer = found["customer"]
        context = found | {
            "original": customer,
            "tab": "overview",
            "live_topics": live_topics(customer),
            "live_events": " ".join(LIVE_EVENTS),
            "live_cursor": cursor,
            "live_fragment": reverse("admin:customers_customer_live", args=[customer.pk]),
        }
        return drawn(request, "customers/customer/overview.html", context, title=customer.name, of=Customer)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Lead to our own page of changes: Django's knows only what was typed into its forms."""
        if not object_id.isdecimal():
            raise Http404
        return HttpResponseRedirect(reverse("admin:customers_customer_changes", args=[object_id]))

    def live_view(self, request: HttpRequest, customer_id: int) -> HttpResponse:
        """Return the parts of the 360 screen that change, as HTML."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return render(request, "admin/customers/customer/_live.html", customer_screen(request, customer_id))

    def profile_view(self, request: HttpRequest, customer_id: int | str) -> HttpResponse:
        """Show or take the form with what staff may write about the customer."""
        context = {"tab": "profile", "show_save_and_add_another": False}
        return super().change_view(request, str(customer_id), extra_context=context)  # type: ignore[no-any-return]

    def save_model(self, request: HttpRequest, obj: Customer, form: Any, change: bool) -> None:
        """Write what was changed, and a line of history that says what."""
        changes = {field: form.cleaned_data[field] for field in form.changed_data}
        operations.update_profile(customer_id=obj.pk, changes=changes, by=request.user.get_username())

    def response_post_save_change(self, request: HttpRequest, obj: Customer) -> HttpResponse:
        """Return to the 360 screen rather than to the list."""
        return HttpResponseRedirect(reverse("admin:customers_customer_change", args=[obj.pk]))
