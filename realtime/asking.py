"""Reading what a client asks for, whichever way it comes: streams, sockets, or now and then."""

from realtime.topics import Asked, asked

POSITION_DIGITS_MAX = 18
WITHOUT_QUERY = ["inbox"]

Query = dict[str, str]


def names_in(text: str) -> list[str]:
    """Split a comma-separated list; empty names do not count."""
    return [name for part in text.split(",") if (name := part.strip())]


def since_of(query: Query) -> str | None:
    """Return the number after which a client goes on."""
    return query.get("since") or query.get("last_event_id")


def is_position(text: str) -> bool:
    """Tell whether a text could be a position in the log."""
    return text.isascii() and text.isdigit() and len(text) <= POSITION_DIGITS_MAX


def read_socket(query: Query, *, topics_max: int) -> Asked:
    """Read `channels` and `topics`; a socket that names nothing listens to the inbox."""
    channels, topics = names_in(query.get("channels", "")), names_in(query.get("topics", ""))
    if not channels and not topics:
        channels = WITHOUT_QUERY
    return asked(channels=channels, topics=topics, topics_max=topics_max)
