"""What the audit log's actions are called on screen."""

from django.utils.translation import gettext_lazy as _

ACTIONS = {
    "customer.create": _("Customer added"),
    "customer.update": _("Profile changed"),
    "customer.import": _("Imported"),
    "customer.delete": _("Customer deleted"),
    "customer.note.add": _("Note added"),
    "customer.note.pin": _("Note pinned or unpinned"),
    "customer.note.delete": _("Note deleted"),
    "pending_withdrawal.cancel": _("Withdrawal of an order cancelled"),
    "pending_withdrawal.release": _("An order's money given back"),
    "ticket.update": _("Ticket changed"),
    "ticket.move": _("Ticket moved on"),
    "ticket.note": _("Note on a ticket"),
    "ticket.credit": _("Credit given for a ticket"),
    "ticket.resolve": _("Ticket resolved"),
    "ticket.write_off": _("Money of a ticket written off"),
    "ticket.delete": _("Ticket deleted"),
    "return_order.update": _("Return order changed"),
    "return_order.delete": _("Return order deleted"),
    "order.cancel_withdrawals": _("Withdrawals of an order cancelled"),
}


def action_told(action: str) -> str:
    """Return what an action is called; one that is an address stays as it is."""
    return str(ACTIONS.get(action, action))
