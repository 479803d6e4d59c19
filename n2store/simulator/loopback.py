"""HTTP to this machine and nowhere else: a simulator that could reach a real shop would be a weapon."""

import http.client
import ipaddress
from dataclasses import dataclass
from urllib.parse import urlsplit


class NotLoopback(ValueError):
    """The address is not one of this machine's own."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; `status` is 0 when nothing did in time."""

    status: int
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Target:
    """A server on loopback."""

    host: str
    port: int

    def post(self, path: str, body: bytes, headers: dict[str, str], *, timeout_s: float) -> Answer:
        """Send one request on a connection of its own, as a neighbour's queue does, and return its answer."""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=timeout_s)
        try:
            connection.request("POST", path, body, {**headers, "Connection": "close"})
            response = connection.getresponse()
            return Answer(response.status, response.read())
        except (OSError, http.client.HTTPException):
            return Answer(0)
        finally:
            connection.close()


def target(url: str) -> Target:
    """Return the server that `url` names.

    Raises:
        NotLoopback: it is no plain http URL of 127.0.0.0/8, ::1 or localhost.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme != "http" or not _is_loopback(host):
        raise NotLoopback(f"{url} is refused: the simulator talks to http://127.0.0.1, [::1] or localhost only.")
    return Target("127.0.0.1" if host == "localhost" else host, parts.port or 80)


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
