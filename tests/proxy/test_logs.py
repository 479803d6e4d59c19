"""No secret stands in any line that a process writes, whatever happens and however much it is told to say."""

import http.client
import logging
import os
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from n2store.launch.place import Place
from n2store.launch.processes import GATE_SOCKET, front
from n2store.simulator.answering import Manner
from n2store.simulator.facebook import CUSTOMER
from n2store.simulator.gateway import Ports, playing
from n2store.simulator.gemini import KEY, Gemini
from n2store.simulator.telegram import CHAT, TOKEN, Telegram
from n2store.simulator.tpos import PAGES, page_token
from proxy import telegram
from tests.processes import free_port, wait_until
from tests.proxy.real_gate import Gate, opened

PAGE, PSID = next(iter(PAGES)), CUSTOMER["id"]
SECRETS = {
    name: f"geheim-{name}" for name in ("bearer", "access", "jwt", "page", "password", "avatar", "stream", "cookie")
}
PHONE, WORDS = "0909318264", "Chị Hoa nhà số 12"
JSON = {"Content-Type": "application/json"}


def _everything(gate: Gate) -> None:
    """Call every door with secrets where pages have them: in headers, queries and bodies."""
    bearer = {"Authorization": f"Bearer {SECRETS['bearer']}", "Cookie": f"session={SECRETS['cookie']}"}
    form = f"grant_type=password&username=shop&password={SECRETS['password']}&client_id=tmtWebApp".encode()
    message = f'{{"pageId":"{PAGE}","psid":"{PSID}","message":"{WORDS}","pageToken":"{SECRETS["page"]}"}}'.encode()
    gate.ask("POST", "/api/token", form, {"Content-Type": "application/x-www-form-urlencoded"})
    gate.ask("GET", f"/api/odata/Partner?$filter=Phone%20eq%20'{PHONE}'", headers=bearer)
    gate.ask("GET", f"/api/odata/Partner?Phone={PHONE}")
    gate.ask("POST", f"/api/pancake/pages/1/messages?access_token={SECRETS['access']}", WORDS.encode(), JSON)
    gate.ask("GET", f"/api/pancake-direct/pages?jwt={SECRETS['jwt']}&page_id=1&access_token={SECRETS['access']}")
    gate.ask("GET", f"/api/pancake/odd-line?access_token={SECRETS['access']}")  # Whose headers the client cannot read.
    gate.ask("GET", f"/api/pancake-official/pages?page_access_token={SECRETS['page']}")
    gate.ask("GET", f"/api/fb-avatar?id={PSID}&token={SECRETS['avatar']}")
    gate.ask("GET", f"/facebook/comments?pageid=1&postId=2&token={SECRETS['stream']}")
    gate.ask("GET", f"/facebook/comments/stream?pageid=1&postId=2&token={SECRETS['stream']}")
    gate.ask("POST", "/api/refresh-tokens", headers=bearer)
    gate.ask("POST", "/api/refresh-tokens")
    gate.ask("POST", "/api/facebook-send", message, JSON | {"Idempotency-Key": f"key-{time.monotonic_ns()}"})
    gate.ask("GET", f"/api/pages/{PAGE}/conversations")
    gate.ask("POST", "/api/gemini/chat", f'{{"contents":[{{"parts":[{{"text":"{WORDS}"}}]}}]}}'.encode(), JSON)
    gate.ask("GET", f"/api/proxy?url=https%3A%2F%2Fevil.test%2F%3Ftoken%3D{SECRETS['access']}")
    gate.ask("POST", "/api/upload/image", f'{{"image":"{SECRETS["cookie"]}"'.encode(), JSON)


@pytest.mark.django_db(transaction=True)
def test_no_secret_stands_in_any_line_of_the_gates_log(tmp_path: Path) -> None:
    with playing(Ports()) as played, Gemini().serving() as gemini:
        told = played.settings() | {"GEMINI_API_URL": gemini.url, "GEMINI_API_KEY": KEY, "LOG_LEVEL": "DEBUG"}
        with opened(tmp_path, told) as gate:
            for manner in (Manner.WELL, Manner.FAILING, Manner.CUT, Manner.PAGE):
                for one in (played.tpos, played.pancake, played.graph, played.pictures, gemini):
                    one.manner = manner
                _everything(gate)
            log = gate.log()

    lent = {"token-1", told["TPOS_PASSWORD"] + '"', KEY, page_token(PAGE), gate.token, PHONE, WORDS}
    assert [secret for secret in (*SECRETS.values(), *lent) if secret in log] == []
    assert "UpstreamCut" in log
    assert "DEBUG" in log


def test_the_front_writes_neither_queries_nor_headers_and_says_itself_who_calls(tmp_path: Path) -> None:
    """Where the gate breaks off in the middle of an answer, the front says which call that was."""
    place = Place(home=tmp_path, port=free_port(), front="caddy", static=tmp_path / "static", throwaway=True)
    place.make_folders()
    made, log = front(place), tmp_path / "front.log"
    with log.open("wb") as written, _breaking_off(place.run / GATE_SOCKET) as heard:
        running = subprocess.Popen(made.argv, env=os.environ | made.environ, stdout=written, stderr=written)
        try:
            wait_until(lambda: _ask(place.port, "/static/none") == 404)
            _ask(place.port, f"/api/pancake/x?access_token={SECRETS['access']}")
            wait_until(lambda: "/api/pancake/x" in log.read_text())
        finally:
            running.kill()
            running.wait()

    assert "geheim" not in log.read_text()
    assert b"\r\nX-Real-Ip: 127.0.0.1\r\n" in heard[0]
    assert b"9.9.9.9" not in heard[0]


@contextmanager
def _breaking_off(path: Path) -> Iterator[list[bytes]]:
    """Answer as a gate that dies in the middle of each answer; what it heard is collected."""
    heard: list[bytes] = []
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        listening.listen()

        def serve() -> None:
            while True:
                try:
                    caller, _ = listening.accept()
                except OSError:
                    return
                with caller:
                    heard.append(caller.recv(65_536))
                    caller.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf")

        serving = threading.Thread(target=serve)
        serving.start()
        try:
            yield heard
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            serving.join()


def _ask(port: int, target: str) -> int | None:
    headers = {"X-N2Store-Token": "geheim-ours", "Authorization": "Bearer geheim-theirs", "Cookie": "a=geheim"}
    headers |= {"X-Real-Ip": "9.9.9.9", "X-Forwarded-For": "9.9.9.9"}  # Whatever a caller says of itself.
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", target, headers=headers)
        with connection.getresponse() as response:
            response.read()
            return response.status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def test_telegrams_token_stands_in_no_log(settings: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with Telegram().serving() as chat:
        settings.TELEGRAM_API_URL, settings.TELEGRAM_BOT_TOKEN, settings.TELEGRAM_CHAT_ID = chat.url, TOKEN, CHAT

        telegram.send("Chào")
        chat.manner = Manner.FAILING
        with pytest.raises(telegram.NotTaken) as refused:
            telegram.send("Chào")

    assert TOKEN not in caplog.text + str(refused.value)
