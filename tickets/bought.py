"""What the shop knows of the order that a ticket is about, and what this says against the ticket. See ADR 18."""

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from django.db import connection

from customers.models import OrderStatus
from n2store.errors import DomainError
from n2store.messages import message_of
from n2store.templatetags.money import vnd
from tickets.models import RETURN_TYPES, Ticket, TicketType
from tickets.workflow import KIND_OF, Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Bought:
    """An order of the shop: of the customer who is asked about, if one of their orders has the code."""

    code: str
    total_vnd: int
    status: OrderStatus
    is_own: bool
    phone: str
    name: str
    """Whose it is."""

    @classmethod
    def told(cls, text: str | None) -> Self | None:
        """Return what `tickets_bought` tells as JSON; None for an order that the shop does not know."""
        if text is None:
            return None
        said = json.loads(text)
        return cls(**said | {"status": OrderStatus(said["status"])})

    @property
    def params(self) -> dict[str, object]:
        """What the sentences about it name."""
        return {"order": self.code, "total": vnd(self.total_vnd), "name": self.name, "phone": self.phone}

    def bounds(self, type: str) -> bool:
        """Tell whether money of such a ticket is money of the order: care may be worth more to the shop."""
        return bool(self.total_vnd) and KIND_OF[TicketType(type)] is not Kind.CARE

    def is_exceeded(self, type: str, amount_vnd: int) -> bool:
        """Tell whether so much is more than such a ticket can be about."""
        return self.bounds(type) and amount_vnd > self.total_vnd


class AboveOrder(DomainError):
    """More than the whole order cost."""

    code = "COMPENSATION_ABOVE_ORDER"


class OrderDoubted(DomainError):
    """The order says something against what policy would give by itself."""

    status, code = 409, "TICKET_ORDER_DOUBTED"


class Doubt(StrEnum):
    """Why somebody should look at the order before money is given. The values are words of the wire."""

    ANOTHERS = "ORDER_OF_ANOTHER_CUSTOMER"
    CANCELLED = "ORDER_WAS_CANCELLED"
    ABOVE = "AMOUNT_ABOVE_ORDER"

    def sentence(self, order: Bought) -> str:
        """Return it in the reader's words."""
        return message_of(self.value, f"Look at order {order.code}", order.params)


def bought(order_id: str, *, customer_id: int) -> Bought | None:
    """Return what is known of an order. One query, none without a code."""
    if not order_id:
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT tickets_bought(%s, %s)::text", [order_id, customer_id])
        return Bought.told(cursor.fetchone()[0])


def doubts(order: Bought, *, type: str, amount_vnd: int | None) -> list[Doubt]:
    """Return what the order says against a ticket about `amount_vnd`.

    Of an order that was cancelled there is nothing to return, while a parcel that is refused often ends so.
    """
    said = {
        Doubt.ANOTHERS: not order.is_own,
        Doubt.CANCELLED: order.status is OrderStatus.CANCELLED and type in RETURN_TYPES,
        Doubt.ABOVE: order.is_exceeded(type, amount_vnd or 0),
    }
    return [doubt for doubt, holds in said.items() if holds]


def bought_with(ticket: Ticket) -> Bought | None:
    """Return what is known of a ticket's order. One query."""
    return bought(ticket.order_id, customer_id=ticket.customer_id)


def said_against(ticket: Ticket, amount_vnd: int | None, *, order: Bought | None) -> list[str]:
    """Return in the reader's words what a ticket's order, if it is known, says against so much for it."""
    if order is None:
        return []
    return [doubt.sentence(order) for doubt in doubts(order, type=ticket.type, amount_vnd=amount_vnd)]


def require_undoubted(ticket: Ticket, amount_vnd: int) -> None:
    """Return if the order says nothing against so much: otherwise a person gives it who looked at the order.

    Raises:
        OrderDoubted: it does.
    """
    if against := said_against(ticket, amount_vnd, order=bought_with(ticket)):
        raise OrderDoubted("The order speaks against it: resolve with an amount", why=" ".join(against))


def require_within_order(order_id: str, *, customer_id: int, type: str, amount_vnd: int) -> None:
    """Return if a customer gets no more for an order than it cost, as far as the shop knows.

    Raises:
        AboveOrder: it cost less.
    """
    order = bought(order_id, customer_id=customer_id)
    if order is not None and order.is_exceeded(type, amount_vnd):
        raise AboveOrder(f"The order's total is {order.total_vnd} dong", **order.params)
