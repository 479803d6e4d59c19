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
    "transfer.link": _("Transfer linked"),
    "transfer.unlink": _("Link of a transfer removed"),
    "transfer.resolve": _("Owner of a transfer chosen"),
    "transfer.skip": _("Question about a transfer skipped"),
    "transfer.undo_skip": _("Question about a transfer asked again"),
    "transfer.replace_candidates": _("Candidates of a question replaced"),
    "transfer.approve": _("Transfer approved"),
    "transfer.reject": _("Transfer rejected"),
    "transfer.reopen": _("Rejection of a transfer taken back"),
    "transfer.credit_again": _("Transfer credited afterwards"),
    "transfer.adjust": _("Transfer adjusted"),
    "transfer.undo": _("Match taken back"),
    "transfer.undo_asked": _("Taking a match back asked for"),
    "transfer.undo_withdrawn": _("Taking a match back withdrawn"),
    "transfer.hide": _("Transfer confirmed in Live Mode"),
    "transfer.show": _("Transfer no longer confirmed in Live Mode"),
    "transfer.name": _("Transfer named"),
    "transfer.check": _("Transfer ticked or unticked"),
    "transfer.verify": _("Transfer verified in the check list"),
    "transfer.note": _("Transfer noted in the check list"),
    "transfer.code": _("QR code mapped"),
    "transfer.auto_approve": _("Automatic approval switched"),
    "incident.ask": _("SePay asked about a missing transfer"),
    "incident.set_aside": _("Missing transfer set aside"),
    "failed_delivery.retry": _("Failed delivery tried again"),
    "failed_delivery.retry_all": _("Failed deliveries tried again"),
}


def action_told(action: str) -> str:
    """Return what an action is called; one that is an address stays as it is."""
    return str(ACTIONS.get(action, action))
