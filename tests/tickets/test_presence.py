"""Who looks at a ticket: told while it is so, forgotten soon after, and never in anybody's way."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
import redis
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client

from n2store.models import Event
from n2store.quick_redis import quick_redis
from n2store.roles import Role
from tests.factories.staff import logged_in
from tests.factories.tickets import OWNER, ticket
from tickets import presence
from tickets.deleting import delete
from tickets.models import Ticket
from tickets.presence import PAGES_MAX, PRESENT_S, Reader, gone, here

pytestmark = pytest.mark.django_db

LAN, MAI = Reader("lan", "Chị Lan"), Reader("mai", "Mai")
LIST = "/admin/tickets/ticket/"


@pytest.fixture
def ticket_id() -> Iterator[int]:
    """Return the number of a ticket that nobody else's test looks at."""
    number = uuid4().int % 10**15
    yield number
    redis.Redis.from_url(settings.REDIS_URL).delete(f"n2store:reading:ticket:{number}")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the time, in seconds, as its only element."""
    now = [1_000_000.0]
    monkeypatch.setattr(presence.time, "time", lambda: now[0])
    return now


def changes() -> int:
    return Event.objects.filter(name="presence.changed").count()


def test_who_looks_is_told_once_however_many_pages_they_have(ticket_id: int) -> None:
    here(ticket_id=ticket_id, reader=LAN, page="a")
    here(ticket_id=ticket_id, reader=LAN, page="b")

    assert here(ticket_id=ticket_id, reader=MAI, page="c") == [LAN, MAI]
    assert gone(ticket_id=ticket_id, reader=LAN, page="a") == [LAN, MAI]
    assert gone(ticket_id=ticket_id, reader=LAN, page="b") == [MAI]
    assert here(ticket_id=ticket_id + 1, reader=LAN, page="z") == [LAN]


def test_an_event_without_names_tells_the_other_pages_when_somebody_comes_or_goes_and_else_nothing(
    ticket_id: int,
) -> None:
    for say, reader, page in [
        (here, LAN, "a"), (here, LAN, "a"), (here, LAN, "b"), (here, MAI, "c"), (gone, LAN, "b"), (gone, MAI, "c"),
        (gone, MAI, "c"),
    ]:  # fmt: skip
        say(ticket_id=ticket_id, reader=reader, page=page)

    assert changes() == 3  # Lan came, Mai came, Mai went.
    event = Event.objects.filter(name="presence.changed").latest("pk")
    assert (event.topics, event.payload) == ([f"ticket_page:{ticket_id}"], {"ticket_id": ticket_id})


def test_a_page_that_says_nothing_more_is_forgotten(ticket_id: int, clock: list[float]) -> None:
    here(ticket_id=ticket_id, reader=LAN, page="a")
    clock[0] += PRESENT_S - 1
    assert here(ticket_id=ticket_id, reader=MAI, page="b") == [LAN, MAI]

    clock[0] += 2

    assert here(ticket_id=ticket_id, reader=MAI, page="b") == [MAI]
    assert changes() == 3


def test_redis_keeps_nothing_longer_than_a_page_counts(ticket_id: int) -> None:
    here(ticket_id=ticket_id, reader=LAN, page="a")

    lives_s: Any = quick_redis().ttl(f"n2store:reading:ticket:{ticket_id}")

    assert 0 < lives_s <= PRESENT_S


def test_no_more_pages_are_remembered_than_there_is_room_for(ticket_id: int, clock: list[float]) -> None:
    for number in range(PAGES_MAX + 20):
        clock[0] += 0.001
        here(ticket_id=ticket_id, reader=LAN, page=str(number))

    assert quick_redis().zcard(f"n2store:reading:ticket:{ticket_id}") == PAGES_MAX


def test_without_redis_nobody_is_seen_and_nothing_breaks(ticket_id: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presence, "quick_redis", lambda: redis.Redis(host="127.0.0.1", port=1, socket_timeout=0.5))

    assert here(ticket_id=ticket_id, reader=LAN, page="a") == []
    assert changes() == 0


@pytest.fixture
def made() -> Iterator[Ticket]:
    made = ticket("OTHER")
    yield made
    quick_redis().delete(f"n2store:reading:ticket:{made.pk}")


def say(client: Client, made: Ticket, **given: str) -> Any:
    return client.post(f"{LIST}{made.pk}/presence/", {"page": "0123456789abcdef"} | given)


def test_a_page_hears_of_the_others_by_the_name_that_colleagues_know(made: Ticket) -> None:
    lan, mai = logged_in(Role.CUSTOMER_CARE), logged_in(Role.WAREHOUSE)
    User.objects.filter(username="staff-customer_care").update(first_name="Lan")

    assert say(lan, made).json() == {"others": []}
    assert say(mai, made).json() == {"others": ["Lan"]}
    assert say(lan, made).json() == {"others": ["staff-warehouse"]}
    assert say(lan, made, gone="1").json() == {"others": ["staff-warehouse"]}
    assert say(mai, made).json() == {"others": []}


@pytest.mark.parametrize("page", ["", "x", "0123", "g" * 16, "0" * 41, "<script>"])
def test_a_page_that_is_none_is_a_400(made: Ticket, page: str) -> None:
    assert say(logged_in(Role.VIEWER), made, page=page).status_code == 400
    assert changes() == 0


def test_only_who_sees_tickets_is_seen(made: Ticket) -> None:
    client = logged_in(Role.VIEWER)
    delete(caller=OWNER, ticket_id=ticket("OTHER").pk)
    gone_id = Ticket.objects.exclude(deleted_at=None).get()

    assert say(client, gone_id).status_code == 404
    assert say(Client(), made).status_code == 302
    assert client.get(f"{LIST}{made.pk}/presence/").status_code == 405
    assert changes() == 0


def test_the_page_listens_to_its_own_topic_and_the_list_does_not(made: Ticket) -> None:
    client = logged_in(Role.VIEWER)

    page = client.get(f"{LIST}{made.pk}/change/").content.decode()
    rows = client.get(f"{LIST}?state=all").content.decode()

    assert f"ticket_page:{made.pk}" in page
    assert "presence.changed" in page
    assert "presence" not in rows
