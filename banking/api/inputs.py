"""Reading what a request about transfers says: ids in the path, words and days of a query, fields of a body."""

import re
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
NAME_LENGTH_MAX = 255
IMAGE_URL_LENGTH_MAX = 500
YEARS = range(2000, 2200)
_PICTURE = re.compile(r"https?://[^\s/?#\\]+(?:[/?#]\S*)?|/media/(?!\S*\.\.)\S+", re.IGNORECASE)
_WHOLE = re.compile(r"-?[0-9]{1,18}")


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
    """Return the moment that a query parameter names: a Vietnam day, with `end` its end, or an instant.

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
        given = {} if request.data is None else request.data
        if not isinstance(given, dict):
            raise ValidationError("The body must be a JSON object")
        self.fields: dict[str, Any] = {name: given.get(name) for name in given}
        self.caller: Caller = caller_of(request.user)

    def text(self, *names: str, most: int = TEXT_LENGTH_MAX) -> str:
        """Return the first of the named texts that is given, without the space around it; a number as its digits.

        Raises:
            ValidationError: it is neither, or longer than `most`, or holds what no stored text holds.
        """
        for name in names:
            value = self.fields.get(name)
            if value is None or value == "":
                continue
            if type(value) is int and abs(value) <= BIGINT_MAX:
                value = str(value)
            if not isinstance(value, str):
                raise ValidationError({name: "must be a text"})
            return _plain(value, name, most).strip()
        return ""

    def picture(self, name: str) -> str:
        """Return the address of a picture: of any site, or one of the shop's own. It becomes a link on a page.

        Raises:
            ValidationError: as `text`, or it is none of both.
        """
        text = self.text(name, most=IMAGE_URL_LENGTH_MAX)
        if text and not _PICTURE.fullmatch(text):
            raise ValidationError({name: "must begin with https://, http:// or /media/"})
        return text

    def required(self, name: str, *names: str, missing: str, most: int = TEXT_LENGTH_MAX) -> str:
        """Return a text that has to be there; `missing` is the sentence for an empty one.

        Raises:
            ValidationError: as `text`, or nothing is given.
        """
        text = self.text(name, *names, most=most)
        if not text:
            raise ValidationError(missing)
        return text

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

    def dong(self, name: str) -> int | None:
        """Return whole dong, None when absent; also what a float without fraction or a text of digits says.

        Raises:
            ValidationError: it is no whole number.
        """
        value = self.fields.get(name)
        if value is None or value == "":
            return None
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, str) and _WHOLE.fullmatch(value.strip()):
            value = int(value)
        if type(value) is not int or abs(value) > BIGINT_MAX:
            raise ValidationError({name: "must be a whole number of dong"})
        return value

    def ids(self, name: str, *, most: int, missing: str) -> list[int]:
        """Return a list of ids, which come as numbers or as texts of digits.

        Raises:
            ValidationError: it is no list of 1 to `most` ids; `missing` is the sentence for none at all.
        """
        values = self.fields.get(name)
        if not isinstance(values, list) or not values:
            raise ValidationError(missing)
        if len(values) > most:
            raise ValidationError({name: f"must be a list of 1 to {most}"})
        ids = [id_of(str(value)) if type(value) in {int, str} else None for value in values]
        known = [id for id in ids if id is not None]
        if len(known) < len(ids):
            raise ValidationError({name: "must hold ids only"})
        return known


def _plain(value: str, name: str, most: int = TEXT_LENGTH_MAX) -> str:
    if len(value) > most:
        raise ValidationError({name: f"must be at most {most} characters"})
    if not storable(value):
        raise ValidationError({name: "holds characters that cannot be stored"})
    return value
