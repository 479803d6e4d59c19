"""What a copy of the shop is, before anything of it runs."""

import os
import re
from dataclasses import replace
from pathlib import Path

import environ
import pytest

from n2store.launch import envfile, leftovers, postgres, preconditions, valkey
from n2store.launch.place import PROJECT, LaunchError, Place
from n2store.launch.processes import APP, Process, app_names, process
from n2store.launch.secret_keys import make_secrets

INTERNAL = {"DJANGO_SETTINGS_MODULE", "N2STORE_THROWAWAY"}  # Nothing a person sets.


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(home=tmp_path, port=8000, front="caddy", static=tmp_path / "static", throwaway=True)


@pytest.mark.parametrize(
    ("name", "value"), [("PORT", "http"), ("PORT", "0"), ("PORT", "65536"), ("N2STORE_FRONT", "x")]
)
def test_a_value_that_means_nothing_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)

    with pytest.raises(LaunchError, match=f"^{name} must be "):
        Place.from_environ()


def test_sockets_are_in_the_home_when_it_suits(place: Place) -> None:
    assert replace(place, home=Path("/srv/shop")).run == Path("/srv/shop/run")


@pytest.mark.parametrize("home", ["/srv/a shop", "/srv/100%", "/srv/" + "x" * 80, "/srv/cửa-hàng"])
def test_sockets_are_elsewhere_when_the_home_does_not_suit(place: Place, home: str) -> None:
    run = replace(place, home=Path(home)).run

    assert re.fullmatch(rf"n2store-{os.getuid()}-[0-9a-f]{{16}}", run.name)
    assert len(str(run)) < 40


def test_a_folder_of_somebody_else_is_refused(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 12345)

    with pytest.raises(LaunchError, match="belongs to another user"):
        place.make_folders()


def test_the_embedded_database_is_where_django_looks(place: Place) -> None:
    database = environ.Env.db_url_config(postgres.url(place))

    assert (database["NAME"], database["USER"]) == ("n2store", "postgres")
    assert database["OPTIONS"] == {"host": str(postgres.socket_folder(place))}


def test_money_waits_for_the_disk(place: Place) -> None:
    kept = replace(place, throwaway=False)
    flags = valkey.command(kept)

    assert postgres.settings(kept)["synchronous_commit"] == "on"
    assert "fsync" not in postgres.settings(kept)
    assert flags[flags.index("--appendonly") + 1] == "yes"


def test_secrets_are_made_once(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SECRET_KEY", raising=False)
    monkeypatch.setenv("SEPAY_API_KEY", "given")

    make_secrets(place)
    first = envfile.read(place.secrets_file)
    monkeypatch.delenv("SEPAY_API_KEY")
    make_secrets(place)
    second = envfile.read(place.secrets_file)

    assert set(first) == {"SECRET_KEY", "CREDENTIALS_KEY", "METRICS_TOKEN"}
    assert set(second) == {"SECRET_KEY", "SEPAY_API_KEY", "CREDENTIALS_KEY", "METRICS_TOKEN"}
    assert second["SECRET_KEY"] == first["SECRET_KEY"]
    assert len(second["SEPAY_API_KEY"]) >= 40
    assert place.secrets_file.stat().st_mode & 0o777 == 0o600


def test_django_reads_an_env_file_as_it_was_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    values = {"N2STORE_TEST_URL": "postgres://u:p%23=@h/d?host=%2Fa%20b&x=y"}
    monkeypatch.setattr(environ.Env, "ENVIRON", {})

    envfile.write(tmp_path / "x.env", values)
    environ.Env.read_env(tmp_path / "x.env")

    assert envfile.read(tmp_path / "x.env") == values
    assert values == environ.Env.ENVIRON


def test_daphne_serves_everything_where_caddy_does_not_run(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preconditions, "front", lambda _: Process(argv=["/nowhere/caddy"]))

    usable, why = preconditions.front_that_runs(place)

    assert (usable.front, app_names(usable)) == ("daphne", ["front", "worker", "beat"])
    assert why == "[Errno 2] No such file or directory: '/nowhere/caddy'"


def test_a_second_worker_has_a_name_of_its_own(place: Place) -> None:
    assert process(place, "worker-2") == process(place, "worker")
    assert leftovers.mark(place, "worker-2") != leftovers.mark(place, "worker")
    for name in ("worker-x", "nobody-2", "-2"):
        with pytest.raises(LaunchError, match=f"no process '{name}'"):
            process(place, name)


def test_browsers_that_come_at_once_wait_for_their_turn(place: Place) -> None:
    argv = " ".join(process(place, "push").argv)

    assert re.search(r"--websocket_connect_timeout [0-9]{2}\b", argv)
    assert re.search(r":backlog=[0-9]{4}\b", argv)


def test_the_procfile_names_every_process() -> None:
    lines = dict(line.split(": ", 1) for line in (PROJECT / "Procfile").read_text().splitlines())

    assert {name: lines[name] for name in APP} == {name: f"python -m n2store.launch.process {name}" for name in APP}


def test_every_variable_is_explained() -> None:
    settings = "".join(path.read_text() for path in (PROJECT / "n2store" / "settings").glob("*.py"))
    launch = "".join(path.read_text() for path in (PROJECT / "n2store" / "launch").glob("*.py"))
    read = set(re.findall(r'\benv(?:\.\w+)?\(\s*"([A-Z0-9_]+)"', settings))
    read |= set(re.findall(r'os\.environ\.get\("([A-Z0-9_]+)"', launch))

    explained = set(re.findall(r"^#([A-Z0-9_]+)=", (PROJECT / ".env.example").read_text(), re.MULTILINE))

    assert read - INTERNAL == explained
