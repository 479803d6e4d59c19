"""Customer 360: one customer with all that the apps know, ready for the template, at a cost that never grows."""

from typing import Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from banking.authority import Right, has
from banking.queries import transfers_of
from customers.console.history import in_words
from customers.console.notes import NOTES_SHOWN_MAX, may_delete, may_write_names, may_write_notes
from customers.console.persons import persons
from customers.console.standing import standing
from customers.models import Customer, NoteCategory
from customers.queries import activities, notes
from n2store.roles import caller_of
from wallets.console.panel import statement_rows, wallet_panel
from wallets.queries import statement

ROWS_SHOWN_MAX = 20
LIVE_EVENTS = (
    "wallet.deposit",
    "wallet.withdraw",
    "wallet.virtual_credit",
    "wallet.adjustment",
    "wallet.reversal",
    "customer.created",
    "customer.updated",
    "wallet.withdrawal_failed",
    "transfer.received",
    "transfer.matched",
    "transfer.updated",
    "ticket.created",
    "ticket.updated",
    "ticket.completed",
    "ticket.deleted",
    "inbox.message",
    "inbox.answered",
    "inbox.linked",
)
"""What may change this screen; an EventSource hears only names it was told."""
SILENT_EVENTS = {
    "customer.tier_changed": "always beside a customer.updated",
}
"""What wallets and customers announce and this screen need not hear, and why."""


def customer_screen(request: HttpRequest, customer_id: int) -> dict[str, Any]:
    """Return the customer, what can be spent, the newest rows of each kind, and what the reader may do.

    Raises:
        Http404: there is no such customer.
    """
    customer = get_object_or_404(Customer, pk=customer_id)
    caller = caller_of(request.user)
    rows = statement(customer).select_related("reversed_by", "reverses")[:ROWS_SHOWN_MAX]
    return {
        "customer": customer,
        "panel": wallet_panel(customer, caller),
        "transactions": statement_rows(rows, caller),
        "transfers": transfers_of(customer, limit=ROWS_SHOWN_MAX),
        "activities": in_words(activities(customer)[:ROWS_SHOWN_MAX]),
        "notes": [(note, may_delete(note, request)) for note in notes(customer)[:NOTES_SHOWN_MAX]],
        "note_categories": NoteCategory.choices,
        "may_transfers": {right.value: has(caller, right) for right in Right},
        "may_write_notes": may_write_notes(request),
        "may_write_names": may_write_names(request),
        "rows_shown_max": ROWS_SHOWN_MAX,
    } | standing(request, customer) | persons(request, customer)  # fmt: skip


def live_topics(customer: Customer) -> str:
    """Return the topics whose events change this customer's screen, as the stream's address wants them."""
    return f"wallet:{customer.phone},customer:{customer.phone}"
