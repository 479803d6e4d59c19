"""Events as frames: our own with their topics and number, those of the old servers word for word."""

import json
from typing import Any

from realtime.log import LoggedEvent


def json_line(data: Any) -> str:
    """Return JSON without a line break."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def is_old(event: LoggedEvent) -> bool:
    """Tell whether an event is a message of the old servers: those have a colon where ours have a dot."""
    return ":" in event.name


def old_frame_of(event: LoggedEvent) -> dict[str, Any]:
    """Return a message of the old servers, as the old pages know it."""
    return {"type": event.name} | event.payload


def frame_of(event: LoggedEvent) -> dict[str, Any]:
    """Return an event as our own pages hear it; an old message as it was, with its number."""
    if is_old(event):
        return old_frame_of(event) | {"id": event.position}
    return {
        "type": event.name, "id": event.position, "topics": event.topics, "payload": event.payload,
        "timestamp": event.at_ms,
    }  # fmt: skip
