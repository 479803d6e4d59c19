"""The processes of N2Store, each with the command line that makes it."""

import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from n2store.launch import postgres, simulated, valkey
from n2store.launch.place import PROJECT, LaunchError, Place

WEB_SOCKET = "web.sock"
GATE_SOCKET = "gate.sock"
PUSH_SOCKET = "push.sock"
BUSY_SOCKET = "busy.sock"  # Where the front answers for a web process that has enough to do.
CADDYFILE = Path(__file__).with_name("Caddyfile")
WEB_WORKERS = 2
WEB_THREADS = 3
WEB_QUEUE = "1024"  # Requests that may wait for web, about half a second's work; the next ones hear 503 at once.
WEB_KILL_TIMEOUT_S = "5"
WEB_THREAD_IDLE_S = "600"  # Then a thread ends, and its database connection with it; ten minutes are the most there is.
HANDSHAKE_TIMEOUT_S = "60"
PUSH_BACKLOG = 4096
GATE_THREADS = "256"  # Each waits for a neighbour: more than all lanes together hold, the one of a bucket too.


@dataclass(frozen=True, kw_only=True)
class Process:
    """One process: what makes it, and what goes with it."""

    argv: list[str]
    environ: dict[str, str] = field(default_factory=dict)
    """What is set beside the environment it inherits."""
    socket: Path | None = None
    """Its own Unix socket, which a killed predecessor may have left behind."""
    orphan_signal: signal.Signals = signal.SIGTERM
    """What the kernel sends it when its parent is gone."""
    folder: Path = PROJECT


def _web_workers() -> int:
    return _number("WEB_WORKERS", os.environ.get("WEB_WORKERS") or str(WEB_WORKERS))


def _web_threads() -> int:
    return _number("WEB_THREADS", os.environ.get("WEB_THREADS") or str(WEB_THREADS))


def _number(name: str, given: str) -> int:
    """A number of the environment, one at least.

    Raises:
        LaunchError: it is no such number.
    """
    if not (given.isascii() and given.isdecimal() and int(given) > 0):
        raise LaunchError(f"{name} is {given!r}; it has to be a number from 1.")
    return int(given)


def _module(*argv: str) -> list[str]:
    return [sys.executable, "-m", *argv]


def _daphne(*where: str) -> list[str]:
    return _module("daphne", *where, "--verbosity", "0", "--no-server-name", "n2store.asgi:application")


def front(place: Place) -> Process:
    """The one address: Caddy, or a single daphne that serves everything where no Caddy runs."""
    if place.front == "daphne":
        return Process(argv=_daphne("-b", "127.0.0.1", "-p", str(place.port)))
    site = os.environ.get("SITE_ADDRESS") or f"http://:{place.port}"
    caddy = Path(sys.executable).with_name("caddy")
    return Process(
        argv=[str(caddy), "run", "--config", str(CADDYFILE), "--adapter", "caddyfile"],
        environ={
            "SITE_ADDRESS": site,
            "SITE_BIND": os.environ.get("SITE_BIND") or "127.0.0.1",
            "TRUSTED_PROXIES": os.environ.get("TRUSTED_PROXIES", ""),
            "N2STORE_STATIC_ROOT": str(place.static),
            "WEB_SOCKET": str(place.run / WEB_SOCKET),
            "BUSY_SOCKET": str(place.run / BUSY_SOCKET),
            "GATE_SOCKET": str(place.run / GATE_SOCKET),
            "PUSH_SOCKET": str(place.run / PUSH_SOCKET),
            "WEB_QUEUE": os.environ.get("WEB_QUEUE") or WEB_QUEUE,
            "WEB_CONNECTIONS": str(_web_workers() * _web_threads()),
            "GOMAXPROCS": os.environ.get("GOMAXPROCS") or "1",  # One core is more than enough.
            "GOGC": os.environ.get("GOGC") or "400",  # Some megabytes more, an eighth of its processor time less.
            "XDG_DATA_HOME": str(place.home / "caddy"),  # Certificates.
            "XDG_CONFIG_HOME": str(place.home / "caddy"),
        },
        socket=place.run / BUSY_SOCKET,
    )


def _sharing_figures(place: Place) -> dict[str, str]:
    """What prometheus_client reads before anything is counted."""
    return {"PROMETHEUS_MULTIPROC_DIR": str(place.figures)}


def web(place: Place) -> Process:
    """Admin, REST and webhooks.

    Note [A connection for each thread]
    -----------------------------------
    The workers share a socket, and who is awake takes whatever connections wait there: of the front's sixteen one was
    seen to take all, and the other had nothing to do. So each takes as many connections as it has threads, and the
    front opens as many as there are threads in all (`max_conns_per_host`). Requests wait in the front, where the next
    free thread of either worker takes the oldest, and where one whose client has left is forgotten.

    When a worker dies, its connections are made again and wait for its successor.

    Each thread also keeps a database connection of its own: a pool costs a tenth of a request's CPU here.
    """
    threads = str(_web_threads())
    # fmt: off
    argv = _module(
        "granian", "n2store.launch.web:application",
        "--interface", "wsgi", "--http", "1", "--no-ws",
        "--uds", str(place.run / WEB_SOCKET),
        "--workers", str(_web_workers()),
        "--blocking-threads", threads, "--blocking-threads-idle-timeout", WEB_THREAD_IDLE_S,
        "--backlog", "2048", "--backpressure", threads,
        "--respawn-failed-workers", "--respawn-interval", "0.2",
        "--workers-kill-timeout", WEB_KILL_TIMEOUT_S,
    )
    # fmt: on
    environ = {"DATABASE_POOL_MAX": "0"} | _sharing_figures(place)
    return Process(argv=argv, environ=environ, socket=place.run / WEB_SOCKET)


