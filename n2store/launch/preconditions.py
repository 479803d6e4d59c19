"""What must hold before anything is started."""

import contextlib
import dataclasses
import fcntl
import os
import socket
import subprocess
from collections.abc import Iterator

from n2store.launch.place import LaunchError, Place
from n2store.launch.processes import front

CADDY_TIMEOUT_S = 30


@contextlib.contextmanager
def only_one(place: Place) -> Iterator[None]:
    """Hold this place. The kernel lets go of it when the holder dies, however it dies.

    Raises:
        LaunchError: another launcher holds it.
    """
    with (place.home / "launch.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise LaunchError(
                f"N2Store already runs in {place.home} (process {lock.read().strip()}). "
                "For a second copy: make run PORT=8001 N2STORE_HOME=.n2store-8001"
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def check_port(place: Place) -> None:
    """See that the port is free.

    Raises:
        LaunchError: another program listens there, or the port is not for us.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", place.port))
        except OSError as error:
            raise LaunchError(
                f"Port {place.port} cannot be used: {error.strerror}. Choose another: make run PORT=8001"
            ) from None


def front_that_runs(place: Place) -> tuple[Place, str | None]:
    """`place` with a front this machine can run, and why it is not Caddy when that was wanted."""
    if place.front != "caddy":
        return place, None
    try:
        argv = [front(place).argv[0], "version"]
        subprocess.run(argv, check=True, capture_output=True, timeout=CADDY_TIMEOUT_S)
    except (OSError, subprocess.SubprocessError) as error:
        return dataclasses.replace(place, front="daphne"), str(error)
    return place, None
