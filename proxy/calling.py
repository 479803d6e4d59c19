"""The one HTTP client of the gateway: pooled connections, bytes as they are, every connection past the guard.

Threads may share it. The target of a request (path and query) goes out byte for byte: urllib3 would write it anew, so
it travels to the connection in a pseudo header, as HTTP/2 does.
"""

import contextlib
import logging
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import urllib3
from typing_extensions import override
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError, NewConnectionError, ReadTimeoutError

from proxy.errors import GatewayError, UpstreamCut, UpstreamTimeout, UpstreamTooLarge, UpstreamUnreachable
from proxy.guard import Place, Url, addresses
from proxy.lanes import Lane, seconds_left
from proxy.retrying import NEVER, Retry
from proxy.watching.call import Watched, watched

logger = logging.getLogger(__name__)

CONNECT_TIMEOUT_S = 3.0
CHUNK_BYTES = 64 * 1024
POOLS_MAX = 64
_TARGET = ":path"


class Readable(Protocol):
    """A body that is read as it is sent."""

    def read(self, size: int = ..., /) -> bytes:
        """Return the next bytes, none at the end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request to a neighbour. Times in seconds: `timeout_s` to the answer's beginning, `whole_s` to its end."""

    lane: Lane
    method: str
    url: Url
    headers: Mapping[str, str]
    body: bytes | Readable | None = None
    timeout_s: float
    whole_s: float
    answer_bytes_max: int
    retry: Retry = NEVER

    @property
    def body_bytes(self) -> int:
        """How long the body is, as announced."""
        said = self.headers.get("content-length", "")
        return int(said) if self.body is not None and said.isdecimal() else 0


@dataclass(slots=True)
class Answer:
    """What came back. Its body is read once; `close` gives connection and lane back, and may be called again."""

    call: Call
    status: int
    headers: Mapping[str, str]
    _response: urllib3.BaseHTTPResponse = field(repr=False)
    _deadline: float = field(repr=False)
    _leave: Callable[[], None] = field(repr=False)
    _watched: Watched = field(repr=False)
    _waited_s: float = field(default=0.0, repr=False)

    @property
    def length(self) -> int | None:
        """How long the body is, where that was announced."""
        said = self.headers.get("content-length", "")
        return int(said) if said.isdecimal() else None

    def chunks(self) -> Iterator[bytes]:
        """Hand the body on as it comes, unchanged.

        Raises:
            UpstreamCut: it ended early.
            UpstreamTimeout: it did not end in time.
            UpstreamTooLarge: it is larger than asked for.
        """
        upstream, watch = self.call.lane.upstream, self._watched
        try:
            while chunk := self._next():
                watch.bytes_in += len(chunk)
                if watch.bytes_in > self.call.answer_bytes_max:
                    raise UpstreamTooLarge(upstream, "The service answers more than is passed on.")
                yield chunk
                if time.monotonic() > self._deadline:
                    raise UpstreamTimeout(upstream, "The service did not end its answer in time.")
        except GatewayError as error:
            watch.end(error, callers_fault=self._waited_s < self.call.whole_s / 2 and _is_late(error, self._deadline))
            raise
        finally:
            self.close()

    def _next(self) -> bytes:
        begun_at = time.monotonic()
        try:
            return self._chunk()
        finally:
            self._waited_s += time.monotonic() - begun_at

    def _chunk(self) -> bytes:
        sock = getattr(getattr(self._response, "connection", None), "sock", None)
        if sock is not None:
            sock.settimeout(min(self.call.timeout_s, seconds_left(self._deadline)))
        with _explained(self.call, begun=True):
            return self._response.read1(CHUNK_BYTES, decode_content=False)

    def read(self) -> bytes:
        """Return the whole body."""
        return b"".join(self.chunks())

    def close(self) -> None:
        """Give everything back. A body not read to its end costs the connection."""
        self._response.close()
        self._response.release_conn()
        self._leave()
        self._watched.end()


def call(given: Call) -> Answer:
    """Send a request and return the answer as soon as its headers are there. Redirects are not followed.

    What the call's `retry` allows is sent again; anything else once, whatever happens.

    Raises:
        UpstreamOpen: its breaker is open.
        UpstreamBusy: the lane is full.
        UpstreamUnreachable, UpstreamTimeout, UpstreamCut, UpstreamTooLarge: there is no answer to pass on.
        HostRefused: the name leads where nobody is let.
    """
    lane, host = given.lane, given.url.place.host if given.lane.many_hosts else ""
    watch = watched(
        lane.upstream, host, method=given.method, target=given.url.target, bytes_out=given.body_bytes,
        timeout_s=given.timeout_s + lane.wait_s,
    )  # fmt: skip
    try:
        leave = lane.enter()
        try:
            return _answer(given, watch, leave)
        except BaseException:
            leave()
            raise
    except BaseException as error:
        watch.end(error)
        raise


