"""A JSON object in a body or an answer, whatever its content type says."""

import json
from typing import Any

from proxy.calling import Answer
from proxy.errors import InvalidCall, InvalidText, UpstreamUnsuitable


def object_in(text: bytes) -> dict[str, Any]:
    """Return the object that a caller sends.

    Raises:
        InvalidCall: it is none.
        InvalidText: one of its texts is none.
    """
    try:
        found = _read(text)
    except (ValueError, RecursionError):
        found = None
    return sound(found)


def sound(given: Any) -> dict[str, Any]:
    """Return what a caller sent if it is an object whose texts can be written down and passed on.

    Raises:
        InvalidCall: it is no object.
        InvalidText: a text holds half a character, as one that was cut within an emoji does, or NUL.
    """
    if not isinstance(given, dict):
        raise InvalidCall("The body is a JSON object.")
    written = json.dumps(given, ensure_ascii=False)
    if _has_halves(written) or "\\u0000" in written.replace("\\\\", ""):
        raise InvalidText("A text holds half a character, or NUL.")
    return given


def object_of(answer: Answer) -> dict[str, Any]:
    """Return the object that a neighbour answers. Raises as `json_of`, and if it is none."""
    found = json_of(answer)
    if not isinstance(found, dict):
        raise _unreadable(answer)
    return found


def json_of(answer: Answer) -> Any:
    """Return what a neighbour answers, read as JSON; of half a character only its place is kept.

    Raises:
        UpstreamUnsuitable: it is no JSON. What of `Answer.chunks`.
    """
    text = answer.read()
    try:
        found = _read(text)
        written = json.dumps(found, ensure_ascii=False)
    except (ValueError, RecursionError):
        raise _unreadable(answer) from None
    return json.loads(written.encode("utf-8", "replace")) if _has_halves(written) else found


def _read(text: bytes) -> Any:
    return json.loads(text, parse_constant=_refuse)


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is no JSON.")


def _has_halves(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


def _unreadable(answer: Answer) -> UpstreamUnsuitable:
    return UpstreamUnsuitable(answer.call.lane.upstream, "The service answers what nobody can read.")
