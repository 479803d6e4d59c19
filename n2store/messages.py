"""What staff read when something is refused: one sentence for each stable code, Vietnamese and English."""

from django.utils.translation import gettext_lazy as _

MESSAGES = {
    "AUTH_REQUIRED": _("Please log in to continue."),
    "AUTH_EXPIRED": _("Your login has ended. Please log in again."),
    "LOGIN_FAILED": _("User name or password is wrong."),
    "PERMISSION_DENIED": _("You may not do this. Ask the owner if you need it."),
    "AMOUNT_ABOVE_ROLE_LIMIT": _("Your role may move up to %(limit)s at a time. Ask somebody with a higher limit."),
    "INVALID_PHONE": _("The phone number is not valid. It begins with 0 and has 10 digits."),
    "DUPLICATE_PHONE": _("A customer with this phone number exists already."),
    "CUSTOMER_NOT_FOUND": _("There is no such customer."),
    "CUSTOMER_IN_USE": _("Money, transfers, notes or history belong to this customer. Hide the customer instead."),
    "INVALID_PROFILE": _("Something in the profile is not valid. Please check what you entered."),
    "NOTHING_TO_UPDATE": _("There is nothing to change."),
    "INVALID_NOTE": _("The note is not valid: it has 1 to 5,000 characters and a known category."),
    "INVALID_ALIAS": _("The alias is not valid: it has 1 to 255 characters, and a customer has at most 50."),
    "INVALID_IMPORT": _("The sheet is not valid: it has 1 to 1,000 customers."),
    "QUERY_REQUIRED": _("Please type what to search for."),
    "CUSTOMER_BLACKLISTED": _("This customer is blacklisted: no new order, withdrawal or credit."),
    "INVALID_AMOUNT": _("The amount is not valid. Enter a whole, positive number of dong."),
    "AMOUNT_EXCEED_LIMIT": _("The amount is above the limit of %(limit)s."),
    "INSUFFICIENT_BALANCE": _("The customer's wallet (%(current_balance)s) does not cover %(required_amount)s."),
    "IDEMPOTENCY_KEY_REUSED": _("This request was sent before with other content. Nothing was changed."),
    "INVALID_KEY": _("The idempotency key is not valid: 1 to 100 visible characters."),
    "NOT_REVERSIBLE": _("This movement cannot be taken back."),
    "WALLET_NOT_FOUND": _("The customer has no wallet yet. One will be opened."),
    "VIRTUAL_CREDIT_EXPIRED": _("The customer's virtual credit ended on %(expiry_date)s."),
    "INVALID_ORDER_ID": _("Please choose an order first."),
    "INVALID_SOURCE": _("The source is not valid."),
    "INVALID_TEXT": _("A text is too long, or holds characters that are no text."),
    "INVALID_EXPIRY": _("Credit lives from 1 to 365 days."),
    "INVALID_QUERY": _("Type 2 to 200 characters to search for."),
    "PENDING_AMOUNT_DIFFERS": _("This order was to take another amount from this customer. Nothing was changed."),
    "ORDER_WITHDRAWAL_CANCELLED": _("This order was cancelled: no money is taken for it any more."),
    "WITHDRAWAL_ALREADY_TAKEN": _("The money of this order was taken already. Give it back instead of cancelling."),
    "WITHDRAWAL_NOT_TAKEN": _("This order has taken no money. Cancel it instead."),
    "REASON_REQUIRED": _("Please give a reason."),
    "TICKET_NOT_FOUND": _("There is no such ticket."),
    "INVALID_TICKET": _("Something in the ticket is not valid. Please check what you entered."),
    "INVALID_TICKET_TYPE": _("Please choose the type of the ticket."),
    "INVALID_COD": _("The new COD must be below the original COD, and no amount above what is at stake."),
    "INVALID_PRODUCTS": _("The goods are not valid: no more can come back than was bought."),
    "TICKET_ALREADY_COMPLETED": _("This ticket was completed before."),
    "TICKET_TRANSITION_NOT_ALLOWED": _("The ticket cannot go there from where it is."),
    "TICKET_UNSETTLED": _("%(open)s of this ticket are not settled. Settle them, or write them off with a reason."),
    "TICKET_PHONE_DIFFERS": _("The ticket is another customer's."),
    "TICKET_HAS_DEPOSIT": _("%(amount)s were paid into the wallet for this ticket. Take that back first."),
    "COMPENSATION_ABOVE_VALUE": _("No more than %(limit)s can be given: the value of the goods that come back."),
    "DUPLICATE_RETURN_TICKET": _("Order %(order)s has a return ticket already: %(ticket)s (%(kind)s)"),
    "DUPLICATE_VIRTUAL_CREDIT": _("Ticket %(ticket)s was given virtual credit already: %(amount)s"),
    "CANNOT_DELETE_USED_CREDIT": _("Cannot delete: the virtual credit was used already (used: %(used)s)"),
    "DUPLICATE_TICKET": _("There is a ticket for this order already. Do you want to see it?"),
    "INVALID_RETURN_ORDER": _("Something in the return order is not valid. Please check what you entered."),
    "DUPLICATE_INVOICE": _("A return order with this invoice number exists already."),
    "PERMISSION_ACCOUNTANT": _("Only the accountant may mark this as paid."),
    "PERMISSION_WAREHOUSE": _("Only the warehouse may confirm that goods are here."),
    "TPOS_TIMEOUT": _("TPOS is busy. Please try again in 30 seconds."),
    "TPOS_NOT_FOUND": _("No order was found. Please check the phone number or the tracking code."),
    "TPOS_CUSTOMER_NOT_FOUND": _("TPOS has no such person with this phone."),
    "TPOS_NOT_CONFIGURED": _("TPOS is not connected to this shop."),
    "TPOS_ERROR": _("TPOS answered with an error: %(error_message)s"),
    "NETWORK_ERROR": _("There is no network connection. Please check it and try again."),
    "WORKER_ERROR": _("The gateway has a problem. Please try again later."),
    "NOT_FOUND": _("This does not exist."),
    "INVALID": _("Something in the request is not valid."),
    "METHOD_NOT_ALLOWED": _("This address does not do that."),
    "UNSUPPORTED_MEDIA_TYPE": _("The request is not in a form that can be read here. Send JSON."),
    "BAD_REQUEST": _("This request cannot be served."),
    "TOO_LARGE": _("The request is too large."),
    "PARSE_ERROR": _("The request could not be read."),
    "INTERNAL_ERROR": _("Something went wrong on our side. Please try again."),
}


def message_of(code: str, sentence: str, params: dict[str, object]) -> str:
    """Return what staff read for `code` in the reader's language; the sentence itself where the code has no text."""
    text = MESSAGES.get(code)
    if text is None:
        return sentence
    try:
        return str(text) % params if "%(" in str(text) else str(text)
    except KeyError:
        return sentence
