"""The WebSocket: the same events as frames, and who is refused before the handshake."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User

from realtime import topics
from realtime.flow import Application
from realtime.limits import Limits
from realtime.push import PushProcess
from tests.realtime.driving import Request, Shop, scope_of


def socket(
    application: Application, query: dict[str, str] | None = None, *, path: str = "/", **headers: str
) -> Request:
    scope = scope_of(path, query, **{"host": "shop.example"} | headers) | {"type": "websocket"}
    scope.pop("method")
    request = Request(application, scope)
    request.said.put_nowait({"type": "websocket.connect"})
    return request


async def accepted(request: Request) -> Any:
    assert await request.message() == {"type": "websocket.accept"}
    return await request.frame()


MESSAGES = json.loads(Path(__file__).with_name("broadcasts.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", ["/", "/ws/", "/ws"])
async def test_an_old_page_hears_its_own_messages_word_for_word_and_nothing_else(
    application: Application, login: dict[str, str], shop: Shop, path: str
) -> None:
    opened = socket(application, path=path, **login)
    assert await opened.message() == {"type": "websocket.accept"}
    shop.deposit(1)
    shop.publish("inbox.message", "inbox", waiting=1)
    for message in MESSAGES:
        payload = {name: value for name, value in message.items() if name != "type"}
        shop.publish(message["type"], "inbox", "page:100000000000101", **payload)

    heard = [await opened.frame() for _ in MESSAGES]

    assert heard == MESSAGES
    await opened.leave(socket=True)


async def test_our_own_pages_hear_the_same_with_numbers_and_go_on_after_one(
    application: Application, login: dict[str, str], shop: Shop
) -> None:
    opened = socket(application, {"topics": "page:100000000000101"}, **login)
    hello = await accepted(opened)
    shop.publish("order:tags_updated", "inbox", "page:200000000000202", payload={"orderId": "0"})
    shop.publish("order:tags_updated", "inbox", "page:100000000000101", payload={"orderId": "1"})
    shop.publish("inbox.answered", "inbox", "page:100000000000101", psid="9")

    first, second = await opened.frame(), await opened.frame()
    await opened.leave(socket=True)
    again = socket(application, {"since": str(first["id"])}, **login)
    greeted, repeated = await accepted(again), await again.frame()

    assert hello["topics"] == ["page:100000000000101"]
    assert first == {"type": "order:tags_updated", "payload": {"orderId": "1"}, "id": first["id"]}
    assert second["type"] == "inbox.answered"
    assert (greeted["channels"], greeted["cursor"], repeated) == (["inbox"], first["id"], second)
    await again.leave(socket=True)


async def test_a_page_that_cannot_hear_pings_is_shown_a_heartbeat(
    application: Application, login: dict[str, str], push: PushProcess
) -> None:
    push.limits = replace(push.limits, heartbeat_s=0.1)
    opened = socket(application, {"channels": "inbox"}, **login)
    await accepted(opened)

    beat = await opened.frame()

    assert (beat["type"], set(beat)) == ("heartbeat", {"type", "timestamp"})
    await opened.leave(socket=True)


async def test_an_event_is_a_frame(application: Application, login: dict[str, str], shop: Shop) -> None:
    opened = socket(application, {"channels": "wallets", "topics": "customer:+84909000001"}, **login)
    hello = await accepted(opened)
    shop.publish("wallet.deposit", "wallets", "wallet:0909000001", phone="0909000001", note="Nạp tiền")

    frame = await opened.frame()

    [[position, at]] = shop.ask("SELECT position, extract(epoch FROM created_at) * 1000 FROM n2store_event")
    assert hello["topics"] == ["customer:0909000001"]
    assert frame == {
        "type": "wallet.deposit", "id": position, "topics": ["wallets", "wallet:0909000001"],
        "payload": {"phone": "0909000001", "note": "Nạp tiền"}, "timestamp": int(at),
    }  # fmt: skip
    await opened.leave(socket=True)


async def test_it_resumes_and_resets(application: Application, login: dict[str, str], shop: Shop) -> None:
    opened = socket(application, {"channels": "wallets"}, **login)
    since = (await accepted(opened))["cursor"]
    for number in (1, 2):
        shop.deposit(number)
    ids = [(await opened.frame())["id"] for _ in range(2)]
    await opened.leave(socket=True)

    again = socket(application, {"channels": "wallets", "last_event_id": str(ids[0])}, **login)
    assert (await accepted(again))["cursor"] == ids[0]
    assert (await again.frame())["id"] == ids[1]
    await again.leave(socket=True)

    foreign = socket(application, {"channels": "wallets", "last_event_id": str(ids[1] + 9)}, **login)
    assert (await accepted(foreign))["type"] == "connected"
    assert await foreign.frame() == {"type": "reset", "reason": "unknown", "cursor": ids[1]}
    await foreign.leave(socket=True)
    assert since < ids[0]


@pytest.mark.parametrize(
    "headers",
    [
        {"authorization": ""},
        {"authorization": "Token wrong"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "https://shop.example.evil.example"},
        {"origin": "https://shop.example:8443"},
        {"origin": "shop.example"},
    ],
)
async def test_strangers_are_refused_before_the_handshake(
    application: Application, login: dict[str, str], headers: dict[str, str]
) -> None:
    opened = socket(application, **login | headers)

    assert await opened.message() == {"type": "websocket.close"}
    await opened.leave(socket=True)


@pytest.mark.parametrize("origin", ["https://shop.example", "http://SHOP.example", "https://pages.example"])
async def test_our_own_pages_and_those_named_in_the_settings_are_welcome(
    application: Application, login: dict[str, str], origin: str, settings: Any
) -> None:
    settings.WEBSOCKET_ORIGINS = ["https://pages.example"]
    opened = socket(application, {"channels": "inbox"}, origin=origin, **login)

    await accepted(opened)
    await opened.leave(socket=True)


@pytest.mark.parametrize(
    ("path", "query"), [("/other", {}), ("/", {"channels": "walle"}), ("/", {"topics": "wallet:1"})]
)
async def test_what_does_not_exist_is_refused(
    application: Application, login: dict[str, str], path: str, query: dict[str, str]
) -> None:
    opened = socket(application, query, path=path, **login)

    assert await opened.message() == {"type": "websocket.close"}
    await opened.leave(socket=True)


async def test_a_channel_that_is_not_for_the_role_is_refused(
    application: Application, login: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(topics.CHANNELS, "wallets", frozenset())
    opened = socket(application, {"topics": "wallet:0909000001"}, **login)

    assert await opened.message() == {"type": "websocket.close"}
    await opened.leave(socket=True)


async def test_what_the_client_says_is_not_listened_to_and_too_much_ends_it(
    application: Application, login: dict[str, str], shop: Shop
) -> None:
    opened = socket(application, {"channels": "wallets"}, **login)
    await accepted(opened)
    for text in ("{}", "hello", json.dumps({"type": "subscribe", "channels": ["tickets"]}), ""):
        opened.said.put_nowait({"type": "websocket.receive", "text": text})
    shop.publish("ticket.created", "tickets")
    shop.deposit(1)
    assert (await opened.frame())["type"] == "wallet.deposit"

    opened.said.put_nowait({"type": "websocket.receive", "bytes": b"x" * 4097})

    assert await opened.message() == {"type": "websocket.close", "code": 4413}
    await opened.leave(socket=True)


class TestPermissionIsLookedAtAgain:
    @pytest.fixture
    def limits(self) -> Limits:
        return replace(Limits(), life_s=0.2, life_jitter=0, heartbeat_s=0.2)

    async def test_who_may_no_longer_listen_is_sent_away(
        self, application: Application, login: dict[str, str], shop: Shop
    ) -> None:
        opened = socket(application, {"channels": "wallets"}, **login)
        await accepted(opened)
        shop.deposit(1)
        assert (await opened.frame())["type"] == "wallet.deposit"
        shop.connection.execute(f"UPDATE {User._meta.db_table} SET is_active = false")

        while (said := await opened.message(2))["type"] == "websocket.send":
            assert "heartbeat" in said["text"]  # Its time may come first.
        assert said == {"type": "websocket.close", "code": 4403}
        await opened.leave(socket=True)

    async def test_who_still_may_goes_on(self, application: Application, login: dict[str, str], shop: Shop) -> None:
        opened = socket(application, {"channels": "wallets"}, **login)
        await accepted(opened)
        for number in range(4):
            shop.publish("ticket.created", "tickets")
            assert (await opened.frame())["type"] == "cursor"
            shop.deposit(number)
            assert (await opened.frame())["payload"]["number"] == number
        await opened.leave(socket=True)
