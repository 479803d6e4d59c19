"""Reads of customers: by what a URL says, by what somebody types, by who was busy last, and what happened to one."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from customers.models import Activity, Customer, Note
from customers.phones import canonical_phone, looks_like_phone
from customers.search import RANK_ALL, Wanted, wanted_by
from n2store.errors import NotFound

FIND = """
    SELECT customer_id, rank FROM customers_search_text(
        customers_fold(%(text)s), customers_fold(%(within)s), '', %(limit)s, %(after_rank)s, %(after_id)s)
"""
FIND_DIGITS = """
    SELECT customer_id, rank FROM customers_search_digits(
        %(digits)s, %(beginning)s, %(limit)s, %(after_rank)s, %(after_id)s)
"""
RECENT = """
    SELECT r.customer_id, r.activity_id
    FROM customers_recency r JOIN customers_customer c ON c.id = r.customer_id AND c.active
    WHERE r.activity_id < %(before)s
    ORDER BY r.activity_id DESC LIMIT {limit:d} OFFSET {offset:d}
"""
"""The limit stands in the text: for one that it does not know PostgreSQL keeps no plan, and planning takes longer."""
BEFORE_ALL = 2**63 - 1


class CustomerNotFound(NotFound):
    """No customer has this id or phone."""

    code = "CUSTOMER_NOT_FOUND"


def customer_by_phone(phone: str) -> Customer:
    """Return the customer of a phone in any spelling.

    Raises:
        InvalidPhone: the text is no phone number.
        CustomerNotFound: nobody has it.
    """
    customer = Customer.objects.filter(phone=canonical_phone(phone)).first()
    if customer is None:
        raise CustomerNotFound("Customer not found")
    return customer


def customer_by_id_or_phone(identifier: str) -> Customer:
    """Return the customer that an identifier in a URL means: a phone if it looks like one, otherwise our id.

    Raises:
        InvalidPhone: it looks like a phone and is none.
        CustomerNotFound: nobody has it, or it is neither.
    """
    column, value = column_meant(identifier)
    customer = Customer.objects.filter(**{column: value}).first()
    if customer is None:
        raise CustomerNotFound("Customer not found")
    return customer


def column_meant(identifier: str) -> tuple[str, str | int]:
    """Return the column, `phone` or `id`, and the value that an identifier in a URL means.

    Raises:
        InvalidPhone: it looks like a phone and is none.
        CustomerNotFound: it is neither phone nor id.
    """
    if looks_like_phone(identifier):
        return "phone", canonical_phone(identifier)
    if identifier.isascii() and identifier.isdigit() and len(identifier) < 19:  # bigint
        return "id", int(identifier)
    raise CustomerNotFound("Customer not found")


def find_statement(wanted: Wanted) -> str:
    """Return the statement that finds what is wanted, best first; `find_parameters` fills it."""
    return FIND_DIGITS if wanted.digits else FIND


def find_parameters(wanted: Wanted, *, limit: int, after: tuple[int, int] | None) -> dict[str, Any]:
    """Return the values of `find_statement`; `after` is id and rank of the last one seen."""
    customer_id, rank = after or (BEFORE_ALL, RANK_ALL)
    return {
        "text": wanted.text,
        "within": wanted.within,
        "digits": wanted.digits,
        "beginning": wanted.phone_beginning,
        "limit": limit,
        "after_rank": rank,
        "after_id": customer_id,
    }


def search(text: str, *, limit: int, cursor: tuple[int, int] | None = None) -> list[tuple[int, int]]:
    """Return id and rank of the active customers that `text` means, best first; `cursor` is the last pair seen.

    Raises:
        InvalidQuery: it is no text of 2 to 200 characters.
    """
    wanted = wanted_by(text)
    return _pairs(find_statement(wanted), find_parameters(wanted, limit=limit, after=cursor))


def recent(*, limit: int, cursor: int | None = None) -> list[tuple[int, int]]:
    """Return active customers, who was busy last first: id, and the activity that says so; `cursor` is the last one."""
    before = BEFORE_ALL if cursor is None else cursor
    return _pairs(RECENT.format(limit=limit, offset=0), {"before": before})


def _pairs(statement: str, parameters: dict[str, Any]) -> list[tuple[int, int]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return [(first, second) for first, second in cursor.fetchall()]


def activities(
    customer: Customer,
    *,
    types: Collection[str] = (),
    actor: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    before: int | None = None,
) -> QuerySet[Activity]:
    """Return the customer's history, newest first; `until` is not included, `before` is the last line seen."""
    rows = Activity.objects.filter(customer=customer).order_by("-id")
    if types:
        rows = rows.filter(type__in=types)
    if actor:
        rows = rows.filter(actor=actor)
    if since:
        rows = rows.filter(created_at__gte=since)
    if until:
        rows = rows.filter(created_at__lt=until)
    return rows if before is None else rows.filter(pk__lt=before)


def notes(customer: Customer) -> QuerySet[Note]:
    """Return the customer's notes, pinned first, then the newest."""
    return Note.objects.filter(customer=customer).order_by("-pinned", "-id")
