"""The neighbours of the demo shop: whether they are played, and where."""

import os
import socket

ADDRESSES = ("PANCAKE_SOCKET_URL", "TPOS_SOCKET_URL")
EVERY_S = "4"
"""From one thing that happens in the demo's evening to the next."""
PAGES_PORT = "N2STORE_PAGES_PORT"
"""Where Pancake's pages are played over HTTP."""
_PLAYED = "N2STORE_PLAYED"


def demo_is_wanted() -> bool:
    """Whether the demo shop is to be made: unless N2STORE_DEMO says no."""
    return os.environ.get("N2STORE_DEMO", "1").lower() not in {"0", "false", "no", "off"}


def addresses() -> dict[str, str]:
    """Return where the sockets are to be played: nowhere once one of them, or a user of TPOS, is named."""
    named = any(os.environ.get(name) for name in (*ADDRESSES, "TPOS_USERNAME"))
    if not demo_is_wanted() or named:
        return {}
    pancake, tpos, pages = _free_ports(3)
    return {
        "PANCAKE_SOCKET_URL": f"ws://127.0.0.1:{pancake}/socket/websocket?vsn=2.0.0",
        "TPOS_SOCKET_URL": f"ws://127.0.0.1:{tpos}/socket.io/",
        "PANCAKE_BASE_URL": os.environ.get("PANCAKE_BASE_URL") or f"http://127.0.0.1:{pages}",
        PAGES_PORT: str(pages),
        _PLAYED: "1",
    }


def are_wanted() -> bool:
    """Whether this launcher plays the neighbours."""
    return os.environ.get(_PLAYED) == "1"


def _free_ports(count: int) -> list[int]:
    """Return ports that nobody uses this moment."""
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports
