"""The neighbours of the demo shop: whether they are played, and where."""

import os
import socket

from n2store.reachable import IMAGE_HOSTS, PROXY_HOSTS

ADDRESSES = ("PANCAKE_SOCKET_URL", "TPOS_SOCKET_URL")
HTTP_ADDRESSES = ("TPOS_BASE_URL", "PANCAKE_BASE_URL", "PANCAKE_CONTENT_URL", "PAGES_FM_BASE_URL", "FACEBOOK_GRAPH_URL")
USER = "TPOS_USERNAME"
EVERY_S = "4"
"""From one thing that happens in the demo's evening to the next."""
_PLAYED = "N2STORE_PLAYED"
_PORTS = "N2STORE_PLAYED_PORTS"
"""Where TPOS, Pancake, Facebook and the pictures are played over HTTP."""


def demo_is_wanted() -> bool:
    """Whether the demo shop is to be made: unless N2STORE_DEMO says no."""
    return os.environ.get("N2STORE_DEMO", "1").lower() not in {"0", "false", "no", "off"}


def addresses() -> dict[str, str]:
    """Return where the neighbours are to be played.

    The sockets are not once one of them is named, the others not once one of theirs is; a user of TPOS is both's.
    """
    if not demo_is_wanted() or os.environ.get(USER):
        return {}
    return _sockets() | _gateway()


def are_wanted() -> bool:
    """Whether this launcher plays the sockets."""
    return os.environ.get(_PLAYED) == "1"


def gateway_ports() -> list[str]:
    """Return where this launcher plays TPOS, Pancake, Facebook and the pictures, in this order; none if it does not."""
    return os.environ.get(_PORTS, "").split()


def _sockets() -> dict[str, str]:
    if any(os.environ.get(name) for name in ADDRESSES):
        return {}
    pancake, tpos = _free_ports(2)
    return {
        "PANCAKE_SOCKET_URL": f"ws://127.0.0.1:{pancake}/socket/websocket?vsn=2.0.0",
        "TPOS_SOCKET_URL": f"ws://127.0.0.1:{tpos}/socket.io/",
        _PLAYED: "1",
    }


def _gateway() -> dict[str, str]:
    """Pictures may come from the played hosts beside the usual ones, or those that are set."""
    if any(os.environ.get(name) for name in HTTP_ADDRESSES):
        return {}
    ports = _free_ports(4)
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
