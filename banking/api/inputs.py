"""Reading what a request about transfers says: ids in the path, words and days of a query, fields of a body."""

from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils.dateparse import parse_datetime
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from n2store.clock import VIETNAM, vietnam_day
from n2store.roles import Caller, caller_of
from n2store.windows import BIGINT_MAX
from n2store.wire import storable

TEXT_LENGTH_MAX = 2_000
YEARS = range(2000, 2200)


def id_of(text: str) -> int | None:
    """Return the id that a part of the path says; None for what no row can have."""
    if not (text.isascii() and text.isdigit() and len(text) <= 19):
        return None
    return int(text) if 0 < int(text) <= BIGINT_MAX else None


def text_of(request: Request, name: str) -> str:
    """Return a query parameter without the space around it, empty when it is absent.

    Raises:
        ValidationError: it is too long, or holds what no stored text holds.
    """
    return _plain(request.query_params.get(name, ""), name).strip()


def word_of(request: Request, name: str, known: Collection[str], *, default: str = "") -> str:
    """Return one of the known words of a query.

    Raises:
        ValidationError: it is another one.
    """
    word = text_of(request, name) or default
    if word and word not in known:
        raise ValidationError({name: f"must be one of: {', '.join(known)}"})
    return word


def moment_of(request: Request, name: str, *, end: bool = False) -> datetime | None:
    """Return the moment that a query parameter names: a Vietnam day, with `end` its end, or a moment of the clock there.

    Raises:
        ValidationError: it is neither.
    """
    given = text_of(request, name)
    if not given:
        return None
    try:
        if len(given) <= len("2026-01-31"):
            day = datetime.combine(date.fromisoformat(given), time.min, tzinfo=VIETNAM)
            at = day + timedelta(days=1) if end else day
        else:
            # A plus in a query is a space; between day and time a space is one.
            parsed = parse_datetime(given[:11] + given[11:].replace(" ", "+"))
            if parsed is None:
                raise ValueError
            at = parsed if parsed.tzinfo else parsed.replace(tzinfo=VIETNAM)
            at += timedelta(seconds=1) if end else timedelta()
    except (ValueError, OverflowError) as error:
        raise ValidationError({name: "must be a day such as 2026-01-31, or an instant in ISO 8601"}) from error
    if at.year not in YEARS:
        raise ValidationError({name: "must be a day of this century"})
    return at


def midnight(at: datetime) -> datetime:
    """Return the midnight with which the Vietnam day of a moment began."""
    return datetime.combine(vietnam_day(at), time.min, tzinfo=VIETNAM)


class Body:
    """The JSON object of a request, and who sends it. What it says of the actor counts for nothing."""

    def __init__(self, request: Request) -> None:
        """Take the body; none at all is an empty object.

        Raises:
            ValidationError: it is no JSON object.
        """
        given = {} if request.data is None or request.data == "" else request.data
        if not isinstance(given, dict):
            raise ValidationError("The body must be a JSON object")
        self.fields: dict[str, Any] = {name: given.get(name) for name in given}
        self.caller: Caller = caller_of(request.user)

    def text(self, *names: str) -> str:
        """Return the first of the named texts that is given; a whole number counts as its digits.

        Raises:
            ValidationError: it is neither, or too long, or holds what no stored text holds.
        """
        for name in names:
            value = self.fields.get(name)
            if value is None or value == "":
                continue
            if type(value) is int:
                value = str(value)
            if not isinstance(value, str):
                raise ValidationError({name: "must be a text"})
            return _plain(value, name).strip()
        return ""

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Return a boolean.

        Raises:
            ValidationError: it is something else.
        """
        value = self.fields.get(name)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise ValidationError({name: "must be true or false"})
        return value

    def ids(self, name: str, *, most: int, missing: str) -> list[int]:
        """Return a list of ids, as numbers or texts of digits; what no row can have stands as it came, as 0.

        Raises:
            ValidationError: it is no list of 1 to `most`; `missing` is the sentence for none at all.
        """
        values = self.fields.get(name)
        if not isinstance(values, list) or not values:
            raise ValidationError(missing)
        if len(values) > most:
            raise ValidationError({name: f"must be a list of 1 to {most}"})
        if any(type(value) not in {int, str} for value in values):
            raise ValidationError({name: "must hold whole numbers only"})
        return [id_of(str(value)) or 0 for value in values]


def _plain(value: str, name: str) -> str:
    if len(value) > TEXT_LENGTH_MAX:
        raise ValidationError({name: f"must be at most {TEXT_LENGTH_MAX} characters"})
    if not storable(value):
        raise ValidationError({name: "holds characters that cannot be stored"})
    return value
