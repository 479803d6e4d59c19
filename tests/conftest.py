"""What every test may use. The database is a real PostgreSQL, Redis is a real Redis."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.contrib.auth.models import Group, User
from django.db import connection
from django.db.backends.postgresql.operations import DatabaseOperations
from hypothesis import HealthCheck, settings
from pytest_django import DjangoDbBlocker
from rest_framework.test import APIClient

from n2store.roles import Role
from n2store.windows import forget_estimates
from tests.processes import Server, end_other_sessions, web_server

# A busy machine is no fault of the code: nothing here is judged by how long it takes.
settings.register_profile("n2store", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("n2store")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Let go of the database before it is dropped, for ourselves and for processes that tests have killed."""
    yield
    with django_db_blocker.unblock():
        connection.close()
        connection.close_pool()
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )


@pytest.fixture(autouse=True, scope="session")
def _ledger_can_be_emptied_between_tests() -> Iterator[None]:
    """Lift the ledger's refusal of TRUNCATE for the flush after a test on real connections, and only there."""
    flush = DatabaseOperations.execute_sql_flush

    def execute_sql_flush(self: DatabaseOperations, sql_list: list[str]) -> Any:
        guarded = "ALTER TABLE wallets_transaction {} TRIGGER wallets_transaction_not_emptied"
        return flush(self, [guarded.format("DISABLE"), *sql_list, guarded.format("ENABLE")])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseOperations, "execute_sql_flush", execute_sql_flush)
        yield


@pytest.fixture(autouse=True)
def _no_estimate_of_another_test() -> None:
    """Forget how long the lists of other tests were."""
    forget_estimates()


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
