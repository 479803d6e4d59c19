"""Pictures of other hosts, and all that only pretends to be one."""

import json
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client
from rest_framework.test import APIClient

from n2store.simulator.images import Images
from n2store.simulator.pancake_http import PIXEL, PancakeHttp
from proxy.images import kind_of


def _body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def _get(api: APIClient, url: str) -> Any:
    return api.get("/api/image-proxy", {"url": url})


@pytest.mark.parametrize("path", ["/a.png", "/chunked.png", "/unnamed", "/near"])
def test_a_picture_comes_with_a_day_to_keep_it(api: APIClient, images: Images, path: str) -> None:
    answer = _get(api, images.url + path)

    assert (answer.status_code, _body(answer)) == (200, PIXEL)
    assert (answer.headers["Content-Type"], answer.headers["Content-Length"]) == ("image/png", str(len(PIXEL)))
    assert (answer.headers["Cache-Control"], answer.headers["Access-Control-Allow-Origin"]) == (
        "public, max-age=86400",
        "*",
    )
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/x.svg", 502, "UPSTREAM_UNSUITABLE"),
        ("/x.html", 502, "UPSTREAM_UNSUITABLE"),
        ("/liar.png", 502, "UPSTREAM_UNSUITABLE"),
        ("/liar-svg.png", 502, "UPSTREAM_UNSUITABLE"),
        ("/big.png", 502, "UPSTREAM_TOO_LARGE"),
        ("/big-chunked.png", 502, "UPSTREAM_TOO_LARGE"),
        ("/announced.png", 502, "UPSTREAM_TOO_LARGE"),
        ("/cut.png", 502, "UPSTREAM_CUT"),
        ("/loop", 502, "UPSTREAM_REDIRECTS"),
        ("/none.png", 404, "NOT_FOUND"),
    ],
)
def test_what_is_no_picture_is_not_shown(api: APIClient, images: Images, path: str, status: int, code: str) -> None:
    answer = _get(api, images.url + path)

    assert (answer.status_code, answer.json()["code"]) == (status, code)


@pytest.mark.parametrize(
    "leads_to",
    ["http://10.0.0.5/", "http://127.0.0.1:1/", "http://169.254.169.254/", "https://evil.test/", "file:///etc/passwd"],
)
def test_a_redirect_into_the_network_is_refused(api: APIClient, images: Images, leads_to: str) -> None:
    images.leads_to = leads_to

    answer = _get(api, images.url + "/away")

    assert answer.status_code == (400 if leads_to.startswith("file") else 403)
    assert len(images.calls) == 1


def test_a_redirect_to_what_is_no_address_is_no_failure_of_ours(api: APIClient, images: Images) -> None:
    images.leads_to = "http://[::1"

    answer = _get(api, images.url + "/away")

    assert (answer.status_code, answer.json()["code"], len(images.calls)) == (502, "UPSTREAM_REDIRECTS", 1)


@pytest.mark.parametrize("path", ["/api/proxy", "/api/image-proxy"])
@pytest.mark.parametrize(
    ("url", "status"),
    [
        ("http://127.0.0.1:8000/admin/", 403),
        ("http://169.254.169.254/latest/meta-data/", 403),
        ("http://2130706433/", 403),
        ("https://34tinhthanh.com@127.0.0.1/", 403),
        ("https://34tinhthanh.com.attacker.example/", 403),
        ("file:///etc/passwd", 400),
    ],
)
def test_hostile_calls_hear_the_status_of_the_contract(api: APIClient, path: str, url: str, status: int) -> None:
    answer = api.get(path, {"url": url})

    assert (answer.status_code, answer.json()["success"]) == (status, False)


def test_a_missing_parameter_is_said_so(api: APIClient) -> None:
    said = [api.get(path) for path in ("/api/image-proxy", "/api/fb-avatar", "/api/pancake-avatar", "/api/proxy")]

    assert {answer.status_code for answer in said} == {400}
    assert [answer.json()["error"] for answer in said] == [
        "Missing url parameter", "Missing id parameter", "Missing hash parameter", "Missing url parameter",
    ]  # fmt: skip