def gate(place: Place) -> Process:
    """Calls of pages to the neighbours: the same application, with threads that wait. Bodies are read as they come."""
    # fmt: off
    argv = _module(
        "granian", "n2store.wsgi:application",
        "--interface", "wsgi", "--http", "1", "--no-ws",
        "--uds", str(place.run / GATE_SOCKET),
        "--workers", "1",
        "--blocking-threads", os.environ.get("GATE_THREADS") or GATE_THREADS,
        "--backlog", "1024", "--backpressure", "1024",
        "--respawn-failed-workers", "--respawn-interval", "0.2",
        "--workers-kill-timeout", WEB_KILL_TIMEOUT_S,
    )
    # fmt: on
    return Process(argv=argv, environ=_sharing_figures(place), socket=place.run / GATE_SOCKET)


def push(place: Place) -> Process:
    """Event streams and sockets. No access log: an address may hold a phone."""
    socket = place.run / PUSH_SOCKET
    # After a restart all browsers come at once: they wait for their turn, instead of being given up after 5 seconds.
    where = f"unix:{socket}:mode=666:backlog={PUSH_BACKLOG}"  # The folder lets nobody else in.
    waits = ["--websocket_connect_timeout", HANDSHAKE_TIMEOUT_S]
    return Process(argv=_daphne("-e", where, "--proxy-headers", *waits), socket=socket)


def worker(place: Place) -> Process:
    """Tasks and upstream sockets. Asked to end, it gives unfinished tasks back to the queue."""
    argv = ["celery", "-A", "n2store", "worker", "--loglevel", "INFO", "--without-mingle", "--without-gossip"]
    # An orphan is killed: it would wait for a broker that is gone as well, and its unfinished tasks come again.
    return Process(
        argv=_module(*argv),
        environ={"REMAP_SIGTERM": "SIGQUIT", "DATABASE_POOL_MAX": "0"} | _sharing_figures(place),
        orphan_signal=signal.SIGKILL,
    )


def beat(place: Place) -> Process:
    """The timetable, from the database."""
    argv = ["celery", "-A", "n2store", "beat", "--loglevel", "INFO", "--pidfile", ""]
    return Process(argv=_module(*argv), environ={"DATABASE_POOL_MAX": "0"})


def neighbours(place: Place) -> Process:
    """Pancake and TPOS as the demo shop hears them: an evening that does not end."""
    ports = {name: simulated.port_of(name) for name in simulated.ADDRESSES}
    argv = [sys.executable, "manage.py", "simulate", "live_sale", "--every", simulated.EVERY_S]
    argv += ["--pancake-port", ports["PANCAKE_SOCKET_URL"], "--tpos-port", ports["TPOS_SOCKET_URL"]]
    argv += ["--pages-port", os.environ[simulated.PAGES_PORT]]
    return Process(argv=argv, environ={"DATABASE_POOL_MAX": "0"}, orphan_signal=signal.SIGKILL)


def upstreams(place: Place) -> Process:
    """TPOS, Pancake, Facebook and pictures over HTTP, as the demo shop's gateway reaches them."""
    argv = [sys.executable, "manage.py", "simulate", "gateway", "--ports", *simulated.gateway_ports()]
    return Process(argv=argv, environ={"DATABASE_POOL_MAX": "0"}, orphan_signal=signal.SIGKILL)


def payos(place: Place) -> Process:
    """PayOS as the demo shop asks it, with a page to pay each link."""
    argv = [sys.executable, "manage.py", "play_payos", "--after", "0", "--shop", f"http://127.0.0.1:{place.port}"]
    argv += ["--port", simulated.port_of("PAYOS_API_URL")]
    return Process(argv=argv, environ={"DATABASE_POOL_MAX": "0"}, orphan_signal=signal.SIGKILL)


def database(place: Place) -> Process:
    """The embedded PostgreSQL."""
    argv = postgres.command(place)
    return Process(argv=argv, environ=postgres.LOCALE, orphan_signal=stop_signal("postgres"))


def broker(place: Place) -> Process:
    """The embedded Valkey."""
    return Process(argv=valkey.command(place), socket=valkey.socket_path(place))


def supervisord(place: Place) -> Process:
    """What starts the others, and starts them again."""
    return Process(argv=_module("supervisor.supervisord", "-c", place.supervisor_config.name), folder=place.home)


SERVICES: dict[str, Callable[[Place], Process]] = {"postgres": database, "valkey": broker}
APP: dict[str, Callable[[Place], Process]] = {
    "front": front,
    "web": web,
    "gate": gate,
    "push": push,
    "worker": worker,
    "beat": beat,
}
DEMO: dict[str, Callable[[Place], Process]] = {"neighbours": neighbours, "upstreams": upstreams, "payos": payos}
"""What only the demo shop needs."""


def stop_signal(name: str) -> signal.Signals:
    """How process `name` is asked to end. PostgreSQL would wait for its clients at SIGTERM; by SIGINT it is quick."""
    return signal.SIGINT if name == "postgres" else signal.SIGTERM


def process(place: Place, name: str) -> Process:
    """The process called `name`; `worker-2` is a second worker, and so on.

    Raises:
        LaunchError: there is none of that name.
    """
    known = SERVICES | APP | DEMO | {"supervisord": supervisord}
    kind, _, number = name.rpartition("-")
    asked, name = name, kind if number.isdecimal() else name
    if name not in known:
        raise LaunchError(f"There is no process {asked!r}; there are {', '.join(known)}.")
    return known[name](place)


def app_names(place: Place) -> list[str]:
    """The shop's own processes at this place: with daphne as the front it serves what web, gate and push would."""
    names = [name for name in APP if place.front == "caddy" or name not in {"web", "gate", "push"}]
    return names + simulated.played()
