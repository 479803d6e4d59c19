"""Money that does not end with its ticket: an open one is neither cancelled nor deleted over it."""

from tickets import compensation
from tickets.models import Direction, Party, Ticket
from tickets.money import Line, require_settled
from tickets.record import owed_with


def require_nothing_outlives(ticket: Ticket) -> None:
    """Return if nobody's money is forgotten with an open ticket, once what was given for it is taken back.

    Raises:
        Unsettled: somebody still owes the shop money on it, or is owed for goods that came.
    """
    if ticket.received_at is not None and compensation.amount_unsaid(ticket):
        raise compensation.missing_amount()
    require_settled(line for line in owed_with(ticket, None) if _outlives(line, ticket))


def _outlives(line: Line, ticket: Ticket) -> bool:
    """Tell whether money does not end with its ticket: the shop's, and the customer's once the goods are here."""
    is_customers = line.party is Party.CUSTOMER and ticket.received_at is not None
    return line.direction is Direction.OWED_BY or is_customers