def test_a_face_comes_from_pancake_then_facebook_then_is_grey(
    api: APIClient, pancake: PancakeHttp, images: Images, settings: Any
) -> None:
    settings.FACEBOOK_GRAPH_URL = images.url

    found = api.get("/api/fb-avatar", {"id": "123", "page": "9", "token": "a&b=c/d"})
    grey = api.get("/api/fb-avatar", {"id": "unknown1"})
    kept = api.get("/api/pancake-avatar", {"hash": "ab12.jpg"})

    assert (_body(found), found.headers["Content-Type"], _body(kept)) == (PIXEL, "image/png", PIXEL)
    assert pancake.calls[0].target == "/api/v1/pages/9/avatar/123?access_token=a%26b%3Dc%2Fd"
    assert pancake.calls[0].headers["referer"] == f"{pancake.url}/"
    assert pancake.calls[-1].target == "/2.1-24/avatars/ab12.jpg"
    assert [call.target for call in images.calls] == ["/unknown1/picture?width=80&height=80&type=normal"]
    assert (grey.status_code, grey.headers["Content-Type"]) == (200, "image/svg+xml")
    assert (grey.headers["Cache-Control"], b"script" in grey.content) == ("public, max-age=3600", False)


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/api/pancake-avatar", {"hash": "../../../api/v1/me"}),
        ("/api/pancake-avatar", {"hash": "a?b"}),
        ("/api/pancake-avatar", {"hash": "a..b"}),
        ("/api/fb-avatar", {"id": "1/../../me"}),
        ("/api/fb-avatar", {"id": "1", "page": "2/../x"}),
        ("/api/fb-avatar", {"id": "1?x=2"}),
        ("/api/fb-avatar", {"id": "1\n2"}),
    ],
)
def test_an_id_is_no_path(api: APIClient, pancake: PancakeHttp, path: str, query: dict[str, str]) -> None:
    answer = api.get(path, query)

    assert (answer.status_code, pancake.calls) == (400, [])


@pytest.mark.django_db
def test_pictures_are_open_while_old_pages_are_let_in(client: Client, images: Images, settings: Any) -> None:
    path = f"/api/image-proxy?url={quote(images.url, safe='')}%2Fa.png"

    closed = client.get(path).status_code
    settings.GATEWAY_LOGIN = "origin"

    assert (closed, client.get(path).status_code) == (401, 200)


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"\xff\xd8\xff\xe0", "image/jpeg"), (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"), (b"GIF89a", "image/gif"),
        (b"\x00\x00\x00\x1cftypavif", "image/avif"), (b"RIFF\x00\x00\x00\x00WAVE", None), (b"<svg", None), (b"", None),
    ],
)  # fmt: skip
def test_a_picture_is_known_by_its_first_bytes(head: bytes, kind: str | None) -> None:
    assert kind_of(head) == kind


def test_a_service_of_the_list_is_asked_with_the_headers_it_wants(
    api: APIClient, pancake: PancakeHttp, settings: Any
) -> None:
    settings.PROXY_HOSTS = [pancake.url]
    headers = {"Origin": "https://vnhub.com", "Host": "evil", "Cookie": "a=1", "x-kas": "0", "Authorization": "x"}
    query = f"url={quote(f'{pancake.url}/api/wards?q=h%C3%A0', safe='')}&headers={quote(json.dumps(headers))}"

    answer = api.generic("POST", "/api/proxy", b'{"a":1}', "application/json", QUERY_STRING=query)

    [asked] = pancake.calls
    assert (answer.status_code, asked.target, asked.body) == (200, "/api/wards?q=h%C3%A0", b'{"a":1}')
    assert (asked.headers["origin"], asked.headers["x-kas"]) == ("https://vnhub.com", "0")
    assert asked.headers["host"] == pancake.url.removeprefix("http://")
    assert not {"cookie", "authorization"} & asked.headers.keys()


@pytest.mark.parametrize(
    "headers",
    [
        '{"x-kas": "1\\r\\nX-Evil: 1"}',
        '{"x-kas": "a\\u0000b"}',
        '{"origin": 5}',
        "[1]",
        '{"x-kas": "' + "x" * 3_000 + '"}',
    ],
)
def test_a_header_that_is_more_than_a_header_is_refused(
    api: APIClient, pancake: PancakeHttp, settings: Any, headers: str
) -> None:
    settings.PROXY_HOSTS = [pancake.url]

    answer = api.get("/api/proxy", {"url": f"{pancake.url}/x", "headers": headers})

    assert (answer.status_code, pancake.calls) == (400, [])


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_the_list_is_only_asked(api: APIClient, method: str) -> None:
    assert api.generic(method, "/api/proxy?url=https://34tinhthanh.com/").status_code == 405
