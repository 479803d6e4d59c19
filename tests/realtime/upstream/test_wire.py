"""One WebSocket, against neighbours that answer whatever a test tells them to."""

import asyncio
import logging
import socket
import struct
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from ssl import PROTOCOL_TLS_SERVER, SSLContext, create_default_context
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from realtime.upstream import transport, wire
from realtime.upstream.wire import FRAME_MAX_BYTES, THREAD_NAME, UNREAD_MAX, Closed, Failed, NotAdmitted, Wire, opened

PATIENCE_S = 60
ORIGIN = "https://shop.test"
SECRET = "s3cr3t-t0k3n"

Serve = Callable[[ServerConnection], Awaitable[None]]
TEXT, PIECE, CLOSE, PING, LAST = 0x1, 0x0, 0x8, 0x9, 0x80


@asynccontextmanager
async def neighbour(serve_one: Serve, **options: Any) -> AsyncIterator[str]:
    """Serve WebSockets as a good library does, and give the address."""
    options = {"compression": None, "ping_interval": None, "close_timeout": 0.5, "max_size": None} | options
    async with serve(serve_one, "127.0.0.1", 0, **options) as server:
        scheme = "wss" if options.get("ssl") else "ws"
        yield f"{scheme}://127.0.0.1:{server.sockets[0].getsockname()[1]}/socket?token={SECRET}"


@asynccontextmanager
async def listener(talk: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]) -> AsyncIterator[str]:
    """Serve raw bytes, and give the address."""

    talks = set[asyncio.Task[None] | None]()

    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talks.add(asyncio.current_task())
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await talk(reader, writer)
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    server = await asyncio.start_server(one, "127.0.0.1", 0)
    async with server:
        yield f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/socket?token={SECRET}"
        for each in talks:
            assert each is not None
            each.cancel()
        await asyncio.wait_for(asyncio.gather(*filter(None, talks), return_exceptions=True), PATIENCE_S)


def frames(*parts: bytes) -> Callable[[ServerConnection], Awaitable[None]]:
    """Serve a WebSocket that sends bytes of our own making, past the library, and then waits for the end."""

    async def serve_one(connection: ServerConnection) -> None:
        for part in parts:
            connection.transport.write(part)
        await connection.wait_closed()

    return serve_one


def header(kind: int, length: int) -> bytes:
    """Return the beginning of a frame that announces so many bytes."""
    if length < 126:
        return struct.pack("!BB", kind, length)
    return struct.pack("!BBQ", kind, 127, length)


def frame(kind: int, content: bytes = b"") -> bytes:
    return header(kind, len(content)) + content


def reach(url: str, **headers: str) -> Any:
    return opened(url, origin=ORIGIN, headers={"User-Agent": "test", **headers})


def threads() -> int:
    return sum(one.name == THREAD_NAME for one in threading.enumerate())


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not true():
            await asyncio.sleep(0.01)


async def end_of(one: Wire) -> int:
    """Return the code of the end that comes after whatever else does."""
    with pytest.raises(Closed) as closed:
        while await one.next_text(PATIENCE_S) is not None:
            pass
    return closed.value.code


async def echo(connection: ServerConnection) -> None:
    async for text in connection:
        await connection.send(text)


async def idle(connection: ServerConnection) -> None:
    await connection.wait_closed()


@pytest.fixture(autouse=True)
async def no_thread_is_left() -> AsyncIterator[None]:
    yield
    await until(lambda: threads() == 0)


async def test_texts_go_and_come_in_their_order() -> None:
    async with neighbour(echo) as url, reach(url) as one:
        for text in ("a", "", "Chị ơi 💚", "x" * 200_000):
            await one.send(text)
        heard = [await one.next_text(PATIENCE_S) for _ in range(4)]

    assert heard == ["a", "", "Chị ơi 💚", "x" * 200_000]


async def test_who_waits_for_a_text_is_told_when_there_is_none() -> None:
    async with neighbour(idle) as url, reach(url) as one:
        assert await one.next_text(0.01) is None
        assert await one.next_text(-1) is None


async def test_half_a_character_is_no_reason_to_hang_up() -> None:
    async with (
        neighbour(frames(frame(TEXT | LAST, b"Ch\xe1\xbb"), frame(TEXT | LAST, b"ok"))) as url,
        reach(url) as one,
    ):
        assert [await one.next_text(PATIENCE_S), await one.next_text(PATIENCE_S)] == ["Ch�", "ok"]


async def test_the_neighbour_is_asked_as_a_browser_asks() -> None:
    asked: list[Request] = []

    def admit(_: ServerConnection, request: Request) -> None:
        asked.append(request)

    async with neighbour(idle, process_request=admit) as url, reach(url, Cookie=f"jwt={SECRET}"):
        [request] = asked

    assert request.path == f"/socket?token={SECRET}"
    assert request.headers.get_all("Origin") == [ORIGIN]
    assert request.headers.get_all("Cookie") == [f"jwt={SECRET}"]
    assert request.headers.get_all("User-Agent") == ["test"]
    assert "Sec-WebSocket-Extensions" not in request.headers


@pytest.mark.parametrize("status", [200, 401, 403, 404, 500, 503])
async def test_who_does_not_admit_us_says_with_which_status(status: int) -> None:
    def refuse(connection: ServerConnection, _: Request) -> Response:
        return connection.respond(status, "no\n")

    async with neighbour(idle, process_request=refuse) as url:
        with pytest.raises(NotAdmitted) as refused:
            async with reach(url):
                pass

    assert refused.value.status == status


@pytest.mark.parametrize("status", [301, 302, 303, 304, 307, 308])
async def test_a_redirect_is_not_followed_with_the_token(status: int) -> None:
    followed: list[str] = []

    async def elsewhere(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        followed.append((await reader.readline()).decode())

    async with listener(elsewhere) as other:

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(f"HTTP/1.1 {status} Moved\r\nLocation: {other}\r\n\r\n".encode())
            await writer.drain()

        async with listener(answer) as url:
            with pytest.raises(NotAdmitted) as refused:
                async with reach(url):
                    pass
            await until(lambda: threads() == 0)

    assert refused.value.status == status
    assert followed == []


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
        b"HTTP/1.1 101 S\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: bm90IG91cnM=\r\n\r\n",
        b"HTTP/1.1 500 Oops\r\nContent-Length: much\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nX: \xff\xfe\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\n" + b"X-Long: " + b"x" * 2 * transport.HANDSHAKE_MAX_BYTES,
        b"HTTP/1.1 500 Oops\r\nContent-Length: 99999999999\r\n\r\n" + b"x" * 2 * transport.HANDSHAKE_MAX_BYTES,
    ],
)
async def test_who_answers_otherwise_than_a_websocket_is_no_connection(said: bytes) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(said)
        await writer.drain()

    async with listener(answer) as url:
        with pytest.raises(Failed) as failed:
            async with reach(url):
                pass

    assert SECRET not in str(failed.value)


async def test_where_nobody_listens_there_is_no_connection() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        with pytest.raises(Failed, match=r"^ConnectionRefusedError$"):
            async with reach(f"ws://127.0.0.1:{free.getsockname()[1]}/"):
                pass


@pytest.mark.parametrize("cookie", ["a\r\nX-Admin: yes", "a\nb", "a\0b"])
async def test_a_cookie_cannot_bring_a_header_along(cookie: str) -> None:
    async with neighbour(idle) as url:
        with pytest.raises(Failed, match=r"^ValueError$"):
            async with reach(url, Cookie=cookie):
                pass


async def test_a_proxy_of_the_environment_hears_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as proxy:
        proxy.bind(("127.0.0.1", 0))
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.getsockname()[1]}")
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)

        async with neighbour(echo) as url, reach(url) as one:
            await one.send("direct")
            assert await one.next_text(PATIENCE_S) == "direct"


async def test_a_cookie_that_one_account_was_given_is_not_sent_with_another() -> None:
    asked: list[Request] = []

    def admit(_: ServerConnection, request: Request) -> None:
        asked.append(request)

    def give(_: ServerConnection, __: Request, response: Response) -> None:
        response.headers["Set-Cookie"] = "session=first; Domain=127.0.0.1; Path=/"

    async with neighbour(idle, process_request=admit, process_response=give) as url:
        async with reach(url):
            pass
        async with reach(url):
            pass

    assert ["Cookie" in request.headers for request in asked] == [False, False]


@pytest.mark.parametrize("announced", [FRAME_MAX_BYTES + 1, 2**62])
async def test_a_frame_over_the_bound_is_refused_without_being_read(announced: int) -> None:
    parts = (frame(TEXT | LAST, b"before"), header(TEXT | LAST, announced), b"x" * 1000)

    async with neighbour(frames(*parts)) as url, reach(url) as one:
        assert await one.next_text(PATIENCE_S) == "before"
        assert await end_of(one) == 1009


