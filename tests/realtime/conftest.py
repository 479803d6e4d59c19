"""A push process in this process, the shop that publishes, and people with tokens."""

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from django.contrib.auth.models import Group, User
from knox.models import AuthToken

from n2store.roles import Role
from realtime.flow import Application, Receive, Scope, Send
from realtime.limits import Limits
from realtime.push import PushProcess
from realtime.routing import with_streams
from tests.realtime.driving import Daphne, Shop


async def django_was_asked(scope: Scope, receive: Receive, send: Send) -> None:
    """Stand in for Django, behind the streams."""
    await send({"type": "http.response.start", "status": 418, "headers": []})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


@pytest.fixture
def limits() -> Limits:
    return Limits()


@pytest_asyncio.fixture
async def push(limits: Limits, transactional_db: None) -> AsyncIterator[PushProcess]:
    made = PushProcess(limits)
    yield made
    await made.stop()


@pytest.fixture
def application(push: PushProcess) -> Application:
    return with_streams(django_was_asked, push)


@pytest.fixture
def shop(transactional_db: None) -> Iterator[Shop]:
    made = Shop()
    yield made
    made.close()


@pytest.fixture
def token_for(transactional_db: None) -> Callable[[Role | None], str]:
    """Return a function that makes a person with a role and returns their token."""

    def make(role: Role | None) -> str:
        user = User.objects.create_user(username=f"{role}-{User.objects.count()}")
        if role is not None:
            user.groups.add(Group.objects.get(name=role.value))
        _, text = AuthToken.objects.create(user)
        return str(text)

    return make


@pytest.fixture
def token(token_for: Callable[[Role | None], str]) -> str:
    return token_for(Role.VIEWER)


@pytest.fixture
def login(token: str) -> dict[str, str]:
    """Return the headers of a viewer."""
    return {"authorization": f"Token {token}"}


@pytest.fixture
def daphne(tmp_path: Path, shop: Shop) -> Iterator[Daphne]:
    made = Daphne(tmp_path)
    yield made
    made.kill()
