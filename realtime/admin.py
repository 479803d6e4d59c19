"""The inbox for staff: who waits, the conversations behind it, and the sockets that it comes by."""

# ruff: noqa: D102 -- a column's docstring is its description

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from n2store.screens import PageScreen, ReadOnlyScreen, badge, below
from n2store.templatetags.money import moment
from realtime.chat.queries import ConversationNotFound
from realtime.console.contact import NAME, customer_view
from realtime.console.conversation import conversation_view
from realtime.console.inbox import answered_view, inbox_view
from realtime.console.sockets import PAGE, sockets_view, start_view, stop_view
from realtime.models import Account, Conversation, WaitingCustomer
from realtime.templatetags.inbox import words


@admin.register(WaitingCustomer)
class InboxAdmin(ReadOnlyScreen):
    """Who waits for an answer; a page of its own in place of Django's list."""

    @override
    def get_urls(self) -> list[URLPattern]:
        press = path(
            "<int:waiting_id>/answered/",
            self.admin_site.admin_view(answered_view),
            name="realtime_waitingcustomer_answered",
        )
        whose = path("contact/<int:contact_id>/customer/", self.admin_site.admin_view(customer_view), name=NAME)
        return [press, whose, *super().get_urls()]

    @override
    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return inbox_view(request)


@admin.register(Conversation)
class ConversationAdmin(PageScreen):
    """Conversations, the newest words first."""

    list_display = ["who", "where", "said", "at"]
    list_display_links = ["who"]
    list_select_related = ["contact__customer"]
    list_filter = ["kind"]
    ordering = ["-last_at", "-id"]
    sortable_by: ClassVar[list[str]] = []
    search_fields = ["thread"]
    search_help_text = _("Name, or the person's id on the page")

    @override
    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Conversation], search_term: str
    ) -> tuple[QuerySet[Conversation], bool]:
        text = search_term.strip().replace("\x00", "")
        if not text:
            return queryset, False
        if text.isascii() and text.isdigit():
            return queryset.filter(contact__psid=text), False
        return queryset.filter(contact__name__icontains=text), False

    @override
    def page_view(self, request: HttpRequest, id: int) -> HttpResponse:
        try:
            return conversation_view(request, id)
        except ConversationNotFound as error:
            raise Http404 from error

    @admin.display(description=_("customer"))
    def who(self, row: Conversation) -> SafeString:
        contact = row.contact
        name = contact.name if contact and contact.name else row.thread
        return format_html("{}{}", name, below(contact.customer.phone if contact and contact.customer else row.page_id))

    @admin.display(description=_("channel"))
    def where(self, row: Conversation) -> SafeString:
        return badge(row.kind, row.get_kind_display())

    @admin.display(description=_("last words"))
    def said(self, row: Conversation) -> SafeString:
        return format_html(
            '<span class="n2-clip">{}{}</span>', "↩ " if row.last_from_page else "", words(row.last_text)
        )

    @admin.display(description=_("last message at"))
    def at(self, row: Conversation) -> str:
        return moment(row.last_at)


@admin.register(Account)
class SocketsAdmin(PageScreen):
    """The neighbours' sockets; a page of its own in place of Django's list and form, which would show the login."""

    @override
    def get_urls(self) -> list[URLPattern]:
        commands = [
            path(f"<int:account_id>/{verb}/", self.admin_site.admin_view(view), name=f"realtime_account_{verb}")
            for verb, view in (("start", start_view), ("stop", stop_view))
        ]
        return [*commands, *super().get_urls()]

    @override
    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return sockets_view(request)

    @override
    def page_view(self, request: HttpRequest, id: int) -> HttpResponse:
        return HttpResponseRedirect(f"{reverse(PAGE)}#socket-{id}")
