"""Redirects, by hand: each step is checked like the first."""

from collections.abc import Callable
from dataclasses import replace
from urllib.parse import urljoin, urlsplit

from proxy.calling import Answer, call
from proxy.errors import UpstreamRedirects
from proxy.guard import PORTS, Place, Url
from proxy.retrying import READS

REDIRECTS_MAX = 3
REDIRECTS = frozenset({301, 302, 303, 307, 308})


def followed(answer: Answer, *, within: Place) -> Answer:
    """Follow redirects of a GET or HEAD that stay with the same server, at most `REDIRECTS_MAX`.

    Raises:
        UpstreamRedirects: it leads elsewhere, or on and on. Where to is not said.
    """
    if answer.call.method not in READS:
        if answer.status in REDIRECTS:
            answer.close()
            raise UpstreamRedirects(answer.call.lane.upstream, "The service leads elsewhere.")
        return answer
    return stepped(answer, lambda url: _same(url, within, answer.call.lane.upstream))


def stepped(answer: Answer, check: Callable[[str], Url]) -> Answer:
    """Follow redirects as far as `check` allows each address.

    Raises:
        HostRefused, InvalidUrl: `check` does not allow one.
        UpstreamRedirects: there are too many, or one leads nowhere.
    """
    for _ in range(REDIRECTS_MAX + 1):
        if answer.status not in REDIRECTS:
            return answer
        answer.close()
        location = answer.headers.get("location", "")
        place = answer.call.url.place
        if not location:
            break
        url = check(urljoin(place.origin + answer.call.url.target, location))
        answer = call(replace(answer.call, url=url))
    answer.close()
    raise UpstreamRedirects(answer.call.lane.upstream, "The service leads elsewhere.")


def _same(url: str, within: Place, upstream: str) -> Url:
    try:
        parts = urlsplit(url)
        port = parts.port or PORTS.get(parts.scheme, 0)
    except ValueError:
        raise UpstreamRedirects(upstream, "The service leads elsewhere.") from None
    if (parts.scheme, (parts.hostname or "").lower(), port) != (within.scheme, within.host, within.port) or (
        "@" in parts.netloc
    ):
        raise UpstreamRedirects(upstream, "The service leads elsewhere.")
    return Url(within, (parts.path or "/") + (f"?{parts.query}" if parts.query else ""))
