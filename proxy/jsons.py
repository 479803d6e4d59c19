"""A JSON object in a body or an answer, whatever its content type says."""

import json
from typing import Any

from proxy.calling import Answer
from proxy.errors import InvalidCall, UpstreamUnsuitable


def object_in(text: bytes) -> dict[str, Any]:
    """Return the object.

    Raises:
        InvalidCall: it is none.
    """
    found = _object(text)
    if found is None:
        raise InvalidCall("The body is a JSON object.")
    return found


def object_of(answer: Answer) -> dict[str, Any]:
    """Return the object that a neighbour answers.

    Raises:
        UpstreamUnsuitable: it is none. What of `Answer.chunks`.
    """
    found = _object(answer.read())
    if found is None:
        raise UpstreamUnsuitable(answer.call.lane.upstream, "The service answers what nobody can read.")
    return found


def _object(text: bytes) -> dict[str, Any] | None:
    try:
        found: Any = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
