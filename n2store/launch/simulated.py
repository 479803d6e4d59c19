"""The neighbours of the demo shop: whether they are played, and where."""

import os
import secrets
import socket
from urllib.parse import urlsplit

ADDRESSES = ("PANCAKE_SOCKET_URL", "TPOS_SOCKET_URL")
PAYOS = ("PAYOS_CLIENT_ID", "PAYOS_API_KEY", "PAYOS_CHECKSUM_KEY")
EVERY_S = "4"
"""From one thing that happens in the demo's evening to the next."""
_PLAYED = "N2STORE_PLAYED"


def demo_is_wanted() -> bool:
    """Whether the demo shop is to be made: unless N2STORE_DEMO says no."""
    return os.environ.get("N2STORE_DEMO", "1").lower() not in {"0", "false", "no", "off"}


def addresses() -> dict[str, str]:
    """Return where neighbours are to be played, and PayOS's keys: nothing of one that the environment names.

    The sockets are named by an address or a user of TPOS, PayOS by a key or its address.
    """
    if not demo_is_wanted():
        return {}
    found, played = {}, []
    pancake, tpos, payos = _free_ports(3)
    if not any(os.environ.get(name) for name in (*ADDRESSES, "TPOS_USERNAME")):
        found["PANCAKE_SOCKET_URL"] = f"ws://127.0.0.1:{pancake}/socket/websocket?vsn=2.0.0"
        found["TPOS_SOCKET_URL"] = f"ws://127.0.0.1:{tpos}/socket.io/"
        played.append("neighbours")
    if not any(os.environ.get(name) for name in (*PAYOS, "PAYOS_API_URL")):
        found |= {name: secrets.token_hex(32) for name in PAYOS} | {"PAYOS_API_URL": f"http://127.0.0.1:{payos}"}
        played.append("payos")
    return found | {_PLAYED: ",".join(played)}


def played() -> list[str]:
    """Return the names of the processes that play neighbours for this launcher."""
    return [name for name in os.environ.get(_PLAYED, "").split(",") if name]


def payos_page() -> str:
    """Return where one plays the payer; empty when PayOS is not played."""
    return f"{os.environ['PAYOS_API_URL']}/" if "payos" in played() else ""


def port_of(variable: str) -> str:
    """Return the port of the address that an environment variable holds."""
    return str(urlsplit(os.environ[variable]).port)


def _free_ports(count: int) -> list[int]:
    """Return ports that nobody uses this moment."""
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports
