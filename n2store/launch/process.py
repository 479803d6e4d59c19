"""Become one of N2Store's processes: `python -m n2store.launch.process NAME`, in the foreground.

Ends first what a killed predecessor left running, and sees to it that this process does not outlive its parent.
"""

import os
import sys

from n2store.launch import leftovers, postgres
from n2store.launch.place import LaunchError, Place
from n2store.launch.processes import process, stop_signal


def main(name: str) -> None:
    """Turn this Python into process `name`; returns only by an error.

    Raises:
        LaunchError: there is no such process, or its program is missing.
    """
    place = Place.from_environ()
    chosen = process(place, name)
    os.chdir(chosen.folder)
    os.environ |= {
        "N2STORE_HOME": str(place.home),
        "PORT": str(place.port),
        "DJANGO_SETTINGS_MODULE": os.environ.get("DJANGO_SETTINGS_MODULE", "n2store.settings"),
        leftovers.MARK: leftovers.mark(place, name),
        **chosen.environ,
    }
    place.figures.mkdir(parents=True, exist_ok=True)
    leftovers.end(place, name, with_signal=stop_signal(name))
    if chosen.socket:
        chosen.socket.unlink(missing_ok=True)
    if name == "postgres":
        postgres.remove_stale_lock(place)
        postgres.become_server_user()
    leftovers.end_with_parent(chosen.orphan_signal)
    try:
        os.execv(chosen.argv[0], chosen.argv)  # noqa: S606 -- that is the point
    except OSError as error:
        raise LaunchError(f"Cannot run {chosen.argv[0]}: {error.strerror}.") from None


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except LaunchError as error:
        sys.exit(f"N2Store: {error}")
