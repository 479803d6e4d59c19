"""Opening a ticket: the customer if new, the next code, row, history and event, in one round trip. See ADR 18."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from customers.operations import update_profile
from customers.phones import canonical_phone
from n2store.clock import vietnam_day
from n2store.errors import DomainError
from n2store.idempotency import checked_key
from n2store.roles import Caller
from tickets import details
from tickets.authority import Right, require
from tickets.bought import Bought, Doubt, doubts
from tickets.models import TicketStatus, TicketType
from tickets.workflow import may_begin, waits_for
from wallets.calls import call

TAKEN = (
    "customer_name", "order_id", "tpos_order_id", "tracking_code", "carrier", "status", "priority", "subject",
    "description", "products", "original_cod", "new_cod", "refund_amount", "fix_cod_reason", "internal_note",
    "assigned_to", "attachments",
)  # fmt: skip
"""What a request may say of a new ticket. Who opens it is the caller, whatever `created_by` says."""
SHORT = {"RETURN_SHIPPER": _("collected by the carrier"), "RETURN_CLIENT": _("sent back by the customer")}


class DuplicateReturn(DomainError):
    """The goods of this order come back already."""

    code = "DUPLICATE_RETURN_TICKET"

    def __init__(self, order_id: str, existing: dict[str, Any]) -> None:
        super().__init__(self.code, order=order_id, ticket=existing["ticket_code"], kind=SHORT[existing["type"]])
        self.beside = {"existing_ticket": {name: existing[name] for name in ("id", "ticket_code", "type")}}


@dataclass(frozen=True, slots=True)
class Opened:
    """A new ticket's row as JSON, and what somebody should know of its order. `replayed` for one opened before."""

    row: str
    existing: dict[str, Any] | None
    """A live ticket that the order has already."""
    replayed: bool
    bought: Bought | None = None
    """The order, if the shop knows it."""
    doubts: tuple[Doubt, ...] = ()
    """What it says against the ticket."""


def open_ticket(*, caller: Caller, phone: str, type: str, given: Mapping[str, Any], key: str | None = None) -> Opened:
    """Open a ticket for the customer of a phone, who is made if there is none; once for a `key`.

    Raises:
        MayNotHandle: the caller may not.
        InvalidPhone, InvalidType, InvalidTicket, InvalidProducts, InvalidCod: something given cannot stand.
        TransitionNotAllowed: a ticket of this type does not begin so.
        DuplicateReturn: both this and a live ticket of the order are returns.
        InvalidKey, KeyReused: the key is none, or was used for another ticket.
    """
    require(caller, Right.CREATE)
    phone = canonical_phone(phone)
    columns = _columns(details.type_of(type), given)
    at = timezone.now()
    arguments = [phone, json.dumps(columns), vietnam_day(at).year, checked_key(key), caller.name, at]
    row, existing, replayed, order = call(
        "tickets_create", arguments, returning=["ticket::text", "existing::text", "replayed", "bought::text"]
    )
    known: dict[str, Any] | None = json.loads(existing) if existing else None
    if row is None and known is not None:
        raise DuplicateReturn(columns["order_id"], known)
    bought = Bought.told(order)
    doubted = tuple(doubts(bought, type=columns["type"], amount_vnd=columns["refund_vnd"])) if bought else ()
    return Opened(row=row, existing=known, replayed=replayed, bought=bought, doubts=doubted)


@transaction.atomic
def open_ticket_at_address(
    *, caller: Caller, phone: str, type: str, given: Mapping[str, Any], address: str, key: str | None = None
) -> Opened:
    """Open a ticket, and fill in the address of a customer who has none.

    Raises:
        See `open_ticket`.
        InvalidProfile: the address cannot stand.
    """
    opened = open_ticket(caller=caller, phone=phone, type=type, given=given, key=key)
    customer = Customer.objects.get(phone=canonical_phone(phone))
    if address and not customer.address:
        update_profile(customer_id=customer.pk, changes={"address": address}, by=caller.name)
    return opened


def _columns(type: TicketType, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the whole row that is asked for, every column with a value."""
    said = {name: given[name] for name in TAKEN if given.get(name) not in (None, "")}
    columns = EMPTY | details.columns_of(said) | {"type": type.value}
    details.check_amounts(
        type,
        original_cod_vnd=columns["original_cod_vnd"],
        new_cod_vnd=columns["new_cod_vnd"],
        refund_vnd=columns["refund_vnd"],
        products=columns["products"],
    )
    details.check_goods(type, fix_cod_reason=columns["fix_cod_reason"], products=columns["products"])
    may_begin(type, columns["status"], columns["fix_cod_reason"])
    if columns["refund_vnd"] is None:
        columns["refund_vnd"] = details.amount_meant(
            type,
            original_cod_vnd=columns["original_cod_vnd"],
            new_cod_vnd=columns["new_cod_vnd"],
            products=columns["products"],
        )
    return columns | {"waits_for": waits_for(type, columns["status"]).value}


EMPTY: dict[str, Any] = {
    "firebase_id": None, "customer_name": "", "order_id": "", "tpos_order_id": None, "tracking_code": "",
    "carrier": "", "status": TicketStatus.PENDING.value, "priority": "normal", "subject": "", "description": "",
    "products": [], "original_cod_vnd": None, "new_cod_vnd": None, "refund_vnd": None, "fix_cod_reason": "",
    "assigned_to": "", "internal_note": "", "attachments": [],
}  # fmt: skip
