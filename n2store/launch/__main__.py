"""`make run`: everything from nothing, then watch over it until Ctrl-C or SIGTERM."""

import http.client
import os
import signal
import sys
import threading
from collections.abc import Callable
from functools import partial
from types import FrameType
from typing import NoReturn

from n2store.launch import supervision
from n2store.launch.log_watch import LogFile, watch
from n2store.launch.place import LaunchError, Place
from n2store.launch.preconditions import check_port, front_that_runs, only_one
from n2store.launch.preparation import (
    forget_figures,
    prepare_django,
    prepare_services,
    set_environment,
    wait_for_services,
)
from n2store.launch.processes import app_names
from n2store.launch.secret_keys import make_secrets
from n2store.launch.terminal import say
from n2store.launch.waiting import wait_until
from n2store.launch.welcome import welcome

START_TIMEOUT_S = 300  # A small machine that is busy takes minutes; what ended is noticed at once.


class Stopped(BaseException):
    """Somebody asked for the end."""


def main() -> None:
    """Start everything, say where it is, and end everything when asked.

    Raises:
        LaunchError: it cannot start, or it stopped without being asked.
    """
    place = Place.from_environ()
    place.make_folders()
    _on_stop_signals(_stop)
    try:
        with only_one(place):
            _run(place)
    except Stopped:
        say("Stopped.")


def _run(place: Place) -> None:
    if supervision.end_leftovers(place):
        say("Ended what an earlier run had left behind.")
    place, why_not_caddy = front_that_runs(place)
    if why_not_caddy:
        say(f"Caddy does not run here ({why_not_caddy}): one daphne serves everything, more slowly.")
    if not os.environ.get("SITE_ADDRESS"):
        check_port(place)
    make_secrets(place)
    services = prepare_services(place)
    set_environment(place)
    forget_figures(place)
    supervisord = supervision.start(place, services=services, app=app_names(place))
    end_watch = threading.Event()
    try:
        wait_for_services(place, services, supervisord)
        prepare_django(place)
        _watch_logs(place, [*services, *app_names(place), "supervisord"], end_watch)
        supervision.start_app(place, supervisord)
        if not os.environ.get("SITE_ADDRESS"):  # Another address may need a name and a certificate.
            failure = f"N2Store does not answer at {place.address}/health: see {place.logs}."
            wait_until(partial(_healthy, place), failure, timeout_s=START_TIMEOUT_S, by=supervisord)
        say(welcome(place))
        supervisord.wait()
        raise LaunchError(f"The supervisor ended: see {place.logs / 'supervisord.log'}.")
    except Stopped:
        say("Stopping …")
        raise
    finally:
        _on_stop_signals(signal.SIG_IGN)
        end_watch.set()
        supervision.stop(place, supervisord)


def _on_stop_signals(handler: Callable[[int, FrameType | None], NoReturn] | signal.Handlers) -> None:
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if each != signal.SIGHUP or signal.getsignal(each) != signal.SIG_IGN:  # Ignored: started by nohup.
            signal.signal(each, handler)


def _stop(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise Stopped


def _watch_logs(place: Place, names: list[str], end: threading.Event) -> None:
    files = {name: LogFile(place.logs / f"{name}.log") for name in names}
    everything = os.environ.get("N2STORE_LOG") == "all"
    threading.Thread(
        target=watch, args=(files, say), kwargs={"everything": everything, "stop": end}, daemon=True
    ).start()


def _healthy(place: Place) -> bool:
    """Whether the shop answers at its own address."""
    try:
        asked = http.client.HTTPConnection("127.0.0.1", place.port, timeout=10)
        asked.request("GET", "/health")
        return asked.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False


if __name__ == "__main__":
    try:
        main()
    except LaunchError as error:
        sys.exit(f"N2Store: {error}")
