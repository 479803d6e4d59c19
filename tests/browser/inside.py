"""A process inside a shop that does what tests ask: one start of Django for all of them.

It reads a line of JSON, a piece of Python, and writes one: `{"said": what it printed}` or `{"failed": why}`.
"""

import contextlib
import io
import json
import os
import sys
import time
import traceback
from itertools import count
from typing import Any

import django
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import OperationalError, close_old_connections, connection, transaction
from django.test import Client

from tests.flushing import copy_all, statements, tables

ATTEMPTS_MAX = 5
NOT_EMPTIED = ("django_session", "django_celery_beat_", "n2store_jobpulse", "realtime_lease")
"""What the shop's running processes hold on to."""
_kept: list[str] = []


def remember() -> None:
    """Keep what the shop holds now: `empty` comes back to it."""
    _kept[:] = copy_all(_emptied())


def empty() -> None:
    """Make the shop as it was, under the hands of its running processes."""
    for attempt in count(1):
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                for statement in statements(_emptied(), _kept):
                    cursor.execute(statement)
            return
        except OperationalError:  # A deadlock with a job that runs this moment.
            if attempt == ATTEMPTS_MAX:
                raise
            time.sleep(attempt)


def _emptied() -> list[str]:
    return [name for name in tables() if not name.startswith(NOT_EMPTIED)]


def log_in(username: str) -> tuple[str, str]:
    """Log somebody in past the form, and return the name and the value of the cookie that says so."""
    client = Client()
    client.force_login(get_user_model().objects.get(username=username))
    return settings.SESSION_COOKIE_NAME, client.cookies[settings.SESSION_COOKIE_NAME].value


def main() -> None:
    """Do one piece after the other, until the tests end."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "n2store.settings")
    django.setup()
    for line in sys.stdin:
        close_old_connections()
        print(json.dumps(_done(json.loads(line))), flush=True)


def _done(code: str) -> dict[str, Any]:
    said = io.StringIO()
    try:
        with contextlib.redirect_stdout(said):
            exec(code, {})  # noqa: S102 -- a test's own
    except Exception:  # noqa: BLE001 -- told to the test, which fails of it
        return {"failed": traceback.format_exc()}
    return {"said": said.getvalue()}


if __name__ == "__main__":
    main()
