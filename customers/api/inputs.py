"""Reading what a request gives: bodies that are objects, lists within bounds, days and kinds that exist."""

from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.utils.dateparse import parse_datetime
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from n2store.clock import VIETNAM
from n2store.wire import storable

BATCH_MAX = 500
"""Phones or ids in one request."""


def body_of(request: Request) -> dict[str, Any]:
    """Return the JSON object that was sent.

    Raises:
        ValidationError: something else was sent, such as a list.
    """
    if not isinstance(request.data, dict):
        raise ValidationError("The body must be a JSON object")
    return dict(request.data)


def text_of(body: dict[str, Any], name: str) -> str:
    """Return a text of the body, empty when it is absent.

    Raises:
        ValidationError: it is no text.
    """
    value = body.get(name)
    if value is None:
        return ""
    if not isinstance(value, str) or not storable(value):
        raise ValidationError({name: "must be a text"})
    return value


def phones_of(body: dict[str, Any]) -> list[str]:
    """Return the body's `phones`.

    Raises:
        ValidationError: they are no list of 1 to 500 texts.
    """
    return _list_of(body, "phones", str)


def ids_of(body: dict[str, Any]) -> list[int]:
    """Return the body's `ids`; one that no row can have is left out.

    Raises:
        ValidationError: they are no list of 1 to 500 whole numbers.
    """
    return [id for id in _list_of(body, "ids", int) if 0 < id < 2**63]


def _list_of(body: dict[str, Any], name: str, kind: type) -> list[Any]:
    values = body.get(name)
    if not isinstance(values, list) or not 1 <= len(values) <= BATCH_MAX:
        raise ValidationError({name: f"must be a list of 1 to {BATCH_MAX}"})
    if any(type(value) is not kind or (isinstance(value, str) and not storable(value)) for value in values):
        raise ValidationError({name: "must hold texts only" if kind is str else "must hold whole numbers only"})
    return values


def kinds_of(request: Request, name: str, known: Collection[str]) -> list[str]:
    """Return the known words of a query parameter that names one or several, parted by commas.

    Raises:
        ValidationError: one of them is unknown.
    """
    wanted = [word for word in request.query_params.get(name, "").split(",") if word]
    if any(word not in known for word in wanted):
        raise ValidationError({name: f"must be one of: {', '.join(sorted(known))}"})
    return wanted


def plain_text(request: Request, name: str) -> str:
    """Return a query parameter as a text to compare with, empty when it is absent.

    Raises:
        ValidationError: it holds what no stored text holds.
    """
    value: str = request.query_params.get(name, "").strip()
    if not storable(value):
        raise ValidationError({name: "holds characters that cannot be stored"})
    return value


def moment_of(request: Request, name: str, *, end: bool = False) -> datetime | None:
    """Return the moment that a query parameter names: a Vietnam day, with `end` its end, or an instant.

    Raises:
        ValidationError: it is neither.
    """
    given = request.query_params.get(name, "").strip()
    if not given:
        return None
    try:
        day = date.fromisoformat(given)
    except ValueError:
        pass
    else:
        if not 2000 <= day.year < 2200:
            raise ValidationError({name: "must be a day of this century"})
        return datetime.combine(day, time.min, tzinfo=VIETNAM) + timedelta(days=1 if end else 0)
    try:
        at = parse_datetime(given.replace(" ", "+"))
        if at is None or not 2000 <= at.year < 2200:
            raise ValueError
    except ValueError as error:
        raise ValidationError({name: "must be a day such as 2026-01-31, or an instant in ISO 8601"}) from error
    return at if at.tzinfo else at.replace(tzinfo=UTC)
