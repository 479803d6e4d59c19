"""Who asks, behind the front: over its socket a server sees no address, so the front names it in `X-Real-IP`.

The socket lies in a folder that only the shop's own processes may enter, and the front writes the header anew: nobody
else can say it. Where a server is asked over TCP, what it sees itself counts.
"""

from collections.abc import Callable, Iterable
from typing import Any

SAID = "HTTP_X_REAL_IP"

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def told_by_the_front(application: Wsgi) -> Wsgi:
    """Let `application` see the caller's address in `REMOTE_ADDR`."""

    def serve(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if not environ.get("REMOTE_ADDR"):
            environ["REMOTE_ADDR"] = environ.get(SAID, "")
        return application(environ, start_response)

    return serve
