"""JSON from outside: read strictly, or not at all."""

import json
from typing import Any, NoReturn


class NoJson(ValueError):
    """The text is no JSON, or such as we cannot keep: NaN, numbers without end, a thousand brackets."""


def read(text: str) -> Any:
    """Return what a text of JSON holds.

    Raises:
        NoJson: it holds none.
    """
    try:
        return json.loads(text, parse_constant=_no_number, parse_float=_finite)
    except (ValueError, RecursionError) as error:
        raise NoJson(type(error).__name__) from None


def _no_number(name: str) -> NoReturn:
    raise NoJson(name)


def _finite(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise NoJson(text[:20])
    return number
