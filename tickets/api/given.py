"""Reading what a ticket request says; whether it can stand is for the services to say."""

from itertools import product

from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from customers.phones import canonical_phone
from n2store.windows import BIGINT_MAX
from n2store.wire import storable
from tickets.details import type_of
from tickets.lists import Wanted
from tickets.models import Direction, Party, Priority, TicketStatus
from tickets.orders import NEWEST, QUEUE, Order
from tickets.writing_off import Which
from wallets.api.inputs import Given

TEXT_LENGTH_MAX = 200
STATUSES = frozenset(TicketStatus.values)


def wanted_by(request: Request) -> Wanted:
    """Read the filters of a list.

    Raises:
        ValidationError, InvalidPhone, InvalidType: one of them cannot be.
    """
    query = request.query_params
    priority, customer = _text(request, "priority"), _text(request, "customer_id")
    if priority and priority not in Priority.values:
        raise ValidationError({"priority": f"must be one of: {', '.join(Priority.values)}"})
    if customer and not (customer.isascii() and customer.isdigit() and int(customer[:20]) <= BIGINT_MAX):
        raise ValidationError({"customer_id": "must be a whole number"})
    statuses = tuple(word for word in _text(request, "status").upper().split(",") if word)
    if not STATUSES.issuperset(statuses):
        raise ValidationError({"status": f"must be one of: {', '.join(TicketStatus.values)}"})
    return Wanted(
        statuses=statuses,
        types=tuple(type_of(word).value for word in _text(request, "type").split(",") if word),
        priority=priority,
        phone=canonical_phone(query["phone"]) if query.get("phone") else "",
        customer_id=int(customer) if customer else None,
        order_part=_text(request, "order_id"),
        assigned_to=_text(request, "assigned_to"),
    )


def order_of(request: Request) -> Order:
    """Read in which order a list is asked for.

    Raises:
        ValidationError: it is neither newest first nor the queue.
    """
    order = {"newest": NEWEST, "queue": QUEUE}.get(request.query_params.get("sort") or "newest")
    if order is None:
        raise ValidationError({"sort": "must be newest or queue"})
    return order


def lines_named(given: Given) -> list[Which] | None:
    """Read which lines of a ticket's money are meant, by `party`, `direction` or both; None where neither is named.

    Raises:
        ValidationError: there is no such party, or no such direction.
    """
    if "party" not in given.body and "direction" not in given.body:
        return None
    parties, ways = list(Party), list(Direction)
    if "party" in given.body:
        parties = [Party(given.word("party", Party.values, default=""))]
    if "direction" in given.body:
        ways = [Direction(given.word("direction", Direction.values, default=""))]
    return list(product(ways, parties))


def _text(request: Request, name: str) -> str:
    value: str = request.query_params.get(name, "").strip()
    if not storable(value) or len(value) > TEXT_LENGTH_MAX:
        raise ValidationError({name: f"must be a text of at most {TEXT_LENGTH_MAX} characters"})
    return value
