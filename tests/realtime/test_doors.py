"""Tickets: one stream each, for seconds, and no longer than the buyer's own right."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import User
from django.utils import timezone
from knox.models import AuthToken
from rest_framework.test import APIClient

from n2store.roles import Role
from realtime import doors
from realtime.access import Credentials, Door, NotLoggedIn
from realtime.flow import Application
from realtime.models import StreamTicket
from tests.realtime.driving import Shop, answer, stream
from tests.realtime.test_sockets import accepted, socket
from tests.threads import at_once

TOKENS = Callable[[Role | None], str]
EVENTS = ("/api/events", {"channels": "inbox"})


def buy(token: str) -> str:
    bought = APIClient().post("/api/realtime/ticket", headers={"Authorization": f"Token {token}"})
    assert (bought.status_code, bought.json()["success"], bought.json()["expiresIn"]) == (200, True, doors.LIVES_S)
    return str(bought.json()["ticket"])


async def test_a_ticket_opens_one_stream_or_one_socket(application: Application, token: str, shop: Shop) -> None:
    first, second = [await sync_to_async(buy)(token) for _ in range(2)]
    path, query = EVENTS

    async with stream(application, path, query | {"ticket": first}):
        pass
    opened = socket(application, {"ticket": second})
    await accepted(opened)
    shop.publish("order:tags_updated", "inbox", payload={})
    assert (await opened.frame())["type"] == "order:tags_updated"
    await opened.leave(socket=True)

    assert (await answer(application, path, query | {"ticket": first}))[0] == 401
    again = socket(application, {"ticket": second})
    assert await again.message() == {"type": "websocket.close"}
    await again.leave(socket=True)


@pytest.mark.parametrize("ticket", ["x", "x" * 5_000, "%00", "\ud83d"])
async def test_what_is_no_ticket_opens_nothing(application: Application, transactional_db: None, ticket: str) -> None:
    given = ticket.encode("utf-8", "surrogatepass").decode("latin-1")
    assert (await answer(application, EVENTS[0], EVENTS[1] | {"ticket": given}))[0] == 401


@pytest.mark.django_db
def test_a_ticket_that_was_left_lying_is_worth_nothing_and_goes() -> None:
    lan = User.objects.create_user("lan")
    late = doors.issue(lan, None)
    StreamTicket.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    assert doors.use(late) is None
    doors.issue(lan, None)
    assert StreamTicket.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_many_who_show_the_same_ticket_one_enters() -> None:
    ticket = doors.issue(User.objects.create_user("lan"), None)

    entered = at_once(lambda _: doors.use(ticket) is not None, range(8))

    assert sum(entered) == 1


@pytest.mark.django_db
def test_only_a_hash_is_kept() -> None:
    ticket = doors.issue(User.objects.create_user("lan"), None)

    row = StreamTicket.objects.get()
    assert ticket not in (row.digest, str(row))
    assert ticket not in repr(Credentials(ticket=ticket))


async def test_a_stream_by_ticket_ends_with_the_token_that_bought_it(token: str, transactional_db: None) -> None:
    door = Door(streams_per_user_max=5)
    given = Credentials(ticket=await sync_to_async(buy)(token))
    viewer = await door.viewer(given)
    assert (await door.again(viewer, given)).user_id == viewer.user_id

    await sync_to_async(AuthToken.objects.all().delete)()

    with pytest.raises(NotLoggedIn):
        await door.again(viewer, given)


async def test_somebody_who_was_switched_off_does_not_come_in_by_ticket(token: str, transactional_db: None) -> None:
    door = Door(streams_per_user_max=5)
    ticket = await sync_to_async(buy)(token)
    await sync_to_async(User.objects.update)(is_active=False)

    with pytest.raises(NotLoggedIn):
        await door.viewer(Credentials(ticket=ticket))