def _answer(given: Call, watch: Watched, leave: Callable[[], None]) -> Answer:
    deadline = time.monotonic() + given.whole_s
    response, headers = _sent(given, watch, deadline)
    watch.answered(response.status)
    answer = Answer(given, response.status, headers, response, deadline, leave, watch)
    if (answer.length or 0) > given.answer_bytes_max:
        error = UpstreamTooLarge(given.lane.upstream, "The service answers more than is passed on.")
        watch.end(error)
        answer.close()
        raise error
    return answer


def _sent(given: Call, watch: Watched, deadline: float) -> tuple[urllib3.BaseHTTPResponse, dict[str, str]]:
    """Send it, and again as its `retry` allows, and return the last answer with its headers in lower case."""
    while True:
        watch.attempts += 1
        again = given.body is None and given.retry.may(given.method, watch.attempts)
        try:
            response = _send(given)
        except UpstreamUnreachable:
            if not again:
                raise
            pause_s = given.retry.pause_s
        else:
            headers = {name.lower(): value for name, value in response.headers.items()}
            asked_s = given.retry.pause_after(response.status, headers) if again else None
            if asked_s is None or asked_s >= seconds_left(deadline):
                return response, headers
            pause_s = asked_s
            response.close()
            response.release_conn()
        time.sleep(min(pause_s, seconds_left(deadline)))


def _is_late(error: GatewayError, deadline: float) -> bool:
    return isinstance(error, UpstreamTimeout) and time.monotonic() > deadline


def _send(given: Call) -> urllib3.BaseHTTPResponse:
    place = given.url.place
    pool = _pools.connection_from_host(place.host, place.port, place.scheme)
    with _explained(given):
        return pool.urlopen(
            given.method,
            "/",
            body=given.body,  # type: ignore[arg-type]  # urllib3 reads whatever has `read`
            headers={**given.headers, _TARGET: given.url.target},
            retries=False,
            redirect=False,
            assert_same_host=False,
            timeout=urllib3.Timeout(connect=CONNECT_TIMEOUT_S, read=given.timeout_s),
            preload_content=False,
            decode_content=False,
        )


@contextlib.contextmanager
def _explained(given: Call, *, begun: bool = False) -> Iterator[None]:
    """Turn the client's errors into ours. Neither addresses nor headers stand in the log: they may hold tokens."""
    never_left = False
    try:
        yield
    except (ReadTimeoutError, TimeoutError) as error:
        kind: type[GatewayError] = UpstreamTimeout
        sentence, cause = "The service did not answer in time.", type(error).__name__
    except (HTTPError, OSError) as error:
        kind, cause = UpstreamCut if begun else UpstreamUnreachable, type(error).__name__
        sentence = "The answer of the service broke off." if begun else "The service is not reached."
        never_left = isinstance(error, NewConnectionError)
    else:
        return
    logger.warning("%s: %s after %s", given.lane.upstream, kind.__name__, cause)
    failure = kind(given.lane.upstream, sentence)
    failure.never_left = never_left
    raise failure from None


class _Guarded:
    """What both kinds of connections do otherwise than urllib3: the look-up, and the target."""

    host: str
    port: int
    scheme: str
    timeout: float | None

    def _new_conn(self) -> socket.socket:
        """Connect to an address that was checked, and was not looked up again since."""
        timeout_s = self.timeout if isinstance(self.timeout, int | float) else CONNECT_TIMEOUT_S
        host = self.host.strip("[]")
        failure: OSError | None = None
        try:
            found = addresses(Place(self.scheme, host, self.port))
        except OSError as error:
            raise NewConnectionError(self, "the name is not known") from error  # type: ignore[arg-type]
        for family, address in found:
            sock = socket.socket(family, socket.SOCK_STREAM)
            try:
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                sock.settimeout(timeout_s)
                sock.connect((address, self.port))
            except OSError as error:
                sock.close()
                failure = error
            else:
                return sock
        raise NewConnectionError(self, "no address answers") from failure  # type: ignore[arg-type]

    def request(self, method: str, url: str, body: Any = None, headers: Any = None, **given: Any) -> None:
        """Send the target as it was given, past urllib3, which would write it anew."""
        sent = dict(headers or {})
        target = sent.pop(_TARGET, url)
        super().request(method, target, body, sent, **given)  # type: ignore[misc]


class _Http(_Guarded, HTTPConnection):
    scheme = "http"


class _Https(_Guarded, HTTPSConnection):
    scheme = "https"


class _HttpPool(HTTPConnectionPool):
    ConnectionCls = _Http


class _HttpsPool(HTTPSConnectionPool):
    ConnectionCls = _Https


class _Pools(urllib3.PoolManager):
    @override
    def __init__(self) -> None:
        super().__init__(num_pools=POOLS_MAX, maxsize=32, block=False)
        self.pool_classes_by_scheme = {"http": _HttpPool, "https": _HttpsPool}


_pools = _Pools()
