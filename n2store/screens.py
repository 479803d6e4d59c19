"""What the admin screens share: lists that never count their table, books nobody writes in, badges and links."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from typing_extensions import override
from unfold.admin import ModelAdmin
from unfold.paginator import InfinitePaginator

ID_DIGITS_MAX = 18


class Screen(ModelAdmin):  # type: ignore[misc]  # unfold has no types
    """A list that pages without `COUNT(*)`, which on 200,000 rows costs more than the page itself."""

    paginator = InfinitePaginator
    show_full_result_count = False
    list_per_page = 50
    list_max_show_all = 0
    list_fullwidth = True


class ReadOnlyScreen(Screen):
    """A book to read: nobody writes in it here, not even a superuser."""

    actions = None
    change_form_template = "admin/read_only.html"

    @override
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @override
    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @override
    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class PageScreen(ReadOnlyScreen):
    """A book whose entries have a page of their own in place of Django's form."""

    def page_view(self, request: HttpRequest, id: int) -> HttpResponse:
        """Return the page of an entry, or raise Http404."""
        raise NotImplementedError

    @override
    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if request.method != "GET" or not self.has_view_permission(request):
            raise PermissionDenied
        if not object_id.isdecimal() or len(object_id) > ID_DIGITS_MAX:
            raise Http404
        return self.page_view(request, int(object_id))


def badge(value: str, label: Any) -> SafeString:
    """Return a state as a coloured word; `static/n2store/badges.css` gives each value its colour."""
    return format_html('<span class="n2-badge" data-value="{}">{}</span>', value, label)


def link_to(row: Model, text: Any) -> SafeString:
    """Return a link to the admin page of `row`."""
    about = row._meta  # noqa: SLF001 -- Django's own documented name
    page = reverse(f"admin:{about.app_label}_{about.model_name}_change", args=[row.pk])
    return format_html('<a class="n2-link" href="{}">{}</a>', page, text)


def below(text: Any) -> SafeString:
    """Return a second, fainter line of a cell."""
    return format_html('<span class="n2-faint n2-below">{}</span>', text)


def customer_cell(customer: Any) -> SafeString:
    """Return whose a row is: the name, which leads to the 360 screen, and the phone below it."""
    return link_to(customer, customer.name) + below(customer.phone)


def amount(text: str, *, positive: bool) -> SafeString:
    """Return a signed amount, coloured by direction."""
    return format_html('<span class="n2-amount {}">{}</span>', "is-in" if positive else "is-out", text)
