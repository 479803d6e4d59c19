"""The recorded calls of the old pages through the real process: byte for byte to the neighbour, byte for byte back."""

import json
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from typing_extensions import override

from n2store.simulator.answering import Asked, Neighbour, Reply, Said
from proxy.retrying import READS
from tests.proxy.real_gate import Answer, Gate, opened

CASES: list[dict[str, Any]] = json.loads(Path(__file__).with_name("recorded_calls.json").read_text())["cases"]
ODD = bytes(range(256)) + "hà nội".encode()
"""What no text survives."""
FORM = (
    b'------made\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n' + ODD + b"\r\n------made--\r\n"
)
NAMED = {
    "Content-Type": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "Content-Disposition": "attachment; filename*=UTF-8''h%C3%A0ng.xlsx", "ETag": '"1"', "Set-Cookie": "jwt=theirs",
    "Server": "theirs", "Access-Control-Allow-Origin": "*", "Strict-Transport-Security": "max-age=1",
}  # fmt: skip
KEPT = ("Content-Type", "Content-Disposition", "ETag")
DROPPED = ("Set-Cookie", "Strict-Transport-Security")
HOSTS = (
    "tomato.tpos.vn",
    "pancake.vn",
    "pages.fm",
    "34tinhthanh.com",
    "tienich.vnhub.com",
    "img.vietqr.io",
    "img1.tpos.vn",
)


@dataclass
class Everybody(Neighbour):
    """All neighbours at one address: says odd bytes to every call, and gives TPOS's tokens."""

    status: int = field(default=200, kw_only=True)

    @override
    def answer(self, path: str, query: object, authorization: str) -> Said:
        return 404, {}

    @override
    def token(self, form: object) -> Said:
        return 200, {"access_token": "lent", "expires_in": 1_295_999}

    @override
    def reply(self, asked: Asked) -> Reply | None:
        if asked.path == "/token":
            return None
        if asked.path == "/redirects-to-private":
            return Reply(302, b"", {"Location": "http://10.0.0.5/"})
        if asked.path == "/x.html":
            return Reply(200, b"<script>alert(1)</script>", {"Content-Type": "text/html"})
        return Reply(self.status, ODD, NAMED)


def _settings(played: Everybody) -> dict[str, str]:
    bases = ("TPOS_BASE_URL", "PANCAKE_BASE_URL", "PANCAKE_CONTENT_URL", "PAGES_FM_BASE_URL")
    return dict.fromkeys(bases, played.url) | {
        "TPOS_USERNAME": "shop", "TPOS_PASSWORD": "secret", "IMAGE_HOSTS": played.url, "PROXY_HOSTS": played.url,
    }  # fmt: skip


def _here(text: str, played: Everybody) -> str:
    """Return an address, or a text that holds some, with the played server in place of the real ones."""
    for host in HOSTS:
        text = text.replace(f"https://{host}/", f"{played.url}/")
        if text == f"https://{host}":
            text = played.url
    return text


def _target(case: dict[str, Any], played: Everybody) -> str:
    said = case["in"]
    if "query" in said:
        given = dict(said["query"])
        if "upstream" in case or "upstream_answer" in case:
            given["url"] = _here(given["url"], played)
        return said["path"] + "?" + "&".join(f"{name}={quote(value, safe='')}" for name, value in given.items())
    query = said.get("raw_query", "").replace(quote("https://34tinhthanh.com", safe=""), quote(played.url, safe=""))
    return said["path"] + (f"?{query}" if query else "")


def _call(gate: Gate, case: dict[str, Any], played: Everybody) -> tuple[Answer, bytes]:
    said = case["in"]
    kind = said.get("content_type", "")
    body = FORM if kind.startswith("multipart") else said.get("body", "").encode()
    headers = dict(said.get("headers", {})) | ({"Content-Type": kind or "application/json"} if body else {})
    return gate.ask(said["method"], _target(case, played), body, headers), body


def _differences(case: dict[str, Any], asked: Asked, body: bytes, played: Everybody) -> list[str]:
    """Return what is otherwise at the neighbour than was recorded."""
    wanted, parts = case["upstream"], urlsplit(case["upstream"]["url"])
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    found = []
    if (asked.method, asked.target) != (case["in"]["method"], target):
        found.append(f"{asked.method} {asked.target}")
    if asked.body != body:
        found.append(f"a body of {len(asked.body)} bytes for {len(body)}")
    own = case["in"]["path"] == "/api/proxy"  # These headers are the page's.
    for name, value in wanted.get("headers", {}).items():
        if asked.headers.get(name.lower()) != (value if own else _here(value, played)):
            found.append(f"{name}: {asked.headers.get(name.lower())}")
    if body and "multipart" in case["in"].get("content_type", ""):
        found += [] if asked.headers["content-type"] == case["in"]["content_type"] else ["another boundary"]
    return found


@pytest.mark.django_db(transaction=True)
def test_recorded_calls_reach_the_neighbour_and_its_bytes_come_back(tmp_path: Path) -> None:
    recorded = [case for case in CASES if "upstream" in case]
    wrong: dict[str, Any] = {}
    with Everybody().serving() as played, opened(tmp_path, _settings(played)) as gate:
        for status, case in product((200, 404, 503), recorded):
            played.calls.clear()
            played.status = status

            answer, body = _call(gate, case, played)

            times = 2 if status == 503 and case["in"]["method"] in READS else 1  # See `proxy/retrying.py`.
            found = [] if len(played.calls) == times else [f"{len(played.calls)} calls"]
            found += _differences(case, played.calls[0], body, played) if played.calls else []
            if (answer.status, answer.body) != (status, ODD):
                found.append(f"{answer.status} with {len(answer.body)} bytes came back: {answer.body[:200]!r}")
            found += [name for name in KEPT if answer.headers.get(name) != NAMED[name]]
            found += [name for name in DROPPED if name in answer.headers]
            if found:
                wrong[f"{case['name']} {status}"] = found

    assert (len(recorded), wrong) == (15, {})


@pytest.mark.django_db(transaction=True)
def test_recorded_hostile_calls_go_nowhere(tmp_path: Path) -> None:
    hostile = [case for case in CASES if "expect" in case]
    told: dict[str, Any] = {}
    with Everybody().serving() as played, opened(tmp_path, _settings(played)) as gate:
        for case in hostile:
            answer, _ = _call(gate, case, played)
            told[case["name"]] = (answer.status, answer.headers["Content-Type"], json.loads(answer.body)["success"])
        asked = [call.path for call in played.calls]

    assert {name: status for name, (status, _kind, _success) in told.items()} == {
        case["name"]: case["expect"]["status"] if isinstance(case["expect"], dict) else told[case["name"]][0]
        for case in hostile
    }
    assert (told["image_proxy_html_answer"][0], told["avatar_path_escape"][0]) == (502, 400)
    assert {(kind, success) for _status, kind, success in told.values()} == {("application/json", False)}
    assert asked == ["/redirects-to-private", "/x.html"]


def test_no_recorded_call_is_left_out() -> None:
    assert len(CASES) == 24
    assert all(("upstream" in case) != ("expect" in case) for case in CASES)
