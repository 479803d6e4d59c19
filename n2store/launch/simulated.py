"""The neighbours of the demo shop: whether they are played, and where."""

import os
import secrets
import socket
from urllib.parse import urlsplit

from n2store.reachable import IMAGE_HOSTS, PROXY_HOSTS

ADDRESSES = ("PANCAKE_SOCKET_URL", "TPOS_SOCKET_URL")
HTTP_ADDRESSES = ("TPOS_BASE_URL", "PANCAKE_BASE_URL", "PANCAKE_CONTENT_URL", "PAGES_FM_BASE_URL", "FACEBOOK_GRAPH_URL")
USER = "TPOS_USERNAME"
PAYOS = ("PAYOS_CLIENT_ID", "PAYOS_API_KEY", "PAYOS_CHECKSUM_KEY")
EVERY_S = "4"
"""From one thing that happens in the demo's evening to the next."""
PAGES_PORT = "N2STORE_PAGES_PORT"
"""Where Pancake's pages are played over HTTP."""
_PLAYED = "N2STORE_PLAYED"
_PORTS = "N2STORE_PLAYED_PORTS"
"""Where TPOS, Pancake, Facebook and the pictures are played over HTTP."""


def demo_is_wanted() -> bool:
    """Whether the demo shop is to be made: unless N2STORE_DEMO says no."""
    return os.environ.get("N2STORE_DEMO", "1").lower() not in {"0", "false", "no", "off"}


def addresses() -> dict[str, str]:
    """Return where neighbours are to be played, and PayOS's keys: nothing of one that the environment names.

    The sockets and the gateway's neighbours are named by an address of theirs, PayOS by a key or its address. A shop
    with a user of TPOS is a real one and plays nobody.
    """
    if not demo_is_wanted() or _is_set(USER):
        return {}
    ports = iter(_free_ports(8))
    found: dict[str, str] = {}
    played: list[str] = []
    if not _is_set(*HTTP_ADDRESSES):
        found |= _gateway([next(ports) for _ in range(4)])
        played.append("upstreams")
    if not _is_set(*ADDRESSES):
        found |= _sockets(next(ports), next(ports), next(ports))  # Its pages over HTTP know what its sockets told.
        played.append("neighbours")
    if not _is_set(*PAYOS, "PAYOS_API_URL"):
        found |= {name: secrets.token_hex(32) for name in PAYOS} | {"PAYOS_API_URL": f"http://127.0.0.1:{next(ports)}"}
        played.append("payos")
    return found | {_PLAYED: ",".join(played)} if played else {}


def played() -> list[str]:
    """Return the names of the processes that play neighbours for this launcher."""
    return [name for name in os.environ.get(_PLAYED, "").split(",") if name]


def payos_page() -> str:
    """Return where one plays the payer; empty when PayOS is not played."""
    return f"{os.environ['PAYOS_API_URL']}/" if "payos" in played() else ""


def port_of(variable: str) -> str:
    """Return the port of the address that an environment variable holds."""
    return str(urlsplit(os.environ[variable]).port)


def gateway_ports() -> list[str]:
    """Return where this launcher plays TPOS, Pancake, Facebook and the pictures, in this order; none if it does not."""
    return os.environ.get(_PORTS, "").split()


def _is_set(*names: str) -> bool:
    return any(os.environ.get(name) for name in names)


def _sockets(pancake: int, tpos: int, pages: int) -> dict[str, str]:
    return {
        "PANCAKE_SOCKET_URL": f"ws://127.0.0.1:{pancake}/socket/websocket?vsn=2.0.0",
        "TPOS_SOCKET_URL": f"ws://127.0.0.1:{tpos}/socket.io/",
        "PANCAKE_BASE_URL": os.environ.get("PANCAKE_BASE_URL") or f"http://127.0.0.1:{pages}",
        PAGES_PORT: str(pages),
    }


def _gateway(ports: list[int]) -> dict[str, str]:
    """Pictures may come from the played hosts beside the usual ones, or those that are set."""
    tpos, pancake, graph, pictures = (f"http://127.0.0.1:{port}" for port in ports)
    images = os.environ.get("IMAGE_HOSTS") or ",".join(IMAGE_HOSTS)
    others = os.environ.get("PROXY_HOSTS") or ",".join(PROXY_HOSTS)
    return {
        "TPOS_BASE_URL": tpos, USER: "shop", "TPOS_PASSWORD": "secret",  # As `n2store.simulator.tpos` knows them.
        "PANCAKE_BASE_URL": pancake, "PANCAKE_CONTENT_URL": pancake, "PAGES_FM_BASE_URL": pancake,
        "FACEBOOK_GRAPH_URL": graph, "IMAGE_HOSTS": f"{images},{pictures}", "PROXY_HOSTS": f"{others},{pictures}",
        _PORTS: " ".join(map(str, ports)),
    }  # fmt: skip


def _free_ports(count: int) -> list[int]:
    """Return ports that nobody uses this moment."""
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports
