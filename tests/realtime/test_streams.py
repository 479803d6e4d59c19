"""The three addresses of server-sent events, word for word."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from realtime.flow import Application
from realtime.limits import Limits
from tests.realtime.driving import Request, Shop, answer, scope_of, stream

DEPOSIT: dict[str, Any] = {
    "customer_id": 7,
    "phone": "0900000001",
    "wallet": {"phone": "0900000001", "balance": 350000, "virtual_balance": 0, "total": 350000},
    "transaction": {
        "id": 41, "sequence": 1, "type": "DEPOSIT", "amount": 350000, "source": "BANK_TRANSFER",
        "referenceType": "balance_history", "referenceId": "1001", "note": "Nạp từ CK",
    },
}  # fmt: skip
TRANSFER: dict[str, Any] = {
    "id": 501, "sepay_id": 700001, "gateway": "ACB", "transaction_date": "2026-01-20 10:00:00",
    "account_number": "00000000", "code": None, "content": "0900000001 CK tien hang", "transfer_type": "in",
    "transfer_amount": 350000, "accumulated": 1000000, "sub_account": None, "reference_code": "FT26000001",
    "description": "BankAPINotify", "created_at": "2026-01-20T10:00:01+07:00",
    "customer_id": 7, "customer_phone": "0900000001", "customer_name": "Khách Thử Một", "match_method": "exact_phone",
}  # fmt: skip
OUTCOME: dict[str, Any] = {
    "id": 501, "customer_id": 7, "customer_phone": "0900000001", "customer_name": "Khách Thử Một",
    "match_method": "exact_phone", "verification_status": "AUTO_APPROVED", "wallet_processed": True,
}  # fmt: skip
ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


class TestEvents:
    async def test_the_greeting_tells_where_the_stream_begins(
        self, application: Application, login: dict[str, str], shop: Shop
    ) -> None:
        shop.deposit(1)
        query = {"channels": "wallets, tickets,", "topics": "wallet:+84 909 123 456"}
        async with stream(application, "/api/events", query, **login) as opened:
            first, hello = await opened.block(), await opened.block()
            newest = shop.ask("SELECT max(position) FROM n2store_event")[0][0]

            assert first.retry is not None
            assert 3000 <= first.retry < 6000
            assert (hello.event, hello.id) == ("connected", newest)
            assert hello.data == {
                "cursor": newest, "channels": ["wallets", "tickets"], "topics": ["wallet:0909123456"],
            }  # fmt: skip

    async def test_an_event_word_for_word(self, application: Application, login: dict[str, str], shop: Shop) -> None:
        async with stream(application, "/api/events", {"channels": "customers"}, **login) as opened:
            await opened.event()
            shop.publish("customer.created", "customers", "customer:0900000001", name='Đặng "A"\r\nevent: x\n\ndata: 1')

            text = await opened.text()

        [row] = shop.ask("SELECT position, floor(extract(epoch FROM created_at) * 1000)::bigint FROM n2store_event")
        assert text == (
            f"id: {row[0]}\nevent: customer.created\n"
            'data: {"name":"Đặng \\"A\\"\\r\\nevent: x\\n\\ndata: 1","event":"customer.created",'
            f'"topics":["customers","customer:0900000001"],"timestamp":{row[1]}}}'
        )

    async def test_the_headers_keep_proxies_from_holding_it_back(
        self, application: Application, login: dict[str, str]
    ) -> None:
        request = Request(application, scope_of("/api/events", {"channels": "wallets"}, **login))
        start = await request.message()
        await request.leave()

        assert dict(start["headers"]) == {
            b"content-type": b"text/event-stream",
            b"cache-control": b"no-cache, no-transform",
            b"x-accel-buffering": b"no",
            b"vary": b"Origin, Cookie, Authorization",
        }

    async def test_only_the_exact_topic_is_heard(
        self, application: Application, login: dict[str, str], shop: Shop
    ) -> None:
        async with stream(application, "/api/events", {"topics": "wallet:0909123456"}, **login) as opened:
            await opened.event()
            shop.deposit(1, phone="0909123457")
            shop.publish("wallet.deposit", "wallets", "wallet", "wallet:", "wallet:09091234567", "wallet:090912345")
            shop.deposit(2, phone="0909123456")

            assert (await opened.event()).data["number"] == 2
            assert await opened.silent()

    async def test_several_of_an_events_topics_bring_it_once(
        self, application: Application, login: dict[str, str], shop: Shop
    ) -> None:
        query = {"channels": "wallets", "topics": "wallet:0909000001"}
        async with stream(application, "/api/events", query, **login) as opened:
            await opened.event()
            shop.deposit(1)
            shop.deposit(2)

            assert [block.data["number"] for block in await opened.events(2)] == [1, 2]
            assert await opened.silent()

    @pytest.mark.parametrize(
        ("query", "code"),
        [
            ({}, "UNKNOWN_TOPIC"),
            ({"channels": ""}, "UNKNOWN_TOPIC"),
            ({"channels": "wallets,walle"}, "UNKNOWN_TOPIC"),
            ({"channels": "wallet:0909123456"}, "UNKNOWN_TOPIC"),
            ({"topics": "wallets"}, "UNKNOWN_TOPIC"),
            ({"topics": "wallet:1"}, "UNKNOWN_TOPIC"),
            ({"topics": "wallet:\x00"}, "UNKNOWN_TOPIC"),
            ({"topics": ",".join(f"wallet:0909{n:06}" for n in range(101))}, "TOO_MANY_TOPICS"),
            ({f"p{n}": "x" for n in range(21)}, "UNKNOWN_TOPIC"),
        ],
    )
    async def test_what_does_not_exist_is_400(
        self, application: Application, login: dict[str, str], query: dict[str, str], code: str
    ) -> None:
        status, _, body = await answer(application, "/api/events", query, **login)

        assert (status, body["success"], body["code"]) == (400, False, code)

    async def test_other_methods(self, application: Application, login: dict[str, str]) -> None:
        for method in ("POST", "PUT", "DELETE", "E", ""):
            status, headers, body = await answer(application, "/api/events", method=method, **login)
            assert (status, headers[b"allow"], body["code"]) == (405, b"GET, HEAD, OPTIONS", "METHOD_NOT_ALLOWED")
        assert (await answer(application, "/api/events", method="OPTIONS"))[0] == 204
        status, headers, body = await answer(
            application, "/api/events", {"channels": "wallets"}, method="HEAD", **login
        )
        assert (status, headers[b"content-type"], body) == (200, b"text/event-stream", None)

    async def test_all_else_is_djangos(self, application: Application) -> None:
        for path in ("/", "/api/event", "/api/events/x", "/api/v2/wallets/7"):
            assert (await answer(application, path))[0] == 418
        assert (await answer(application, "/api/events/"))[0] == 401

    async def test_a_page_of_another_origin_reads_only_when_it_is_named(
        self, application: Application, login: dict[str, str], settings: Any
    ) -> None:
        settings.WEBSOCKET_ORIGINS = ["https://pages.example"]
        for origin, allowed in (("https://pages.example", b"https://pages.example"), ("https://evil.example", None)):
            _, headers, _ = await answer(
                application, "/api/events", {"channels": "wallets"}, method="HEAD", origin=origin, **login
            )
            assert headers.get(b"access-control-allow-origin") == allowed
            assert headers.get(b"access-control-allow-credentials") == (allowed and b"true")


class TestOldKeys:
    @pytest.fixture
    async def opened(self, application: Application, login: dict[str, str]) -> AsyncIterator[Request]:
        query = {"keys": "tickets, wallet:0900000001,settings/display,,customers"}
        async with stream(application, "/api/realtime/sse", query, **login) as opened:
            yield opened

    async def test_the_greeting(self, opened: Request) -> None:
        hello = await opened.event()

        assert hello.event == "connected"
        assert list(hello.data) == ["keys", "connectionId", "timestamp"]
        assert hello.data["keys"] == ["tickets", "wallet:0900000001", "settings/display", "customers"]
        assert re.fullmatch(r"conn_\d{13}_[0-9a-z]{9}", hello.data["connectionId"])
        assert ISO.fullmatch(hello.data["timestamp"])

    async def test_a_wallet_update(self, opened: Request, shop: Shop) -> None:
        await opened.event()
        shop.publish("wallet.deposit", "wallets", "wallet:0900000001", **DEPOSIT)

        block = await opened.event()

        at = block.data["timestamp"]
        expected = {name: DEPOSIT[name] for name in ("phone", "wallet", "transaction")} | {"timestamp": at}
        assert block.event == "wallet_update"
        assert block.data == {
            "key": "wallet:0900000001", "data": expected, "timestamp": at, "event": "wallet_update",
        }  # fmt: skip

    async def test_tickets_and_customers(self, opened: Request, shop: Shop) -> None:
        await opened.event()
        ticket = {"ticket_code": "TV-2026-00001"}
        for what in ("created", "updated", "completed", "resolved"):
            shop.publish(f"ticket.{what}", "tickets", ticket=ticket)
        shop.publish("ticket.deleted", "tickets", ticket_code="TV-2026-00001")
        shop.publish("customer.updated", "customers", phone="0900000001")

        blocks = await opened.events(6)

        assert [(block.event, block.data["key"], block.data["data"]) for block in blocks] == [
            ("created", "tickets", {"action": "created", "ticket": ticket}),
            ("update", "tickets", {"action": "updated", "ticket": ticket}),
            ("update", "tickets", {"action": "resolved", "ticket": ticket}),
            ("update", "tickets", {"action": "updated", "ticket": ticket}),
            ("deleted", "tickets", {"action": "deleted", "ticketCode": "TV-2026-00001"}),
            ("update", "customers", {"phone": "0900000001"}),
        ]

    async def test_another_wallet_is_not_heard(self, opened: Request, shop: Shop) -> None:
        await opened.event()
        shop.publish("wallet.deposit", "wallets", "wallet:0900000002", **DEPOSIT)
        shop.publish("wallet.deposit", "wallet", "wallet:090000000", "settings/display", **DEPOSIT)
        shop.publish("transfer.received", "transfers", "customer:0900000001", **TRANSFER)
        shop.publish("customer.updated", "customers", last=True)

        assert (await opened.event()).data["data"] == {"last": True}
        assert await opened.silent()

    async def test_wallets_and_one_wallet_bring_an_event_once_under_the_exact_key(
        self, application: Application, login: dict[str, str], shop: Shop
    ) -> None:
        query = {"keys": "wallets,wallet:+84900000001"}
        async with stream(application, "/api/realtime/sse", query, **login) as opened:
            await opened.event()
            shop.publish("wallet.deposit", "wallets", "wallet:0900000001", **DEPOSIT)
            shop.publish("wallet.deposit", "wallets", "wallet:0900000002", **DEPOSIT)

            keys = [block.data["key"] for block in await opened.events(2)]
            assert keys == ["wallet:+84900000001", "wallets"]
            assert await opened.silent()

    @pytest.mark.parametrize(
        ("keys", "body"),
        [
            ("", {"error": "No keys specified", "usage": "GET /api/realtime/sse?keys=key1,key2,key3"}),
            (" ,,", {"error": "No keys specified", "usage": "GET /api/realtime/sse?keys=key1,key2,key3"}),
            ("tickets," + "x" * 501, {"error": "Key too long (max 500 characters)"}),
        ],
    )
    async def test_the_old_refusals(
        self, application: Application, login: dict[str, str], keys: str, body: dict[str, str]
    ) -> None:
        status, _, given = await answer(application, "/api/realtime/sse", {"keys": keys}, **login)

        assert (status, given) == (400, body)


class TestTransfers:
    async def test_a_transfer_that_arrives_with_its_owner_is_two_events_that_are_heard_both_or_not(
        self, application: Application, login: dict[str, str], shop: Shop
    ) -> None:
        async with stream(application, "/api/sepay/stream", **login) as opened:
            await opened.event()
            shop.publish("transfer.received", "transfers", "customer:0900000001", **TRANSFER)

            transfer, owner = await opened.events(2)
            assert await opened.silent()

        assert (transfer.event, transfer.id) == ("new-transaction", None)
        assert (owner.event, owner.data["customer_phone"]) == ("customer-info-updated", "0900000001")
        assert owner.id is not None

    async def test_an_owner_who_is_found_later_is_an_event_with_a_number_of_its_own(
        self, application: Application, login: dict[str, str], shop: Shop
    ) -> None:
        async with stream(application, "/api/sepay/stream", **login) as opened:
            hello = await opened.event()
            shop.publish("transfer.received", "transfers", **TRANSFER | {"customer_id": None, "customer_phone": None})
            shop.publish("transfer.matched", "transfers", "customer:0900000001", **OUTCOME)

            transfer, owner = await opened.events(2)
            assert await opened.silent()

        assert (hello.event, list(hello.data)) == ("connected", ["timestamp"])
        assert transfer.event == "new-transaction"
        assert list(transfer.data) == [
            "id", "sepay_id", "gateway", "transaction_date", "account_number", "code", "content", "transfer_type",
            "transfer_amount", "accumulated", "sub_account", "reference_code", "description", "created_at",
        ]  # fmt: skip
        assert ISO.fullmatch(transfer.data["created_at"])
        assert owner.event == "customer-info-updated"
        assert int(owner.id) > int(transfer.id)
        assert owner.data == {
            "transaction_id": 501, "customer_phone": "0900000001", "customer_name": "Khách Thử Một",
            "match_method": "exact_phone",
        }  # fmt: skip

    async def test_a_question_and_what_people_do_are_told(
        self, application: Application, login: dict[str, str], shop: Shop
    ) -> None:
        async with stream(application, "/api/sepay/stream", **login) as opened:
            await opened.event()
            shop.publish("transfer.asked", "transfers", id=501, partial_phone="318264", unique_phones_count=2)
            shop.publish(
                "transfer.updated", "transfers", "customer:0900000001", **OUTCOME, what="approve", is_hidden=False
            )
            shop.publish("transfer.unheard_of", "transfers", id=501)

            question, update = await opened.events(2)
            assert await opened.silent()

        assert (question.event, question.data) == (
            "pending-match-created", {"transaction_id": 501, "partial_phone": "318264", "unique_phones_count": 2},
        )  # fmt: skip
        assert (update.event, update.data) == (
            "transaction-updated",
            {
                "transaction_id": 501, "verification_status": "AUTO_APPROVED", "match_method": "exact_phone",
                "customer_id": 7, "customer_phone": "0900000001", "wallet_processed": True, "is_hidden": False,
                "what": "approve",
            },
        )  # fmt: skip


class TestWithShortTimes:
    @pytest.fixture
    def limits(self) -> Limits:
        return replace(Limits(), heartbeat_s=0.1, life_s=0.6, life_jitter=0)

    @pytest.mark.parametrize(
        ("path", "query", "comment"),
        [
            ("/api/events", {"channels": "tickets"}, r": heartbeat \d{13}"),
            ("/api/realtime/sse", {"keys": "tickets"}, r":heartbeat \d{13}"),
            ("/api/sepay/stream", {}, r": keep-alive"),
        ],
    )
    async def test_heartbeats_and_a_clean_end(
        self, application: Application, login: dict[str, str], path: str, query: dict[str, str], comment: str
    ) -> None:
        async with stream(application, path, query, **login) as opened:
            await opened.event()
            with pytest.raises(EOFError):
                while True:
                    assert re.fullmatch(comment, await opened.text())

            assert len(re.findall(comment, opened.raw)) >= 3

    async def test_a_quiet_listener_is_told_how_far_the_log_has_come(
        self, application: Application, login: dict[str, str], shop: Shop
    ) -> None:
        async with stream(application, "/api/events", {"channels": "tickets"}, **login) as opened:
            await opened.event()
            shop.deposit(1)
            numbers = {(await opened.block()).id for _ in range(4)}

        assert numbers - {None} == {shop.ask("SELECT max(position) FROM n2store_event")[0][0]}
