"""What v1 and v2 do alike: lists, one ticket, opening, changing, deleting."""

from collections.abc import Iterator
from typing import Any

from django.http import HttpResponse
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from n2store.json_answers import answer
from n2store.messages import message_of
from n2store.roles import caller_of
from n2store.windows import window_of
from tickets import changing, creating, lists, queries
from tickets.api.given import order_of, wanted_by
from tickets.deleting import Deleted, delete
from tickets.orders import is_key
from wallets.api.inputs import Given

PER_PAGE = 50
PER_PAGE_MAX = 500
DUPLICATE = "DUPLICATE_TICKET"


def list_page(request: Request) -> HttpResponse:
    """Answer one page of tickets in one statement."""
    wanted, order = wanted_by(request), order_of(request)
    window = window_of(request, limit=PER_PAGE, limit_max=PER_PAGE_MAX, key=order.key_types)
    if window.after is not None and not is_key(order, window.after):
        raise ValidationError({"cursor": "is not a cursor of this list"})
    page = lists.listed(wanted, limit=window.limit, offset=window.offset, after=window.after, order=order)
    block = window.block(total=page.total, estimated=page.estimated, rows=page.rows, last=page.last)
    return answer(page.data, pagination=block)


def one(identifier: str) -> HttpResponse:
    """Answer a ticket's row, its customer's balances, and what is open: `money` with `owed_to` and `owed_by`."""
    row, real_vnd, virtual_vnd, owed = queries.detail(identifier)
    return answer(f'{row[:-1]},"wallet_balance":{real_vnd},"wallet_virtual":{virtual_vnd},"money":{owed}}}')


def row(ticket_id: int, **more: Any) -> HttpResponse:
    """Answer a ticket's row as it is now."""
    return answer(queries.row_of(ticket_id), **more)


def opened(request: Request) -> HttpResponse:
    """Open the ticket that the body describes and answer its row; warn of what its order says against it."""
    given = Given(request)
    phone, type = given.text("phone"), given.text("type")
    if not phone or not type:
        raise ValidationError("Phone and type are required")
    address = given.text("customer_address")
    said: dict[str, Any] = {"caller": given.caller, "phone": phone, "type": type, "given": given.body, "key": given.key}
    ticket = creating.open_ticket_at_address(**said, address=address) if address else creating.open_ticket(**said)
    if ticket.replayed:
        answered = answer(ticket.row)
        answered.headers["Idempotent-Replayed"] = "true"
        return answered
    warnings = [{"code": code, "message": sentence} for code, sentence in _warned(ticket)]
    if not warnings:
        return answer(ticket.row)
    first: dict[str, Any] = {"warning": warnings[0]["code"], "message": warnings[0]["message"], "warnings": warnings}
    return answer(ticket.row, **first | ({"existing_ticket": ticket.existing} if ticket.existing else {}))


def _warned(ticket: creating.Opened) -> Iterator[tuple[str, str]]:
    """Yield what somebody should know of the order of a new ticket, as a code and a sentence."""
    if ticket.existing is not None:
        yield DUPLICATE, message_of(DUPLICATE, "The order has another ticket", {})
    if ticket.bought is not None:
        yield from ((doubt.value, doubt.sentence(ticket.bought)) for doubt in ticket.doubts)


def changed(request: Request, identifier: str) -> HttpResponse:
    """Change what the body names, and answer the row."""
    given = Given(request)
    ticket_id = queries.id_of(identifier)
    changing.change(caller=given.caller, ticket_id=ticket_id, given=given.body)
    return row(ticket_id)


def deleted(request: Request, identifier: str) -> Deleted:
    """Delete the ticket: as a mark, with `hard=true` for good."""
    hard = request.query_params.get("hard", "").lower()
    if hard not in ("", "0", "1", "false", "true"):
        raise ValidationError({"hard": "must be true or false"})
    return delete(caller=caller_of(request.user), ticket_id=queries.id_of(identifier), for_good=hard in ("1", "true"))
