"""`/api/transactions/consolidated`: all that happened in the shop, money and the rest, newest first, each thing once.

A movement of money is its row of the ledger, and the opening of a ticket is the ticket; the lines of history that tell
of them are left out. What became of a ticket later is told by its lines.
"""

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from customers.api.inputs import kinds_of, moment_of, plain_text
from customers.api.lists import micros, moment
from customers.api.v1_customer import OBJECT, PAGING
from customers.api.wire import rows
from customers.models import ActivityType
from customers.phones import canonical_phone
from customers.queries import search
from n2store.json_answers import answer
from n2store.json_sql import array_of, number, object_of, text, utc
from n2store.roles import IsStaffMember
from n2store.windows import COUNTED_MAX, Window, estimated_rows, window_of
from tickets.models import TicketType
from wallets.models import TransactionType

PER_PAGE = 10
PER_PAGE_MAX = 200
OWNERS_MAX = 50
"""Customers whose rows a search text means, at most."""
NO_TICKETS_TYPE = "COD_ADJUSTMENT"
"""The pages ask for it; no ticket ever had it."""
TICKETS, LEDGER, HISTORY = 3, 2, 1
"""Of one moment, the ticket comes above the money and the lines."""
MOVEMENTS = f"""
    SELECT t.created_at, {LEDGER} AS source, t.id,
           (SELECT w.customer_id FROM wallets_wallet w WHERE w.id = t.wallet_id) AS customer_id,
           t.type, t.amount_vnd AS amount,
           nullif(t.note, '') AS description, 'dollar-sign' AS icon,
           CASE WHEN t.type IN ('DEPOSIT', 'VIRTUAL_CREDIT') THEN 'green'
                WHEN t.type IN ('WITHDRAW', 'VIRTUAL_DEBIT') THEN 'red' ELSE 'blue' END AS color
    FROM wallets_transaction t
"""
LINES = f"""
    SELECT a.created_at, {HISTORY} AS source, a.id, a.customer_id, a.type, NULL::bigint AS amount,
           concat_ws(' - ', a.title, nullif(a.description, '')) AS description, a.icon, a.color
    FROM customers_activity a
"""
OPENED = f"""
    SELECT k.created_at, {TICKETS} AS source, k.id, k.customer_id, k.type, k.refund_vnd AS amount,
           'Sự vụ ' || k.type || ' - ' || k.code AS description, 'confirmation_number' AS icon,
           CASE k.status WHEN 'COMPLETED' THEN 'green' WHEN 'CANCELLED' THEN 'red' ELSE 'blue' END AS color
    FROM tickets_ticket k
"""
SOURCES = (
    (TICKETS, OPENED, "k", "k.customer_id {test}", "k.deleted_at IS NULL", TicketType),
    (
        LEDGER,
        MOVEMENTS,
        "t",
        "t.wallet_id IN (SELECT w.id FROM wallets_wallet w WHERE w.customer_id {test})",
        "true",
        TransactionType,
    ),
    (
        HISTORY,
        LINES,
        "a",
        "a.customer_id {test}",
        "a.reference_type <> 'wallet_transaction' AND a.type <> 'TICKET_CREATED'",
        ActivityType,
    ),
)
"""Source, statement, its row, how it is narrowed to customers, what belongs to it, and the types it has."""
HAPPENED = object_of(
    {
        "id": number("shown.id"),
        "source_type": text(
            f"CASE shown.source WHEN {TICKETS} THEN 'customer_ticket' WHEN {LEDGER} THEN 'wallet_transaction' "
            "ELSE 'customer_activity' END"
        ),
        "type": text("shown.type"),
        "created_at": utc("shown.created_at"),
        "amount": number("shown.amount"),
        "description": text("shown.description"),
        "customer_id": number("c.id"),
        "customer_name": text("c.name"),
        "customer_phone": text("c.phone"),
        "icon": text("shown.icon"),
        "color": text("shown.color"),
    }
)
DATA = array_of(HAPPENED, order="shown.created_at DESC, shown.source DESC, shown.id DESC")
PAGE = f"""
    SELECT {{data}}, count(*), min(shown.created_at),
           (array_agg(ARRAY[shown.source, shown.id] ORDER BY shown.created_at, shown.source, shown.id))[1:1],
           CASE WHEN %(first)s AND count(*) < %(limit)s THEN count(*)
                ELSE (SELECT count(*) FROM ({{counted}} LIMIT {COUNTED_MAX + 1}) counted) END
    FROM (
        SELECT * FROM ({{all}}) happened ORDER BY created_at DESC, source DESC, id DESC
        LIMIT %(limit)s OFFSET %(offset)s
    ) shown JOIN customers_customer c ON c.id = shown.customer_id
"""