async def test_pieces_that_are_too_much_together_are_refused() -> None:
    piece = b"x" * (FRAME_MAX_BYTES // 4)
    parts = [frame(TEXT, piece), *[frame(PIECE, piece)] * 3, frame(PIECE | LAST, b"x")]

    async with neighbour(frames(*parts)) as url, reach(url) as one:
        assert await end_of(one) == 1009


async def test_the_largest_frame_and_the_largest_message_arrive() -> None:
    piece = b"y" * (FRAME_MAX_BYTES // 4)
    whole = frame(TEXT | LAST, b"x" * FRAME_MAX_BYTES)
    parts = [whole, frame(TEXT, piece), *[frame(PIECE, piece)] * 2, frame(PIECE | LAST, piece)]

    async with neighbour(frames(*parts)) as url, reach(url) as one:
        heard = [await one.next_text(PATIENCE_S), await one.next_text(PATIENCE_S)]

    assert [(len(text or ""), (text or "")[-1:]) for text in heard] == [(FRAME_MAX_BYTES, "x"), (FRAME_MAX_BYTES, "y")]


@pytest.mark.parametrize(
    "bad",
    [
        frame(PIECE | LAST, b"of nothing"),
        frame(TEXT | 0x40 | LAST, b"compressed"),
        frame(0x3 | LAST, b"unknown"),
        frame(PING, b"in pieces"),
        frame(PING | LAST, b"x" * 200),
        frame(CLOSE | LAST, b"\x03"),
        frame(TEXT, b"a") + frame(TEXT | LAST, b"b"),
    ],
)
async def test_what_breaks_the_protocol_ends_the_connection(bad: bytes) -> None:
    async with neighbour(frames(bad)) as url, reach(url) as one:
        assert await end_of(one) == 1002


async def test_a_ping_of_the_neighbour_is_answered_while_nobody_reads() -> None:
    answered = asyncio.Event()

    async def ping(connection: ServerConnection) -> None:
        await (await connection.ping(b"there?"))
        answered.set()
        await connection.wait_closed()

    async with neighbour(ping) as url, reach(url):
        async with asyncio.timeout(PATIENCE_S):
            await answered.wait()


@pytest.mark.parametrize("code", [1000, 1001, 1011, 1012, 4001])
async def test_the_end_says_with_which_code_the_neighbour_closed(code: int) -> None:
    async def close(connection: ServerConnection) -> None:
        await connection.send("last")
        await connection.close(code, "bye")

    async with neighbour(close) as url, reach(url) as one:
        assert await one.next_text(PATIENCE_S) == "last"
        assert await end_of(one) == code
        with pytest.raises(Closed) as closed:
            await one.send("too late")

    assert closed.value.code == code


async def test_a_close_without_a_code_and_an_end_without_a_close_are_told_apart() -> None:
    async def abort(connection: ServerConnection) -> None:
        connection.transport.abort()

    async with neighbour(frames(frame(CLOSE | LAST))) as url, reach(url) as one:
        assert await end_of(one) == 1005
    async with neighbour(abort) as url, reach(url) as one:
        assert await end_of(one) == 1006


async def test_leaving_says_goodbye() -> None:
    codes: list[int] = []

    async def listen(connection: ServerConnection) -> None:
        with suppress(ConnectionClosed):
            await connection.recv()
        codes.append(connection.close_code or 0)

    async with neighbour(listen) as url:
        async with reach(url):
            pass
        await until(lambda: len(codes) == 1)

    assert codes == [1000]


async def test_what_nobody_reads_makes_the_neighbour_wait() -> None:
    sent = 0

    async def flood(connection: ServerConnection) -> None:
        nonlocal sent
        for number in range(2_000):
            await connection.send(f"{number}:" + "x" * 100_000)
            sent = number + 1

    async with neighbour(flood, write_limit=1) as url, reach(url) as one:
        await until(lambda: len(one._unread) == UNREAD_MAX)
        held = sent
        heard = [await one.next_text(PATIENCE_S) for _ in range(2_000)]

    assert held < 1_000
    assert [int((text or "").partition(":")[0]) for text in heard] == list(range(2_000))


async def test_large_texts_that_nobody_reads_are_bounded_by_their_bytes() -> None:
    async def flood(connection: ServerConnection) -> None:
        for _ in range(20):
            await connection.send("x" * (FRAME_MAX_BYTES // 4))

    async with neighbour(flood) as url, reach(url) as one:
        await until(lambda: len(one._unread) == 4)
        assert await one.next_text(PATIENCE_S) is not None
        await until(lambda: len(one._unread) == 4)
        for _ in range(19):
            assert await one.next_text(PATIENCE_S) is not None


async def test_a_neighbour_that_does_not_read_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "SEND_TIMEOUT_S", 0.2)

    async with neighbour(idle, max_queue=1) as url, reach(url) as one:
        with pytest.raises(Failed, match=r"^TimeoutError$"):
            while True:
                await one.send("x" * 1_000_000)
        assert await end_of(one) == 1006


async def hold_up(place: str, url: str, reached: asyncio.Event) -> None:
    """Wait for ever at one place of a connection's life."""
    async with reach(url) as one:
        if place == "reading":
            asyncio.get_running_loop().call_soon(reached.set)
            await one.next_text(float("inf"))
        asyncio.get_running_loop().call_later(0.2, reached.set)
        while True:
            await one.send("x" * 1_000_000)


@pytest.mark.parametrize("place", ["reading", "sending"])
async def test_a_line_that_is_cancelled_ends_its_connection_at_once(place: str) -> None:
    gone = asyncio.Event()

    async def serve_one(connection: ServerConnection) -> None:
        connection.transport.pause_reading()
        if place == "reading":
            connection.transport.resume_reading()
        await connection.wait_closed()
        gone.set()

    async with neighbour(serve_one, max_queue=1) as url:
        reached = asyncio.Event()
        task = asyncio.create_task(hold_up(place, url, reached))
        async with asyncio.timeout(PATIENCE_S):
            await reached.wait()
            task.cancel()
            await asyncio.wait([task])
            await until(lambda: threads() == 0)

    assert task.cancelled()


async def test_a_line_that_is_cancelled_before_the_handshake_is_answered_ends() -> None:
    asked = asyncio.Event()

    async def say_nothing(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        asked.set()
        await reader.read()

    async with listener(say_nothing) as url:
        task = asyncio.create_task(hold_up("reading", url, asyncio.Event()))
        async with asyncio.timeout(PATIENCE_S):
            await asked.wait()
            task.cancel()
            await asyncio.wait([task])
            await until(lambda: threads() == 0)

    assert task.cancelled()


async def test_a_line_that_is_cancelled_while_it_connects_ends() -> None:
    with socket.socket() as full, socket.socket() as first, socket.socket() as second:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for other in (first, second):  # The kernel takes these, and answers nobody else.
            other.setblocking(False)
            other.connect_ex(full.getsockname())
        task = asyncio.create_task(hold_up("reading", f"ws://127.0.0.1:{full.getsockname()[1]}/", asyncio.Event()))
        await until(lambda: threads() == 1)

        task.cancel()
        await asyncio.wait([task])
        await until(lambda: threads() == 0)

    assert task.cancelled()


async def test_who_never_answers_the_handshake_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "OPEN_TIMEOUT_S", 0.2)

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while not reader.at_eof():
            writer.write(b"H")
            await writer.drain()
            await asyncio.sleep(0.01)

    async with listener(drip) as url:
        with pytest.raises(Failed, match=r"^TimeoutError$"):
            async with reach(url):
                pass


async def test_twenty_connections_leave_no_thread() -> None:
    async with neighbour(echo) as url:
        for number in range(20):
            async with reach(url) as one:
                await one.send(str(number))
                assert await one.next_text(PATIENCE_S) == str(number)
        await until(lambda: threads() == 0)


async def test_many_may_say_something_at_once() -> None:
    texts = [f"{number}:" + "x" * 3_000 for number in range(200)]

    async with neighbour(echo) as url, reach(url) as one:
        await asyncio.gather(*(one.send(text) for text in texts))
        heard = [await one.next_text(PATIENCE_S) for _ in texts]

    assert sorted(text or "" for text in heard) == sorted(texts)


async def test_no_line_of_a_log_holds_the_address(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    bye = frame(CLOSE | LAST, struct.pack("!H", 1011))

    async with neighbour(frames(bye)) as url, reach(url, Cookie=SECRET) as one:
        await end_of(one)

    ours = [record for record in caplog.records if not record.name.startswith("websockets")]
    assert not any(SECRET in record.getMessage() for record in ours)


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """Return a certificate of our own for 127.0.0.1, and its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "neighbour")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = tmp_path / "neighbour.pem"
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


def tls_server(certificate: Path) -> SSLContext:
    context = SSLContext(PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


async def test_over_tls_much_goes_both_ways_at_once(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trusting = create_default_context(cafile=str(certificate))
    monkeypatch.setattr(transport, "tls_context", lambda: trusting)
    texts = [f"{number}:" + "x" * 50_000 for number in range(100)]

    async with neighbour(echo, ssl=tls_server(certificate)) as url, reach(url) as one:
        sending = asyncio.create_task(asyncio.wait([asyncio.create_task(one.send(text)) for text in texts]))
        heard = [await one.next_text(PATIENCE_S) for _ in texts]
        await sending

    assert sorted(text or "" for text in heard) == sorted(texts)


async def test_a_certificate_that_nobody_vouches_for_is_no_connection(certificate: Path) -> None:
    async with neighbour(idle, ssl=tls_server(certificate)) as url:
        with pytest.raises(Failed, match=r"^SSLCertVerificationError$"):
            async with reach(url):
                pass
