"""The real push process: killed, doubled, crowded, and with clients that do not read."""

import http.client
import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
import websocket

from n2store.roles import Role
from tests.realtime.driving import DJANGO_OF_PUSH, TIMEOUT_S, Browser, Daphne, Shop, browser

pytestmark = pytest.mark.django_db(transaction=True)

WALLETS = ("/api/events", {"channels": "wallets"})
STREAM_MAX_KB = 40
PER_USER = 50
AT_ONCE = 400
HANDSHAKE = (
    "GET /?channels=inbox HTTP/1.1\r\nHost: shop\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nAuthorization: Token {token}\r\n\r\n"
)

Tokens = Callable[[Role | None], str]


@pytest.fixture(scope="module")
def daphne(tmp_path_factory: pytest.TempPathFactory, django_db_setup: None) -> Iterator[Daphne]:
    made = Daphne(tmp_path_factory.mktemp("push"))
    yield made
    made.kill()


@pytest.fixture(scope="module")
def second(tmp_path_factory: pytest.TempPathFactory, django_db_setup: None) -> Iterator[Daphne]:
    made = Daphne(tmp_path_factory.mktemp("second"), "tests.realtime.push_with_short_times:application")
    yield made
    made.kill()


def rss_kb(daphne: Daphne) -> int:
    status = Path(f"/proc/{daphne.process.pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0])


def threads(daphne: Daphne) -> int:
    return len(list(Path(f"/proc/{daphne.process.pid}/task").iterdir()))


def crowd(daphne: Daphne, stack: ExitStack, tokens: list[str], count: int) -> list[Browser]:
    """Open many streams at once and read their greetings."""

    def open_one(number: int) -> Browser:
        opened = Browser(daphne, *WALLETS, token=tokens[number % len(tokens)])
        stack.callback(opened.close)
        assert opened.event().event == "connected"
        return opened

    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(open_one, range(count)))


def test_killed_again_and_again_it_loses_nothing_and_sends_nothing_twice(
    daphne: Daphne, token: str, shop: Shop
) -> None:
    total, rounds = 60, 2
    killed = threading.Event()
    seen: list[tuple[int | None, int]] = []

    def publish() -> None:
        for number in range(total):
            shop.deposit(number)
            if number % (total // rounds) == total // rounds - 1 and not killed.is_set():
                daphne.restart()
                killed.set()
            time.sleep(0.002)

    shop.publish("test", "tickets")
    with browser(daphne, *WALLETS, token=token) as first:
        since = first.event().id
    publishing = threading.Thread(target=publish)
    publishing.start()
    while len(seen) < total:
        try:
            with browser(daphne, *WALLETS, token=token, since=since) as opened:
                while len(seen) < total:
                    block = opened.event()
                    since = opened.last_id
                    if block.event == "wallet.deposit":
                        seen.append((block.id, block.data["number"]))
                    else:
                        assert block.event == "connected"
        except (OSError, EOFError, IndexError):
            time.sleep(0.02)
    publishing.join()

    assert killed.is_set()
    assert [number for _, number in seen] == list(range(total))
    assert seen == shop.ask(
        "SELECT position, (payload -> 'number')::int FROM n2store_event WHERE name = %s ORDER BY position",
        "wallet.deposit",
    )


def test_two_processes_tell_the_same_in_the_same_order(daphne: Daphne, second: Daphne, token: str, shop: Shop) -> None:
    with browser(daphne, *WALLETS, token=token) as one, browser(second, *WALLETS, token=token) as two:
        assert one.event().event == two.event().event == "connected"
        for number in range(50):
            shop.deposit(number)

        heard_by_one = [(block.id, block.data["number"]) for block in (one.event() for _ in range(50))]
        heard_by_two = [(block.id, block.data["number"]) for block in (two.event() for _ in range(50))]

    assert heard_by_one == heard_by_two
    assert [number for _, number in heard_by_one] == list(range(50))


def test_two_hundred_waiting_streams_hold_no_database_connection_and_no_thread(
    daphne: Daphne, token_for: Tokens, shop: Shop
) -> None:
    tokens = [token_for(Role.VIEWER) for _ in range(200 // PER_USER)]
    earlier = len(shop.push_connections())  # Also of tests that ran a hub in this process.
    with ExitStack() as stack:
        everyone = crowd(daphne, stack, tokens, 200)
        [[connections]] = shop.ask(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = %s",
            DJANGO_OF_PUSH,
        )
        before = threads(daphne)
        shop.deposit(1)

        assert {opened.event().data["number"] for opened in everyone} == {1}
        assert len(shop.push_connections()) <= earlier + 2  # At most those that a hub opens when first needed.
        assert connections <= 8  # Two processes, each with a pool for looking people up.
        assert before <= 20


def test_a_stream_costs_little_memory(daphne: Daphne, token_for: Tokens) -> None:
    tokens = [token_for(Role.VIEWER) for _ in range(12)]
    with ExitStack() as warm:
        crowd(daphne, warm, tokens, 50)
        before = rss_kb(daphne)
        with ExitStack() as stack:
            crowd(daphne, stack, tokens, 500)

            assert (rss_kb(daphne) - before) / 500 <= STREAM_MAX_KB


def test_over_http_1_1_each_block_is_a_chunk(daphne: Daphne, token: str, shop: Shop) -> None:
    client = http.client.HTTPConnection("shop", timeout=TIMEOUT_S)
    client.sock = daphne.connect()
    try:
        client.request("GET", "/api/events?channels=wallets", headers={"Authorization": f"Token {token}"})
        answer = client.getresponse()
        assert answer.getheader("Transfer-Encoding") == "chunked"
        heard: list[bytes] = []
        for number, padding in enumerate([0, 40_000, 0, 60_000]):
            shop.publish("wallet.deposit", "wallets", number=number, padding="đ" * padding)
        while len(heard) < 4:
            line = answer.readline()
            if line.startswith((b'data: {"number"', b'data: {"padding"')):
                heard.append(line)
    finally:
        client.close()

    told = [json.loads(line.removeprefix(b"data: ")) for line in heard]
    assert [(one["number"], len(one["padding"])) for one in told] == [(0, 0), (1, 40_000), (2, 0), (3, 60_000)]


def test_a_client_that_does_not_read_is_cut_and_can_resume(second: Daphne, token: str, shop: Shop) -> None:
    with browser(second, *WALLETS, token=token) as lazy, browser(second, *WALLETS, token=token) as keen:
        since = lazy.event().id
        keen.event()
        before = rss_kb(second)
        for number in range(400):
            shop.publish("wallet.deposit", "wallets", number=number, padding="x" * 4000)
            keen.event()

        heard = []
        deadline = time.monotonic() + TIMEOUT_S
        with pytest.raises((EOFError, ConnectionResetError)):
            while time.monotonic() < deadline:
                heard.append(lazy.event().data["number"])
        assert rss_kb(second) - before < 5_000

        with browser(second, *WALLETS, token=token, since=lazy.last_id) as again:
            assert again.event().event == "connected"
            heard += [again.event().data["number"] for _ in range(400 - len(heard))]

    assert since is not None
    assert heard == list(range(400))


def test_a_stalled_client_is_cut_although_little_waits_for_it(second: Daphne, token: str, shop: Shop) -> None:
    with browser(second, *WALLETS, token=token) as lazy, browser(second, *WALLETS, token=token) as keen:
        lazy.event()
        keen.event()
        for number in range(75):  # More than the kernel and the server hold, less than the queue.
            shop.publish("wallet.deposit", "wallets", number=number, padding="x" * 4000)
            keen.event()
        time.sleep(3)

        with pytest.raises((EOFError, ConnectionResetError)):
            for _ in range(75):
                lazy.event()


def test_a_long_history_is_sent_at_the_pace_of_a_slow_reader(second: Daphne, token: str, shop: Shop) -> None:
    shop.publish("test", "tickets")
    with browser(second, *WALLETS, token=token) as first:
        since = first.event().id
    for number in range(1000):
        shop.publish("wallet.deposit", "wallets", number=number, padding="x" * 1000)

    with browser(second, *WALLETS, token=token, since=since) as slow:
        time.sleep(0.3)
        slow.event()

        assert [slow.event().data["number"] for _ in range(1000)] == list(range(1000))


def test_a_web_socket_over_the_real_server(daphne: Daphne, token: str, shop: Shop) -> None:
    headers = [f"Authorization: Token {token}"]
    for stranger in ({}, {"header": headers, "origin": "http://evil"}):
        with (
            closing(daphne.connect()) as refused,
            pytest.raises(websocket.WebSocketBadStatusException, match="403"),
        ):
            websocket.create_connection("ws://shop/", socket=refused, timeout=TIMEOUT_S, **stranger)

    url = "ws://shop/?channels=wallets"
    with closing(daphne.connect()) as welcome:
        opened = websocket.create_connection(url, socket=welcome, header=headers, timeout=TIMEOUT_S)
        assert '"type":"connected"' in opened.recv()
        opened.send("hello")
        shop.deposit(1)
        assert '"type":"wallet.deposit"' in opened.recv()
        opened.send("x" * 5000)
        assert opened.recv_data()[1][:2] == (4413).to_bytes(2, "big")


def test_many_web_sockets_that_come_at_once_are_all_let_in(daphne: Daphne, token_for: Tokens) -> None:
    tokens = [token_for(Role.VIEWER) for _ in range(AT_ONCE // PER_USER)]
    with ExitStack() as stack:
        waiting = [stack.enter_context(closing(daphne.connect())) for _ in range(AT_ONCE)]
        for number, socket in enumerate(waiting):  # All ask before any is answered.
            socket.sendall(HANDSHAKE.format(token=tokens[number % len(tokens)]).encode())
        answers = [socket.recv(100).split(b"\r\n")[0] for socket in waiting]

    assert set(answers) == {b"HTTP/1.1 101 Switching Protocols"}


def test_a_web_socket_that_does_not_read_is_cut(second: Daphne, token: str, shop: Shop) -> None:
    url, headers = "ws://shop/?channels=wallets", [f"Authorization: Token {token}"]
    with closing(second.connect()) as unread, browser(second, *WALLETS, token=token) as keen:
        lazy = websocket.create_connection(url, socket=unread, header=headers, timeout=TIMEOUT_S)
        lazy.recv()
        keen.event()
        for _ in range(200):
            shop.publish("wallet.deposit", "wallets", padding="x" * 4000)
            keen.event()

        # Broken is the pipe when its own pong meets nobody.
        with pytest.raises((websocket.WebSocketConnectionClosedException, ConnectionResetError, BrokenPipeError)):
            for _ in range(200):
                lazy.recv()


def test_asked_to_end_it_ends_at_once_with_streams_open(daphne: Daphne, token_for: Tokens) -> None:
    tokens = [token_for(Role.VIEWER) for _ in range(2)]
    try:
        with ExitStack() as stack:
            crowd(daphne, stack, tokens, 60)

            daphne.stop()
            assert "took too long" not in daphne.log()
            assert "Traceback" not in daphne.log()
            assert "destroyed" not in daphne.log()
    finally:
        daphne.restart()
