"""One client: what waits for it is bounded and in order. A stand-in plays daphne's connection."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

from realtime.client import Client
from realtime.flow import Message
from realtime.limits import Limits
from realtime.log import LoggedEvent
from realtime.sockets import TOO_SLOW, Frames
from realtime.sse import Events
from realtime.topics import Asked

WALLETS = Asked(channels=("wallets",), spelled={"wallets": "wallets"})


class Connection:
    """What daphne has behind `send`, as far as it is used."""

    def __init__(self) -> None:
        self.channel = self
        self.transport = self
        self.producer: Any = None
        self.bufferSize = 0
        self.sent: list[Message] = []
        self.aborted = False

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        assert streaming
        self.producer = producer

    def unregisterProducer(self) -> None:
        self.producer = None

    def abortConnection(self) -> None:
        self.aborted = True

    async def handle_reply(self, message: Message) -> None:
        self.sent.append(message)

    def bodies(self) -> list[bytes]:
        return [message["body"] for message in self.sent]


async def reply(connection: Connection, message: Message) -> None:
    await connection.handle_reply(message)


def client(connection: Connection, **limits: Any) -> Client:
    made = Client(asked=WALLETS, dialect=Events(), send=partial(reply, connection), limits=replace(Limits(), **limits))
    made.open()
    return made


def event(position: int) -> LoggedEvent:
    return LoggedEvent(position, "test", ["wallets"], {}, datetime(2026, 1, 1, tzinfo=UTC))


def positions(connection: Connection) -> list[int]:
    return [int(body.split(b"\n")[0].removeprefix(b"id: ")) for body in connection.bodies()]


async def test_before_it_is_released_events_wait() -> None:
    connection = Connection()
    listening = client(connection)

    listening.hear(event(5))
    listening.write(b"id: 4\n\n", 4)
    listening.hear(event(6))
    listening.release()
    listening.hear(event(7))

    assert positions(connection) == [4, 5, 6, 7]


async def test_while_the_client_does_not_read_events_wait_and_then_come_in_order() -> None:
    connection = Connection()
    listening = client(connection)
    listening.release()

    connection.producer.pauseProducing()
    for position in (1, 2, 3):
        listening.hear(event(position))
    assert positions(connection) == []
    connection.producer.resumeProducing()
    listening.hear(event(4))

    assert positions(connection) == [1, 2, 3, 4]


async def test_a_buffer_that_fills_while_the_queue_is_emptied_stops_it_again() -> None:
    connection = Connection()
    listening = client(connection)
    listening.release()
    connection.producer.pauseProducing()
    for position in (1, 2):
        listening.hear(event(position))
    handle = connection.handle_reply

    async def full_again(message: Message) -> None:
        await handle(message)
        connection.producer.pauseProducing()

    connection.handle_reply = full_again  # type: ignore[method-assign]
    connection.producer.resumeProducing()
    assert positions(connection) == [1]
    connection.producer.resumeProducing()

    assert positions(connection) == [1, 2]


async def test_too_many_events_or_bytes_and_the_connection_is_cut() -> None:
    for limits in ({"queue_events_max": 3}, {"queue_max_bytes": 4 * 90}):
        connection = Connection()
        listening = client(connection, **limits)
        listening.release()
        connection.producer.pauseProducing()

        for position in range(10):
            listening.hear(event(position))

        assert (connection.aborted, connection.sent, listening.closed) == (True, [], True)


async def test_a_client_that_stalls_is_cut_and_one_that_reads_is_not() -> None:
    connection = Connection()
    listening = client(connection, stalled_s=20)
    listening.release()
    now = asyncio.get_running_loop().time()

    connection.producer.pauseProducing()
    listening.beat(now + 19, 0)
    assert not connection.aborted
    connection.producer.resumeProducing()
    listening.beat(now + 25, 0)
    assert not connection.aborted
    connection.producer.pauseProducing()
    listening.beat(now + 60, 0)

    assert connection.aborted


async def test_whoever_waits_for_room_hears_of_it_and_of_the_end() -> None:
    connection = Connection()
    listening = client(connection)

    assert await listening.writable()
    connection.producer.pauseProducing()
    waiting = asyncio.create_task(listening.writable())
    await asyncio.sleep(0)
    assert not waiting.done()
    connection.producer.resumeProducing()
    assert await waiting
    connection.producer.pauseProducing()
    waiting = asyncio.create_task(listening.writable())
    await asyncio.sleep(0)
    connection.producer.stopProducing()

    assert not await waiting


async def test_at_its_end_a_stream_is_closed_cleanly_and_an_unread_one_is_cut() -> None:
    connection, unread = Connection(), Connection()
    for each in (connection, unread):
        listening = client(each, life_s=10)
        listening.release()
        if each is unread:
            each.producer.pauseProducing()
        listening.beat(asyncio.get_running_loop().time() + 11, 0)
        listening.hear(event(1))

    assert connection.sent == [{"type": "http.response.body", "body": b"", "more_body": False}]
    assert (connection.producer, connection.aborted) == (None, False)
    assert (unread.sent, unread.aborted) == ([], True)


async def test_a_send_that_waits_counts_as_a_client_that_does_not_read() -> None:
    sent: list[Message] = []

    async def waits(message: Message) -> None:
        sent.append(message)
        if len(sent) == 2:
            await asyncio.sleep(60)

    listening = Client(asked=WALLETS, dialect=Events(), send=waits, limits=Limits())
    listening.open()
    listening.release()
    for position in (1, 2, 3):
        listening.hear(event(position))

    assert [message.get("more_body") for message in sent] == [True, True, False]


async def test_a_connection_that_fails_is_given_up() -> None:
    connection = Connection()

    async def fails(message: Message) -> None:
        raise ConnectionResetError

    connection.handle_reply = fails  # type: ignore[method-assign]
    listening = client(connection)
    listening.release()
    listening.hear(event(1))

    assert connection.aborted


async def test_a_socket_that_reads_too_slowly_is_told_why_and_then_cut() -> None:
    connection = Connection()
    listening = Client(
        asked=WALLETS, dialect=Frames(), send=partial(reply, connection),
        limits=replace(Limits(), queue_events_max=2, goodbye_s=0.01),
    )  # fmt: skip
    listening.open()
    listening.release()
    connection.producer.pauseProducing()

    for position in range(1, 5):
        listening.hear(event(position))
    assert connection.sent == [{"type": "websocket.close", "code": TOO_SLOW}]
    while not connection.aborted:
        await asyncio.sleep(0.01)

    assert listening.closed
    assert len(connection.sent) == 1
