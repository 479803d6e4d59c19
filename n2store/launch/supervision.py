"""The supervisor: one supervisord a place, which starts again whatever dies and stops everything in order."""

import os
import shlex
import subprocess
import sys
from pathlib import Path
from xmlrpc.client import ServerProxy

from supervisor.xmlrpc import SupervisorTransport

from n2store.launch import leftovers
from n2store.launch.place import PROJECT, Place
from n2store.launch.processes import APP, DEMO, SERVICES, stop_signal
from n2store.launch.waiting import wait_until

STOP_WAIT_S = 7  # For the shop's processes, all at once; what has not ended by then is killed.
SERVICES_STOP_WAIT_S = 20
START_TIMEOUT_S = 20
LOG_BYTES_MAX = "5MB"


def config(place: Place, *, services: list[str], app: list[str]) -> str:
    """The text of supervisord.conf. It starts `services` at once and `app` on request, and stops `app` first.

    Log files are named from the home, where supervisord runs: it stumbles over a percent sign in their path.
    """
    sections = [
        f"""[supervisord]
nodaemon=true
silent=true
logfile=logs/supervisord.log
logfile_maxbytes={LOG_BYTES_MAX}
logfile_backups=1
pidfile={place.run / "supervisord.pid"}
childlogdir=logs
minfds=256
{"user=root" if os.getuid() == 0 else ""}
[unix_http_server]
file={_socket(place)}
chmod=0600
[supervisorctl]
serverurl=unix://{_socket(place)}
[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
"""
    ]
    for priority, (group, names) in enumerate({"services": services, "app": app}.items(), start=1):
        if names:
            sections.append(f"[group:{group}]\nprograms={','.join(names)}\npriority={priority}\n")
            sections += [_program(name, is_service=group == "services") for name in names]
    return "\n".join(sections)


def _socket(place: Place) -> Path:
    return place.run / "supervisor.sock"


def _program(name: str, *, is_service: bool) -> str:
    argv = [sys.executable, "-m", "n2store.launch.process", name]
    return f"""[program:{name}]
command={_plain(shlex.join(argv))}
directory={_plain(PROJECT)}
autostart={"true" if is_service else "false"}
autorestart=true
startsecs=1
startretries=1000000
stopsignal={stop_signal(name).name.removeprefix("SIG")}
stopwaitsecs={SERVICES_STOP_WAIT_S if is_service else STOP_WAIT_S}
killasgroup=true
redirect_stderr=true
stdout_logfile=logs/{name}.log
stdout_logfile_maxbytes={LOG_BYTES_MAX}
stdout_logfile_backups=2
"""


def _plain(value: Path | str) -> str:
    """`value` as supervisord reads it back: a percent sign starts an expansion there."""
    return str(value).replace("%", "%%")


def start(place: Place, *, services: list[str], app: list[str]) -> subprocess.Popen[bytes]:
    """Start supervisord with the services."""
    place.supervisor_config.write_text(config(place, services=services, app=app), encoding="utf-8")
    return subprocess.Popen(
        [sys.executable, "-m", "n2store.launch.process", "supervisord"],
        cwd=PROJECT,
        stdin=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C reaches the launcher alone, which passes it on once.
    )


def start_app(place: Place, supervisord: subprocess.Popen[bytes]) -> None:
    """Start the shop's own processes, without waiting for them.

    Raises:
        LaunchError: there is no supervisor to do it.
    """
    door, failure = _socket(place), f"The supervisor does not start: see {place.logs / 'supervisord.log'}."
    wait_until(door.exists, failure, timeout_s=START_TIMEOUT_S, by=supervisord)
    transport = SupervisorTransport(None, None, f"unix://{door}")
    with ServerProxy("http://localhost", transport=transport) as supervisor:
        supervisor.supervisor.startProcessGroup("app", False)


def stop(place: Place, supervisord: subprocess.Popen[bytes]) -> None:
    """Stop everything in order, the services last, and wait for it."""
    supervisord.terminate()
    try:
        supervisord.wait(STOP_WAIT_S + SERVICES_STOP_WAIT_S)
    except subprocess.TimeoutExpired:
        supervisord.kill()
        supervisord.wait()
    end_leftovers(place)


def end_leftovers(place: Place) -> int:
    """End what a killed launcher or supervisor left at this place, the services last. Returns how many there were."""
    count = leftovers.end(place, "supervisord", patience_s=STOP_WAIT_S + SERVICES_STOP_WAIT_S)
    count += sum(leftovers.end(place, name) for name in APP | DEMO)
    for name in SERVICES:
        count += leftovers.end(place, name, with_signal=stop_signal(name), patience_s=SERVICES_STOP_WAIT_S)
    return count
