"""The embedded PostgreSQL, started and stopped for real."""

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from n2store.launch import postgres
from n2store.launch.place import Place
from tests.processes import free_port, wait_until

ROWS = 20_000
READ = "EXPLAIN (ANALYZE, BUFFERS, COSTS OFF) SELECT count(*) FROM shelf"


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """Return a place whose data is kept, unlike that of other tests."""
    made = Place(home=tmp_path, port=free_port(), front="caddy", static=tmp_path / "static", throwaway=False)
    made.make_folders()
    return made


@contextmanager
def serving(place: Place, log: Path) -> Iterator[psycopg.Connection]:
    user = postgres.server_user()
    given = {} if user is None else {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    with log.open("wb") as told:
        server = subprocess.Popen(postgres.command(place), cwd="/", stderr=told, **given)
    try:
        wait_until(lambda: "ready to accept connections" in log.read_text())
        with psycopg.connect(postgres.url(place, "postgres"), autocommit=True) as connection:
            yield connection
    finally:
        server.send_signal(signal.SIGINT)
        server.wait()


def test_a_restart_begins_with_what_was_in_memory(place: Place, tmp_path: Path) -> None:
    postgres.prepare(place)
    with serving(place, tmp_path / "before.log") as connection:
        connection.execute(f"CREATE TABLE shelf AS SELECT repeat('x', 100) FROM generate_series(1, {ROWS})")

    log = tmp_path / "after.log"
    with serving(place, log) as connection:
        wait_until(lambda: "autoprewarm successfully prewarmed" in log.read_text())
        [buffers, *_planning] = [line for (line,) in connection.execute(READ) if "Buffers:" in line]

    assert "shared hit=" in buffers
    assert "read=" not in buffers
