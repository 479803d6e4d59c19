"""What is made ready before the shop's processes start: services, environment, database, static files, demo."""

import contextlib
import os
import resource
import subprocess
import sys
from functools import partial

from n2store.launch import envfile, postgres, simulated, static_files, valkey
from n2store.launch.place import PROJECT, LaunchError, Place
from n2store.launch.terminal import say
from n2store.launch.waiting import wait_until

SERVICE_TIMEOUT_S = 300  # PostgreSQL may have to recover first.
OPEN_FILES_MAX = 65536  # Each open stream is one, in the front and in push.


def prepare_services(place: Place) -> list[str]:
    """Make ready what is not given by DATABASE_URL and REDIS_URL, and return the names of the services to start."""
    services = []
    if not os.environ.get("DATABASE_URL"):
        say(f"PostgreSQL: embedded, data in {postgres.data_folder(place)}")
        postgres.prepare(place)
        os.environ["DATABASE_URL"] = postgres.url(place)
        services.append("postgres")
    if not os.environ.get("REDIS_URL"):
        say(f"Redis: embedded Valkey, data in {valkey.data_folder(place)}")
        valkey.prepare(place)
        os.environ["REDIS_URL"] = valkey.url(place)
        services.append("valkey")
    return services


def set_environment(place: Place) -> None:
    """Say to every process we start, and to a later `manage.py`, where things are."""
    os.environ |= {
        "N2STORE_HOME": str(place.home),
        "N2STORE_FRONT": place.front,
        "N2STORE_STATIC_ROOT": str(place.static),
        "PORT": str(place.port),
        "DJANGO_SETTINGS_MODULE": os.environ.get("DJANGO_SETTINGS_MODULE", "n2store.settings"),
    }
    os.environ |= simulated.addresses()
    envfile.write(place.services_file, {name: os.environ[name] for name in ("DATABASE_URL", "REDIS_URL", "PORT")})
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = OPEN_FILES_MAX if hard == resource.RLIM_INFINITY else min(hard, OPEN_FILES_MAX)
    with contextlib.suppress(ValueError, OSError):  # Some systems have a lower limit than they say.
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def forget_figures(place: Place) -> None:
    """Remove what the processes of an earlier run counted: theirs are gone, and Prometheus knows a new beginning."""
    for file in place.figures.glob("*.db"):
        file.unlink()


def wait_for_services(place: Place, services: list[str], supervisord: subprocess.Popen[bytes]) -> None:
    """Wait until the embedded services answer.

    Raises:
        LaunchError: one of them does not.
    """
    for name, service in (("postgres", postgres), ("valkey", valkey)):
        if name in services:
            failure = f"{name} does not start: see {place.logs}."
            wait_until(partial(service.ready, place), failure, timeout_s=SERVICE_TIMEOUT_S, by=supervisord)


def prepare_django(place: Place) -> None:
    """Bring the database, the static files and, unless N2STORE_DEMO says no, the demo shop up to date.

    Raises:
        LaunchError: a management command failed.
    """
    say("Database: applying migrations")
    _manage("migrate", "--noinput")
    if not static_files.up_to_date(place):
        say("Static files: collecting")
        _manage("collectstatic", "--noinput", "--clear")
        static_files.remember(place)
    if simulated.demo_is_wanted():
        say("Demo shop: preparing")
        _manage("demo")


def _manage(*argv: str) -> None:
    """Run a management command, silent unless it fails."""
    done = subprocess.run(
        [sys.executable, "manage.py", *argv],
        cwd=PROJECT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        start_new_session=True,  # Ctrl-C is for the launcher.
        check=False,
    )
    if done.returncode:
        raise LaunchError(f"manage.py {argv[0]} failed:\n{done.stdout}{done.stderr}")
