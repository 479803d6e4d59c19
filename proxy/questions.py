"""The shop's own questions to neighbours, asked with `requests`: watched, and bounded in time and size."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import requests
import urllib3
from requests.adapters import HTTPAdapter
from typing_extensions import override

from proxy.bounded import BoundedResponse
from proxy.errors import GatewayError, UpstreamCut, UpstreamTimeout, UpstreamTooLarge, UpstreamUnreachable
from proxy.watching.call import Watched, watched

logger = logging.getLogger(__name__)

CONNECT_TIMEOUT_S = 3.0
CHUNK_BYTES = 64 * 1024


def ask(
    upstream: str, method: str, url: str, *, told: str, timeout_s: float, bytes_max: int, **given: Any
) -> tuple[int, bytes]:
    """Send a request, once, and return status and body; redirects are not followed.

    `told`: the path as traces may keep it. `given`: headers and body as `requests` takes them.

    Raises:
        UpstreamOpen: the neighbour is not asked now.
        UpstreamTimeout, UpstreamUnreachable, UpstreamCut, UpstreamTooLarge: there is no answer that can be read.
    """
    deadline = time.monotonic() + timeout_s
    with (
        watched(upstream, "", method=method, target=told, bytes_out=0, timeout_s=timeout_s) as watch,
        _told_as_ours(watch),
        _session(_InTime(timeout_s, deadline)) as session,
    ):
        watch.attempts = 1
        with session.request(
            method, url, timeout=(min(CONNECT_TIMEOUT_S, timeout_s), timeout_s), allow_redirects=False, stream=True,
            **given,
        ) as response:  # fmt: skip
            watch.bytes_out = len(response.request.body or b"")
            watch.answered(response.status_code)
            body = bytearray()
            while chunk := response.raw.read1(CHUNK_BYTES, decode_content=True):
                body += chunk
                watch.bytes_in = len(body)
                if len(body) > bytes_max:
                    raise UpstreamTooLarge(upstream, "The service answers too much.")
                if time.monotonic() > deadline:  # A server that drips is noticed.
                    raise UpstreamTimeout(upstream, "The service did not end its answer in time.")
            return response.status_code, bytes(body)


@contextmanager
def _told_as_ours(watch: Watched) -> Iterator[None]:
    try:
        yield
    except (requests.RequestException, urllib3.exceptions.HTTPError, ValueError) as error:
        # ValueError: `requests` looks at where an answer leads even if it is not to go there.
        raise _explained(watch.upstream, error, begun=watch.status is not None) from None


def _explained(upstream: str, error: Exception, *, begun: bool) -> GatewayError:
    """Return the client's error as one of ours, by its kind alone: its text may hold the address, and so a token."""
    kind = type(error).__name__
    logger.warning("%s: %s", upstream, kind)
    if isinstance(error, requests.Timeout | urllib3.exceptions.TimeoutError):
        return UpstreamTimeout(upstream, f"The service did not answer in time: {kind}.")
    if begun:
        return UpstreamCut(upstream, f"The answer of the service broke off: {kind}.")
    return UpstreamUnreachable(upstream, f"The service is not reached: {kind}.")


class _InTime(HTTPAdapter):
    """One question's connection: its answer begins within `timeout_s` and ends by `deadline`, also where it drips."""

    def __init__(self, timeout_s: float, deadline: float) -> None:
        self._answer = partial(BoundedResponse, timeout_s=timeout_s, deadline=deadline)
        super().__init__()

    @override
    def get_connection_with_tls_context(self, *given: Any, **more: Any) -> Any:
        pool: Any = super().get_connection_with_tls_context(*given, **more)
        plain = pool.ConnectionCls

        def bounded(*of: Any, **options: Any) -> Any:
            connection = plain(*of, **options)
            connection.response_class = self._answer
            return connection

        pool.ConnectionCls = bounded  # It is called, and nothing else is done with it.
        return pool


def _session(adapter: HTTPAdapter) -> requests.Session:
    """Return a session that takes neither passwords nor proxies from this machine: straight to the neighbour."""
    session = requests.Session()
    session.trust_env = False
    for scheme in ("http://", "https://"):
        session.mount(scheme, adapter)
    return session
