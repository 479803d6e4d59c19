"""What every test may use. The database is a real PostgreSQL, Redis is a real Redis."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.contrib.auth.models import Group, User
from django.db import connection
from hypothesis import HealthCheck, settings
from pytest_django import DjangoDbBlocker
from rest_framework.test import APIClient

from n2store.roles import Role
from n2store.windows import forget_estimates
from proxy import lending
from tests.flushing import quick_flush
from tests.processes import Server, end_other_sessions, web_server

# A busy machine is no fault of the code: nothing here is judged by how long it takes.
settings.register_profile("n2store", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("n2store")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Flush quickly, and let go of the database before it is dropped: we, and the processes that tests have killed."""
    with django_db_blocker.unblock():
        quick = ExitStack()
        quick.enter_context(quick_flush())
    with quick:
        yield
    with django_db_blocker.unblock():
        connection.close()
        connection.close_pool()
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )


@pytest.fixture(autouse=True)
def _nothing_of_another_test() -> None:
    """Forget how long the lists of other tests were, and what was lent there."""
    forget_estimates()
    lending.forget()


@pytest.fixture
def web(transactional_db: None, tmp_path: Path) -> Iterator[Server]:
    """Start the web process on the test's database and Redis, to be killed as often as a test likes."""
    server = web_server(tmp_path, redis_url=django_settings.REDIS_URL)
    server.start()
    yield server
    server.kill()
    end_other_sessions()


@pytest.fixture
def as_role(db: None) -> Any:
    """Return a function that gives an API client logged in with a role."""

    def client(role: Role | None) -> APIClient:
        user = User.objects.create_user(username=f"user-{role}", password="x")
        if role is not None:
            user.groups.add(Group.objects.get(name=role.value))
        api = APIClient()
        api.force_authenticate(user)
        return api

    return client


@pytest.fixture
def api(as_role: Any) -> APIClient:
    """Return an API client of an owner."""
    client: APIClient = as_role(Role.OWNER)
    return client
