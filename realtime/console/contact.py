"""Whose contact it is: found by phone or name, joined with a press, and taken apart again."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from customers.models import Customer
from customers.queries import search
from n2store.errors import DomainError
from n2store.pages import drawn
from n2store.refused import refusal_told, sentence
from n2store.roles import caller_of
from realtime.inbox import linking
from realtime.inbox.authority import may_answer
from realtime.models import Contact, Linked, WaitingCustomer
from realtime.pages import names as page_names
from realtime.templatetags.inbox import words

NAME = "realtime_contact_customer"
FOUND_MAX = 20
ID_DIGITS_MAX = 18


def customer_view(request: HttpRequest, contact_id: int) -> HttpResponse:
    """Show whose contact it is and who else it may be; a POST joins it with `customer`, or with nobody."""
    if not request.user.has_perm("realtime.view_conversation"):
        raise PermissionDenied
    contact = Contact.objects.select_related("customer").filter(pk=contact_id).first()
    if contact is None:
        raise Http404
    if request.method == "POST":
        return _joined(request, contact)
    likely = contact.phones[0] if contact.phones else words(contact.name)
    text = request.GET.get("q", likely).strip()[:200].replace("\x00", "")
    found, refusal = _found(text)
    context = {
        "contact": contact,
        "page_name": page_names().get(contact.page_id, ""),
        "by_hand": contact.linked_by == Linked.HAND,
        "apart": contact.linked_by == Linked.APART,
        "text": text,
        "found": found,
        "refusal": refusal,
        "back": _number(request.GET.get("back", "")),
        "may_answer": may_answer(caller_of(request.user)),
    }
    title = contact.name or contact.psid
    return drawn(request, "realtime/contact/page.html", context, title=title, of=WaitingCustomer)


def _joined(request: HttpRequest, contact: Contact) -> HttpResponse:
    caller, customer_id = caller_of(request.user), _number(request.POST.get("customer", ""))
    with refusal_told(request, f"contact:{contact.pk}"):
        if customer_id:
            now = linking.link(contact.pk, customer_id, caller=caller)
            messages.success(request, _("The conversations belong to %(name)s now.") % {"name": _name(now.customer)})
        else:
            linking.unlink(contact.pk, caller=caller)
            messages.success(request, _("The conversations belong to no customer now."))
    back = _number(request.POST.get("back", ""))
    name, id = ("realtime_conversation_change", back) if back else (NAME, contact.pk)
    return HttpResponseRedirect(reverse(f"admin:{name}", args=[id]))


def _found(text: str) -> tuple[list[Customer], str]:
    """Return the customers that a text means, best first, or why it means none."""
    if not text:
        return [], ""
    try:
        ids = [id for id, _rank in search(text, limit=FOUND_MAX)]
    except DomainError as refused:
        return [], sentence(refused)
    rows: dict[int, Customer] = Customer.objects.in_bulk(ids)
    return [rows[id] for id in ids if id in rows], ""


def _name(customer: Any) -> str:
    return customer.name or customer.phone if customer is not None else ""


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= ID_DIGITS_MAX else None
