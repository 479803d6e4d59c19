"""Where a call may go: hosts by a list, addresses by what they are, and no second look-up in between.

Names are compared before anything is looked up. `addresses` is asked once for a connection, and the connection is made
to what it returned: a name that means something else a moment later gains nothing.
"""

import ipaddress
import re
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

from proxy.errors import HostRefused, InvalidUrl

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

URL_LENGTH_MAX = 8_000
PORTS = {"http": 80, "https": 443}
LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "::1"})
_HOST = re.compile(r"(?=.{1,253}\Z)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?")
_VISIBLE = re.compile(r"[\x21-\x7e\x80-\U0010ffff]+")
_CLOSED = tuple(
    ipaddress.ip_network(network)
    for network in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "224.0.0.0/4", "240.0.0.0/4",
        "168.63.129.16/32",  # Azure's inner services, at an address that looks public.
        "::/96", "::ffff:0:0/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "3fff::/20", "5f00::/16",
        "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
    )
)  # fmt: skip
_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")
_SIX_TO_FOUR = ipaddress.ip_network("2002::/16")


@dataclass(frozen=True, slots=True)
class Place:
    """A server: scheme, host in lower case (IPv6 without brackets), port."""

    scheme: str
    host: str
    port: int

    @property
    def is_this_machine(self) -> bool:
        """Whether the place is named as this machine, as a simulator's is."""
        return self.host in LOOPBACK_NAMES

    @property
    def origin(self) -> str:
        """Scheme, host, and the port where it is not the usual one."""
        port = "" if self.port == PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{self.netloc_host}{port}"

    @property
    def netloc_host(self) -> str:
        """The host as an address writes it."""
        return f"[{self.host}]" if ":" in self.host else self.host


@dataclass(frozen=True, slots=True)
class Url:
    """Where something is: the server, and path with query as they go over the wire."""

    place: Place
    target: str


@lru_cache(maxsize=64)
def configured(address: str) -> Place:
    """Return the server that a setting names: https anywhere, http on this machine only.

    Raises:
        InvalidUrl: it names none, or sends passwords in clear.
    """
    parts = urlsplit(address)
    host = (parts.hostname or "").lower()
    if parts.scheme not in PORTS or not host or parts.username or parts.path.strip("/") or parts.query:
        raise InvalidUrl("The setting is no address of a server.")
    place = Place(parts.scheme, host, parts.port or PORTS[parts.scheme])
    if place.scheme == "http" and not place.is_this_machine:
        raise InvalidUrl("The setting must be https.")
    return place


def allowed(url: str, hosts: Iterable[str]) -> Url:
    """Return where `url` leads, if one of `hosts` allows it.

    A host is a name (`img.vietqr.io`), all names below one (`*.tpos.vn`), or the address of a server on this machine
    (`http://127.0.0.1:8123`), which only a simulator has.

    Raises:
        InvalidUrl: it is no http or https address.
        HostRefused: it leads where nobody is let.
    """
    if len(url) > URL_LENGTH_MAX or not _VISIBLE.fullmatch(url) or "\\" in url:
        raise InvalidUrl("The address is not valid.")
    try:
        parts = urlsplit(url)
        scheme, port = parts.scheme.lower(), parts.port
    except ValueError:
        raise InvalidUrl("The address is not valid.") from None
    if scheme not in PORTS or not parts.netloc:
        raise InvalidUrl("Only http and https addresses are fetched.")
    if "@" in parts.netloc:
        raise HostRefused("This address is not fetched.")
    target = _target(parts.path, parts.query)
    place = Place(scheme, _ascii(parts.hostname or ""), port or PORTS[scheme])
    hosts = tuple(hosts)
    if place.origin in hosts and place.is_this_machine:
        return Url(place, target)
    if not _HOST.fullmatch(place.host) or not any(_matches(place.host, host) for host in hosts):
        raise HostRefused("This address is not fetched.")
    if place.scheme != "https":
        raise InvalidUrl("Only https addresses are fetched.")
    if place.port != PORTS["https"]:
        raise HostRefused("This address is not fetched.")
    return Url(place, target)


def addresses(place: Place) -> list[tuple[socket.AddressFamily, str]]:
    """Look a place up, once, and return where to connect.

    Raises:
        HostRefused: it has an address where nobody is let.
        OSError: it has none.
    """
    found = socket.getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    each: list[tuple[socket.AddressFamily, str]] = [
        (family, str(where[0])) for family, _type, _protocol, _name, where in found
    ]
    fits = _is_loopback if place.is_this_machine else is_public
    if not each or not all(fits(address) for _family, address in each):
        raise HostRefused("This address is not fetched.")
    return each


def is_public(text: str) -> bool:
    """Tell whether an address belongs to the public internet, whatever way of writing IPv4 in IPv6 it uses."""
    try:
        address: Address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address) and (inner := _inner(address)) is not None:
        return is_public(str(inner))
    return address.is_global and not any(address in network for network in _CLOSED)


def _inner(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """Return the IPv4 address that an IPv6 address stands for, if any."""
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in _TRANSLATED:
        return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    if address in _SIX_TO_FOUR:
        return address.sixtofour
    return None


def _is_loopback(text: str) -> bool:
    return ipaddress.ip_address(text.partition("%")[0]).is_loopback


def _matches(host: str, allowed_host: str) -> bool:
    if allowed_host.startswith("*."):
        return host.endswith(allowed_host[1:])
    return host == allowed_host


def _ascii(host: str) -> str:
    """Return a host as the name service knows it.

    Raises:
        InvalidUrl: it is no host's name.
    """
    try:
        return host.encode("idna").decode().lower()
    except UnicodeError:
        raise InvalidUrl("The address is not valid.") from None


def _target(path: str, query: str) -> str:
    """Return path and query as they go over the wire; what is no ASCII is written in per cents, the rest stays."""
    text = (path or "/") + (f"?{query}" if query else "")
    return "".join(letter if letter.isascii() else _in_per_cents(letter) for letter in text)


def _in_per_cents(letter: str) -> str:
    return "".join(f"%{byte:02X}" for byte in letter.encode("utf-8", "replace"))
