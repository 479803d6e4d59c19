"""A JSON object in a body, whatever its content type says."""

import json
from typing import Any

from proxy.errors import InvalidCall


def object_in(text: bytes) -> dict[str, Any]:
    """Return the object.

    Raises:
        InvalidCall: it is none.
    """
    try:
        found: Any = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise InvalidCall("The body is a JSON object.")
    return found
