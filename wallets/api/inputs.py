"""Reading what a money request says. Old pages send amounts as texts or floats: exact ones are taken, others not."""

import re
from collections.abc import Collection
from typing import Any

from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from customers.phones import canonical_phone
from n2store.roles import Caller, caller_of
from n2store.windows import BIGINT_MAX
from n2store.wire import storable
from wallets.commands import Owner
from wallets.ledger import InvalidAmount

BATCH_MAX = 500
"""Phones or ids in one request."""
KEY_HEADER = "Idempotency-Key"
_WHOLE = re.compile(r"-?[0-9]{1,18}(\.0{1,2})?")
"""Two places, as the old server wrote money. Three would be thousands: `150.000` is how people here write 150,000."""


class Given:
    """The JSON object of a request, who sends it, and under which key."""

    def __init__(self, request: Request) -> None:
        """Take the body.

        Raises:
            ValidationError: it is no JSON object.
        """
        if not isinstance(request.data, dict):
            raise ValidationError("The body must be a JSON object")
        self.body: dict[str, Any] = dict(request.data)
        self.caller: Caller = caller_of(request.user)
        self.key: str | None = request.headers.get(KEY_HEADER)

    def amount(self, name: str = "amount") -> int:
        """Return whole dong; whether so much may move is for the command to say.

        Raises:
            InvalidAmount: it is no whole number.
        """
        number = whole_number(self.body.get(name))
        if number is None:
            raise InvalidAmount("The amount must be a whole number of dong.")
        return number

    def number(self, name: str) -> int | None:
        """Return a whole number, None when it is absent.

        Raises:
            ValidationError: it is no whole number.
        """
        value = self.body.get(name)
        if value is None or value == "":
            return None
        number = whole_number(value)
        if number is None:
            raise ValidationError({name: "must be a whole number"})
        return number

    def text(self, name: str) -> str:
        """Return a text without the space around it, empty when it is absent; a number counts as its digits.

        Raises:
            ValidationError: it is neither.
        """
        value = self.body.get(name)
        if value is None:
            return ""
        if type(value) is int:
            return str(value)
        if not isinstance(value, str) or not storable(value):
            raise ValidationError({name: "must be a text"})
        return value.strip()

    def word(self, name: str, known: Collection[str], *, default: str) -> str:
        """Return one of the known words.

        Raises:
            ValidationError: it is another one.
        """
        word = self.text(name) or default
        if word not in known:
            raise ValidationError({name: f"must be one of: {', '.join(known)}"})
        return word

    def phone(self, name: str) -> Owner:
        """Return whom a phone means.

        Raises:
            InvalidPhone: it is no phone.
        """
        return Owner(phone=canonical_phone(self.text(name)))

    def list_of(self, name: str) -> list[str]:
        """Return a list of texts; numbers count as their digits.

        Raises:
            ValidationError: it is no list of 1 to `BATCH_MAX` texts and numbers.
        """
        values = self.body[name]
        if not isinstance(values, list) or not 1 <= len(values) <= BATCH_MAX:
            raise ValidationError({name: f"must be a list of 1 to {BATCH_MAX}"})
        if any(type(value) not in {str, int} for value in values):
            raise ValidationError({name: "must hold texts or whole numbers only"})
        texts = [str(value) for value in values]
        if not all(map(storable, texts)):
            raise ValidationError({name: "holds characters that cannot be stored"})
        return texts

    def ids_of(self, name: str) -> list[int]:
        """Return a list of ids; what no row can have is left out.

        Raises:
            ValidationError: it is no list of 1 to `BATCH_MAX`.
        """
        digits = [value for value in self.list_of(name) if value.isascii() and value.isdigit() and len(value) < 20]
        return [int(value) for value in digits if int(value) <= BIGINT_MAX]


def whole_number(value: object) -> int | None:
    """Return the whole number that an int, a float without fraction or a text of digits says; None for all else."""
    if type(value) is int:
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and _WHOLE.fullmatch(value.strip()):
        return int(value.strip().partition(".")[0])
    return None