class Consolidated(APIView):
    """Everything that happened, over all customers or of one."""

    permission_classes = [IsStaffMember]

    @extend_schema(
        operation_id="v1_consolidated",
        parameters=[
            *PAGING,
            OpenApiParameter("startDate", str, description="First Vietnam day, or an instant."),
            OpenApiParameter("endDate", str, description="Last Vietnam day, or an instant."),
            OpenApiParameter("phone", str),
            OpenApiParameter("type", str),
            OpenApiParameter("query", str, description="Name, phone, alias, address, id or order code."),
        ],
        responses=OBJECT,
    )
    def get(self, request: Request) -> HttpResponse:
        """Return one page; one statement, and one more for the estimate when there are more than 1,000."""
        window = window_of(request, limit=PER_PAGE, limit_max=PER_PAGE_MAX, key=(int, int, int))
        return _page(window, _filter(request))


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the list is narrowed to: conditions on columns of `happened` rows, and their values."""

    types: list[str]
    conditions: list[str]
    parameters: dict[str, Any]
    owners: str


def _filter(request: Request) -> Wanted:
    """Return what the query asks for. `{row}` is the row that happened; `owners` tests its customer."""
    types = kinds_of(
        request, "type", [*TransactionType.values, *ActivityType.values, *TicketType.values, NO_TICKETS_TYPE]
    )
    asked: list[tuple[str, str, Any]] = [
        ("{row}.type = ANY(%(types)s)", "types", types),
        ("{row}.created_at >= %(since)s", "since", moment_of(request, "startDate")),
        ("{row}.created_at < %(until)s", "until", moment_of(request, "endDate", end=True)),
    ]
    conditions = [condition for condition, _, value in asked if value]
    parameters = {name: value for _, name, value in asked if value}
    phone, text = plain_text(request, "phone"), plain_text(request, "query")
    owners = ""
    if phone:
        owners = "= (SELECT id FROM customers_customer WHERE phone = %(phone)s)"
        parameters["phone"] = canonical_phone(phone)
    elif text:
        owners = "= ANY(%(ids)s::bigint[])"
        parameters["ids"] = [customer_id for customer_id, _ in search(text, limit=OWNERS_MAX)]
    return Wanted(types=types, conditions=conditions, parameters=parameters, owners=owners)


def _page(window: Window, wanted: Wanted) -> HttpResponse:
    selects = []
    for source, select, row, owned, own, kinds in SOURCES:
        conditions = [own, *(condition.format(row=row) for condition in wanted.conditions)]
        if wanted.types and not set(wanted.types) & set(kinds.values):
            conditions = ["false"]
        if wanted.owners:
            conditions.append(owned.format(test=wanted.owners))
        selects.append((source, row, f"{select} WHERE {' AND '.join(conditions)}"))
    counted = " UNION ALL ".join(select for _, _, select in selects)
    reached = " UNION ALL ".join(
        f"({select}{_beyond(source, row, window)} ORDER BY {row}.created_at DESC, {row}.id DESC LIMIT %(reach)s)"
        for source, row, select in selects
    )
    parameters: dict[str, Any] = {"limit": window.limit, "offset": window.offset, "reach": window.offset + window.limit}
    parameters["first"] = window.offset == 0 and not window.after
    if window.after:
        parameters |= {"after": moment(window.after[0]), "after_source": window.after[1], "after_id": window.after[2]}
    page = rows(PAGE.format(data=DATA, all=reached, counted=counted), wanted.parameters | parameters)
    assert page is not None
    data, count, last_at, keys, total = page
    estimated = total > COUNTED_MAX
    block = window.block(
        total=estimated_rows(counted, wanted.parameters) if estimated else total,
        estimated=estimated,
        rows=count,
        last=[micros(last_at), *keys[0]] if count else None,
    )
    return answer(data, pagination=block)


def _beyond(source: int, row: str, window: Window) -> str:
    """Return the condition that leaves out what earlier pages showed."""
    if not window.after:
        return ""
    return (
        f" AND ({row}.created_at, {source}, {row}.id) < (%(after)s, %(after_source)s, %(after_id)s)"
        f" AND {row}.created_at <= %(after)s"
    )
