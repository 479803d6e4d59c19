"""Why a socket stands as it does, in the reader's language. The holder writes English; what a neighbour said stays."""

import re

from django.utils.translation import gettext_lazy

REASONS = [
    (re.compile(pattern), told)
    for pattern, told in (
        (r"No frame for (?P<seconds>\d+) s\.", gettext_lazy("Nothing came for %(seconds)s seconds.")),
        (r"No ping of TPOS for (?P<seconds>\d+) s\.", gettext_lazy("Nothing came for %(seconds)s seconds.")),
        (
            r"The handshake was answered with (?P<http>\d+)\.",
            gettext_lazy("The neighbour answered with HTTP %(http)s."),
        ),
        (
            r"The connection was closed \((?P<code>\d+)\)\.",
            gettext_lazy("The neighbour closed the connection (%(code)s)."),
        ),
        (r"No connection: (?P<why>\w+)\.", gettext_lazy("The neighbour cannot be reached (%(why)s).")),
        (r"\w+ refuses the login: (?P<why>.*)", gettext_lazy("The neighbour said: %(why)s")),
        (r"TPOS closed the connection\.", gettext_lazy("TPOS closed the connection.")),
        (r"TPOS did not let us in in time\.", gettext_lazy("TPOS did not let us in in time.")),
        (r"TPOS gives no new token.*", gettext_lazy("TPOS gives no new login.")),
        (r"The credentials .*", gettext_lazy("The kept login cannot be read with the keys of this server.")),
    )
]


def reason_told(error: str) -> str:
    """Return a reason as staff read it; one that we do not know stays as the holder wrote it."""
    for pattern, told in REASONS:
        if found := pattern.fullmatch(error):
            return str(told) % found.groupdict()
    return error
