"""Where one copy of N2Store lives: its home folder, its sockets, its address."""

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path

import environ

PROJECT = Path(__file__).resolve().parent.parent.parent
SOCKET_DIR_BYTES_MAX = 70  # A socket path ends at 107 bytes; the longest name below the folder takes 30.
PLAIN_PATH = re.compile(r"[A-Za-z0-9/._-]+")  # What needs no quoting in a URL, an .ini file or a Caddyfile.

FRONTS = ("caddy", "daphne")


class LaunchError(Exception):
    """Why N2Store cannot start, as a sentence for the person at the terminal."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """One copy: two of them run side by side when home and port differ."""

    home: Path
    port: int
    front: str
    static: Path
    """Where collectstatic writes and the front reads."""
    throwaway: bool
    """Speed before durability in the embedded services: for tests only."""

    @classmethod
    def from_environ(cls) -> "Place":
        """Read the place from the environment and, for what it leaves open, from the project's `.env`.

        Raises:
            LaunchError: PORT or N2STORE_FRONT has a value that means nothing.
        """
        throwaway = os.environ.get("N2STORE_THROWAWAY") == "1"
        if not throwaway and (PROJECT / ".env").is_file():  # Tests must not find the database of a developer's `.env`.
            environ.Env.read_env(PROJECT / ".env")
        port = os.environ.get("PORT") or "8000"
        if not port.isdigit() or not 0 < int(port) < 65536:
            raise LaunchError(f"PORT must be a number from 1 to 65535, not {port!r}.")
        front = os.environ.get("N2STORE_FRONT") or "caddy"
        if front not in FRONTS:
            raise LaunchError(f"N2STORE_FRONT must be one of {', '.join(FRONTS)}, not {front!r}.")
        home = (PROJECT / Path(os.environ.get("N2STORE_HOME") or ".n2store").expanduser()).resolve()
        return cls(
            home=home,
            port=int(port),
            front=front,
            static=PROJECT / (os.environ.get("N2STORE_STATIC_ROOT") or home / "static"),
            throwaway=throwaway,
        )

    @property
    def run(self) -> Path:
        """The folder of the sockets: in the home, or if its path is too long or strange, among temporary files."""
        inside = self.home / "run"
        if len(os.fsencode(inside)) <= SOCKET_DIR_BYTES_MAX and PLAIN_PATH.fullmatch(str(inside)):
            return inside
        name = hashlib.sha256(os.fsencode(self.home)).hexdigest()[:16]
        return Path("/tmp") / f"n2store-{os.getuid()}-{name}"  # noqa: S108 -- short everywhere, and checked by make_folders

    @property
    def logs(self) -> Path:
        """The folder of the log files, one a process."""
        return self.home / "logs"

    @property
    def figures(self) -> Path:
        """The folder where processes share what they counted, for /metrics."""
        return self.home / "figures"

    @property
    def services_file(self) -> Path:
        """DATABASE_URL and REDIS_URL, for `manage.py` to find."""
        return self.home / "services.env"

    @property
    def secrets_file(self) -> Path:
        """The secrets this copy made for itself."""
        return self.home / "secrets.env"

    @property
    def supervisor_config(self) -> Path:
        """What supervisord and supervisorctl read."""
        return self.home / "supervisord.conf"

    @property
    def address(self) -> str:
        """Where the shop answers on this machine."""
        return f"http://127.0.0.1:{self.port}"

    def make_folders(self) -> None:
        """Create home, logs and socket folder, readable by nobody else.

        As root the home may be passed through (not listed): PostgreSQL refuses to run as root, so its own user must
        reach the data folder inside.

        Raises:
            LaunchError: a folder belongs to somebody else, or cannot be made.
        """
        passable = 0o711 if os.getuid() == 0 else 0o700
        try:
            self.home.mkdir(parents=True, exist_ok=True)
            open_to = {self.home: passable, self.logs: 0o700, self.run: passable, self.figures: 0o700}
            for folder, mode in open_to.items():
                folder.mkdir(exist_ok=True)
                if folder.is_symlink() or folder.stat().st_uid != os.getuid():
                    raise LaunchError(f"{folder} belongs to another user. Set N2STORE_HOME to a folder of your own.")
                folder.chmod(mode)
        except OSError as error:
            raise LaunchError(
                f"Cannot prepare {self.home}: {error.strerror}. Set N2STORE_HOME to another folder."
            ) from None
