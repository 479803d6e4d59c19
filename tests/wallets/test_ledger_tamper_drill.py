"""The drill names every tampering, says so with its exit code, and leaves no database behind."""

import os
import subprocess
import sys
from urllib.parse import urlsplit

import pytest
from django.db import connection

from n2store.launch.place import PROJECT

pytestmark = pytest.mark.django_db

WITH_ONE_TAMPERING = """
import os, django
os.environ["DJANGO_SETTINGS_MODULE"] = "n2store.settings"
django.setup()
from django.core.management import call_command
from wallets.management.commands import ledger_tamper_drill
from wallets.proof.tampering import Tampering
ledger_tamper_drill.TAMPERINGS[:] = [Tampering("nothing at all", "SELECT 1", "{names}")]
call_command("ledger_tamper_drill")
"""


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments], cwd=PROJECT, env=os.environ | environment, capture_output=True, text=True,
        timeout=300, check=False,
    )  # fmt: skip


def databases_of_drills() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_database WHERE datname LIKE 'n2store\\_drill\\_%'")
        return int(cursor.fetchone()[0])


def test_every_tampering_is_named() -> None:
    drill = run("manage.py", "ledger_tamper_drill")

    lines = drill.stdout.splitlines()
    assert drill.returncode == 0, drill.stdout + drill.stderr
    assert "UNSEEN" not in drill.stdout
    assert lines[-1] == f"All {len(lines) - 1} tamperings were named, and the database is gone."
    assert len(lines) > 40
    assert databases_of_drills() == 0


@pytest.mark.parametrize(
    ("names", "said"), [("SELECT 1, 1", "1 of 1 went unnamed: nothing at all."), ("no SQL", "could not be held")]
)
def test_what_goes_unnamed_fails_the_drill_and_the_database_goes_all_the_same(names: str, said: str) -> None:
    drill = run("-c", WITH_ONE_TAMPERING.format(names=names))

    assert drill.returncode != 0
    assert said in drill.stderr
    assert databases_of_drills() == 0


@pytest.mark.django_db(transaction=True)
def test_a_user_who_may_make_no_database_holds_no_drill_and_loses_nothing() -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE drill_nobody LOGIN")
        cursor.execute("SELECT current_database()")
        [ours] = cursor.fetchone()
    # A database that this user may drop: the shop that must still be there afterwards.
    with connection.cursor() as cursor:
        cursor.execute("CREATE DATABASE drill_shop OWNER drill_nobody")
    try:
        url = urlsplit(os.environ["DATABASE_URL"])
        theirs = url._replace(netloc=url.netloc.replace("postgres@", "drill_nobody@"), path="/drill_shop").geturl()

        drill = run("manage.py", "ledger_tamper_drill", DATABASE_URL=theirs)

        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_database WHERE datname IN ('drill_shop', %s)", [ours])
            assert cursor.fetchone()[0] == 2
        assert drill.returncode != 0
        assert "permission denied to create database" in drill.stderr
        assert databases_of_drills() == 0
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP DATABASE IF EXISTS drill_shop WITH (FORCE)")
            cursor.execute("DROP ROLE drill_nobody")
