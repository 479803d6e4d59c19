"""The recipes for Render and for Docker: every name in them exists, and what they start is what we start.

Neither service can be had here, so nothing of this runs there; what they would run is run elsewhere in the tests.
"""

import fnmatch
import importlib.util
import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.urls import resolve

from n2store.launch.place import PROJECT, Place

RENDERS_OWN = {"PYTHON_VERSION"}
NEVER_LEFT_TO_CHANCE = {"DATABASE_URL", "REDIS_URL", "SECRET_KEY", "CREDENTIALS_KEY", "ALLOWED_HOSTS", "SECURE_COOKIES"}
"""What a public shop with several machines or a new disk must not make up for itself."""
WEB_KEYS = {
    "type", "name", "runtime", "region", "plan", "branch", "autoDeployTrigger", "disk", "buildCommand", "startCommand",
    "healthCheckPath", "maxShutdownDelaySeconds", "envVars",
}  # fmt: skip
KEYVALUE_KEYS = {"type", "name", "region", "plan", "ipAllowList", "maxmemoryPolicy"}
DATABASE_KEYS = {"name", "region", "plan", "postgresMajorVersion"}


def read(name: str) -> dict[str, Any]:
    recipe: dict[str, Any] = yaml.safe_load((PROJECT / name).read_text(encoding="utf-8"))
    return recipe


def explained() -> set[str]:
    """Return the variables that `.env.example` explains."""
    return set(re.findall(r"^#([A-Z0-9_]+)=", (PROJECT / ".env.example").read_text(encoding="utf-8"), re.MULTILINE))


def tracked() -> list[str]:
    """Return the files of the repository; without git, every file."""
    found = subprocess.run(["git", "ls-files"], cwd=PROJECT, capture_output=True, text=True, check=False)
    if found.returncode == 0:
        return found.stdout.splitlines()
    return [str(path.relative_to(PROJECT)) for path in PROJECT.rglob("*") if path.is_file()]


def starts(command: list[str]) -> bool:
    """Tell whether this is a module of ours that Python can run."""
    python, flag, module = command
    return (python, flag) == ("python", "-m") and importlib.util.find_spec(f"{module}.__main__") is not None


class TestRender:
    recipe = read("render.yaml")
    web = next(service for service in recipe["services"] if service["type"] == "web")
    broker = next(service for service in recipe["services"] if service["type"] == "keyvalue")
    env = {each["key"]: each for each in web["envVars"]}

    def test_only_fields_of_renders_reference_are_used(self) -> None:
        assert set(self.recipe) == {"services", "databases"}
        assert set(self.web) <= WEB_KEYS
        assert set(self.broker) <= KEYVALUE_KEYS
        assert [set(database) <= DATABASE_KEYS for database in self.recipe["databases"]] == [True]

    def test_it_builds_and_starts_what_is_there_whenever_the_branch_moves(self) -> None:
        assert shlex.split(self.web["buildCommand"]) == ["pip", "install", "-r", "requirements.txt"]
        assert starts(shlex.split(self.web["startCommand"]))
        assert (self.web["branch"], self.web["autoDeployTrigger"]) == ("main", "commit")
        assert resolve(self.web["healthCheckPath"])

    def test_every_variable_is_known_and_has_one_value(self) -> None:
        assert set(self.env) - RENDERS_OWN <= explained()
        assert set(self.env) >= NEVER_LEFT_TO_CHANCE
        assert len(self.env) == len(self.web["envVars"])
        sources = {"value", "generateValue", "sync", "fromDatabase", "fromService"}
        assert [len(sources & set(each)) for each in self.env.values()] == [1] * len(self.env)
        assert not [each for each in self.env.values() if not isinstance(each.get("value", ""), str) and each["key"]
                    != "PYTHON_VERSION"]  # fmt: skip

    def test_database_and_broker_are_the_ones_beside_it(self) -> None:
        assert self.env["DATABASE_URL"]["fromDatabase"]["name"] in [base["name"] for base in self.recipe["databases"]]
        assert self.env["REDIS_URL"]["fromService"]["name"] == self.broker["name"]
        assert self.broker["maxmemoryPolicy"] == "noeviction"  # Tasks wait there.
        assert {self.web["region"], self.broker["region"], self.recipe["databases"][0]["region"]} == {"singapore"}

    def test_pictures_outlive_a_deployment_and_the_front_listens_where_render_asks(self) -> None:
        value = {name: str(each.get("value")) for name, each in self.env.items()}
        assert value["N2STORE_HOME"] == self.web["disk"]["mountPath"]
        assert value["SITE_ADDRESS"] == f"http://:{value['PORT']}"
        assert value["SITE_BIND"] == "0.0.0.0"  # noqa: S104 -- Render's own front stands before it
        assert value["N2STORE_DEMO"] == "0"

    def test_its_python_is_one_that_we_run_on(self) -> None:
        lowest = re.search(r'requires-python = ">=3\.(\d+)"', (PROJECT / "pyproject.toml").read_text())
        version = re.fullmatch(r"3\.(\d+)\.\d+", str(self.env["PYTHON_VERSION"]["value"]))
        assert lowest
        assert version
        assert int(version[1]) >= int(lowest[1])


class TestCompose:
    recipe = read("compose.yaml")
    shop = recipe["services"]["shop"]
    steps = [line.split(maxsplit=1) for line in shop["build"]["dockerfile_inline"].splitlines()]

    def test_what_it_names_is_there(self) -> None:
        volumes = {each.split(":")[0] for service in self.recipe["services"].values() for each in service["volumes"]}
        assert volumes == set(self.recipe["volumes"])
        assert set(self.shop["depends_on"]) == {"postgres", "redis"} <= set(self.recipe["services"])
        assert set(self.shop["environment"]) <= explained()

    def test_it_starts_the_launcher_as_nobody_special(self) -> None:
        words = dict(reversed(self.steps))  # Of several, the first.
        assert starts(yaml.safe_load(words["CMD"]))
        assert words["USER"] in words["RUN"]
        assert self.shop["environment"]["N2STORE_HOME"] in words["RUN"]
        assert self.shop["init"]

    def test_the_database_sorts_and_folds_as_the_embedded_one(self) -> None:
        assert "--locale=C.UTF-8" in self.recipe["services"]["postgres"]["environment"]["POSTGRES_INITDB_ARGS"]

    @pytest.mark.parametrize(
        "needed",
        ["manage.py", "requirements.txt", "n2store/launch/Caddyfile", "locale/vi/LC_MESSAGES/django.mo",
         "static/n2store/live.js", "templates/admin/_live_pill.html"],
    )  # fmt: skip
    def test_the_image_holds_what_runs(self, needed: str) -> None:
        left_out = (PROJECT / ".dockerignore").read_text().split()
        assert needed in tracked()
        assert [rule for rule in left_out if fnmatch.fnmatch(needed, rule) or needed.startswith(f"{rule}/")] == []

    def test_no_secret_and_no_home_of_a_developer_goes_into_the_image(self) -> None:
        assert {".env", ".n2store", ".git", ".venv"} <= set((PROJECT / ".dockerignore").read_text().split())


def test_a_home_of_the_recipes_suits_the_sockets() -> None:
    for home in ("/var/n2store", "/data"):
        place = Place(home=Path(home), port=8000, front="caddy", static=Path(home) / "static", throwaway=False)
        assert place.run == Path(home) / "run"
