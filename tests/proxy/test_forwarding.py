"""Calls that pass through, over real HTTP against the simulated neighbours: bytes, headers, methods, failures."""

from dataclasses import replace
from typing import Any

import pytest
from rest_framework.test import APIClient

from n2store.simulator.pancake_http import WINDOW_CLOSED, PancakeHttp
from n2store.simulator.tpos import EXPORT, Manner, Tpos
from proxy import lending
from proxy.api.forwarding import ForwardToPancake
from proxy.upstreams import PANCAKE

GOOD = {"HTTP_AUTHORIZATION": "Bearer token-1"}


def _asked(api: APIClient, method: str, path: str, query: str = "", **given: Any) -> Any:
    """Call with the query exactly as written."""
    kind = given.pop("CONTENT_TYPE", "application/octet-stream")
    return api.generic(method, path, given.pop("body", b""), kind, QUERY_STRING=query, **given)


def test_a_query_travels_byte_for_byte(api: APIClient, pancake: PancakeHttp) -> None:
    query = "pages[100000000000101]=0&mode=OR&tags=%22ALL%22&except_tags=[]&q=h%C3%A0+n%E1%BB%99i&access_token=x"

    answer = _asked(api, "GET", "/api/pancake/conversations", query)

    assert (answer.status_code, answer.json()) == (200, {"success": True, "path": "/api/v1/conversations"})
    assert pancake.calls[0].target == f"/api/v1/conversations?{query}"


def test_a_path_travels_as_the_front_saw_it(api: APIClient, tpos_played: Tpos) -> None:
    said = {"HTTP_X_REQUEST_TARGET": "/api/odata/Tag('a%2Fb%20(1)')/Value?$top=5"}

    _asked(api, "GET", "/api/odata/Tag('a/b (1)')/Value", "$top=5", **said)

    assert tpos_played.calls[0].target == "/odata/Tag('a%2Fb%20(1)')/Value?$top=5"


@pytest.mark.parametrize("lie", ["/api/odata/Other?$top=5", "/api/odata/Tag?$top=9", "/evil", "", "?$top=5"])
def test_a_target_that_says_something_else_is_not_believed(api: APIClient, tpos_played: Tpos, lie: str) -> None:
    _asked(api, "GET", "/api/odata/Tag", "$top=5", HTTP_X_REQUEST_TARGET=lie)

    assert tpos_played.calls[0].target == "/odata/Tag?$top=5"


@pytest.mark.parametrize("path", ["/api/pancake/../../admin", "/api/pancake/a/%2e%2e/b", "/api/pancake/a/..%2Fb"])
def test_a_path_does_not_climb(api: APIClient, pancake: PancakeHttp, path: str) -> None:
    answer = _asked(api, "GET", path, HTTP_X_REQUEST_TARGET=path)

    assert (answer.status_code, pancake.calls) == (400, [])


def test_tpos_sees_its_own_page_and_the_shops_token(api: APIClient, tpos_played: Tpos) -> None:
    answer = _asked(
        api, "GET", "/api/odata/Product", HTTP_TPOSAPPVERSION="6.1.8.1", HTTP_COOKIE="sessionid=secret",
        HTTP_X_FORWARDED_FOR="10.0.0.1", HTTP_X_N2STORE_TOKEN="",
    )  # fmt: skip

    sent = tpos_played.calls[0].headers
    assert (answer.status_code, answer.headers["OData-Version"]) == (200, "4.0")
    assert (sent["authorization"], sent["origin"]) == ("Bearer token-1", tpos_played.url)
    assert (sent["referer"], sent["tposappversion"], sent["x-tpos-lang"]) == (f"{tpos_played.url}/", "6.1.8.1", "vi")
    assert not {"cookie", "x-forwarded-for", "x-n2store-token"} & sent.keys()


def test_a_version_that_is_none_is_replaced(api: APIClient, tpos_played: Tpos, settings: Any) -> None:
    _asked(api, "GET", "/api/odata/Product", HTTP_TPOSAPPVERSION="5.1; drop")

    assert tpos_played.calls[0].headers["tposappversion"] == settings.TPOS_APP_VERSION


def test_a_callers_own_bearer_goes_out_and_ours_does_not(api: APIClient, tpos_played: Tpos) -> None:
    tpos_played.token({
        "grant_type": ["password"], "username": ["shop"], "password": ["secret"], "client_id": ["tmtWebApp"],
    })  # fmt: skip
    _asked(api, "GET", "/api/odata/Product", **GOOD)
    _asked(api, "GET", "/api/odata/Product", HTTP_AUTHORIZATION="Token our-own")

    first, second = (call.headers["authorization"] for call in tpos_played.calls)
    assert first == "Bearer token-1"
    assert "our-own" not in second


def test_a_lent_token_that_became_old_is_renewed_and_the_call_repeated(api: APIClient, tpos_played: Tpos) -> None:
    _asked(api, "GET", "/api/odata/Product")
    tpos_played.forget_tokens()

    body = b'{"status":"Normal"}'
    answer = _asked(api, "POST", "/api/odata/Partner(1)/ODataService.UpdateStatus", body=body)

    assert (answer.status_code, answer.content, tpos_played.tokens_given) == (204, b"", 2)
    assert [call.body for call in tpos_played.calls[1:]] == [body, body]


def test_an_old_bearer_of_the_callers_is_the_callers_concern(api: APIClient, tpos_played: Tpos) -> None:
    answer = _asked(api, "GET", "/api/odata/Product", HTTP_AUTHORIZATION="Bearer old")

    assert (answer.status_code, answer.json()) == (
        401,
        {"message": "Authorization has been denied for this request."},
    )
    assert len(tpos_played.calls) == 1


def test_a_workbook_comes_through_bit_by_bit(api: APIClient, tpos_played: Tpos) -> None:
    answer = _asked(api, "POST", "/api/Product/ExportFileWithVariantPrice", body=b'{"model":{"Active":"true"}}')

    assert answer.content == EXPORT
    assert answer.headers["Content-Disposition"] == "attachment; filename*=UTF-8''h%C3%A0ng.xlsx"
    assert [name for name in ("Set-Cookie", "Server") if name in answer.headers] == []
    assert (answer.headers["X-N2Store-Upstream"], answer.headers["X-Content-Type-Options"]) == ("tpos", "nosniff")
    assert tpos_played.calls[0].target == "/Product/ExportFileWithVariantPrice"


@pytest.mark.parametrize(
    ("method", "path", "target"),
    [
        ("GET", "/api/rest/v2.0/facebookpost/1_2_3/commentsbyuser", "/rest/v2.0/facebookpost/1_2_3/commentsbyuser"),
        ("GET", "/api/fastsaleorder/print1", "/fastsaleorder/print1"),
        ("POST", "/api/SaleOnline_Order/ExportFile", "/SaleOnline_Order/ExportFile"),
        ("POST", "/api/FastSaleOrder/ExportFileRefund", "/FastSaleOrder/ExportFileRefund"),
        ("POST", "/api/Product/ExportProductV2", "/Product/ExportProductV2?Active=true"),
        ("GET", "/api/facebook-graph/livevideo", "/api/facebook-graph/livevideo"),
        ("PATCH", "/api/odata/SaleOnline_Order(1)", "/odata/SaleOnline_Order(1)"),
        ("DELETE", "/api/odata/Tag(1)", "/odata/Tag(1)"),
        ("PUT", "/api/odata/Tag(1)", "/odata/Tag(1)"),
    ],
)
def test_each_path_of_the_old_pages_has_its_place_at_tpos(
    api: APIClient, tpos_played: Tpos, method: str, path: str, target: str
) -> None:
    body = b"" if method == "GET" else b'{"Id":1}'
    answer = _asked(api, method, path, body=body, CONTENT_TYPE="application/json")

    [asked] = tpos_played.calls
    assert answer.status_code == 200
    assert (asked.method, asked.target, asked.body) == (method, target, body)


def test_a_multipart_body_keeps_its_bytes_and_boundary(api: APIClient, pancake: PancakeHttp) -> None:
    kind = "multipart/form-data; boundary=----made"
    body = (
        b'------made\r\nContent-Disposition: form-data; name="f"\r\n\r\n' + bytes(range(256)) + b"\r\n------made--\r\n"
    )

    _asked(api, "POST", "/api/pancake/pages/1/contents", "access_token=x", body=body, CONTENT_TYPE=kind)

    [asked] = pancake.calls
    assert (asked.body, asked.headers["content-type"], asked.headers["content-length"]) == (body, kind, str(len(body)))


def test_pancake_direct_says_page_and_login_as_pancakes_own_page(api: APIClient, pancake: PancakeHttp) -> None:
    query = "types=&current_count=0&page_id=270136663390370&jwt=a.b-c_d&page_ids=270136663390370&access_token=J"

    _asked(api, "GET", "/api/pancake-direct/pages/posts", query)

    [asked] = pancake.calls
    assert asked.target == "/api/v1/pages/posts?types=&current_count=0&page_ids=270136663390370&access_token=J"
    assert asked.headers["cookie"] == "jwt=a.b-c_d; locale=vi"
    assert asked.headers["referer"] == f"{pancake.url}/NhiJudyStore"


@pytest.mark.parametrize("jwt", ["a%0d%0aX-Evil:1", "a;b=c", "a%20b", "x" * 9_000])
def test_a_login_that_would_be_more_than_a_cookie_is_refused(api: APIClient, pancake: PancakeHttp, jwt: str) -> None:
    answer = _asked(api, "GET", "/api/pancake-direct/pages/posts", f"jwt={jwt}")

    assert (answer.status_code, answer.json()["code"], pancake.calls) == (400, "INVALID_CALL", [])


def test_pages_fm_says_no_with_200_and_that_comes_through(api: APIClient, pancake: PancakeHttp) -> None:
    path = "/api/pancake-official/pages/1/conversations/1_2/messages"

    answer = _asked(api, "POST", path, "page_access_token=PT&customer_id=c", body=b'{"message":"too late"}')

    assert (answer.status_code, answer.json(), len(pancake.calls)) == (200, WINDOW_CLOSED, 1)
    assert pancake.calls[0].headers["origin"] == pancake.url


def test_a_logged_in_caller_is_lent_the_shops_pancake_token(
    api: APIClient, pancake: PancakeHttp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lending, "_lenders", {})
    lending.register("pancake", lambda: "shop.jwt")

    _asked(api, "GET", "/api/pancake/pages")
    _asked(api, "GET", "/api/pancake/pages", "access_token=mine")
    _asked(api, "GET", "/api/pancake-direct/pages", "a=[1]")

    assert [call.target for call in pancake.calls] == [
        "/api/v1/pages?access_token=shop.jwt",
        "/api/v1/pages?access_token=mine",
        "/api/v1/pages?a=[1]&access_token=shop.jwt",
    ]


@pytest.mark.parametrize(
    ("manner", "status"), [(Manner.FAILING, 500), (Manner.BUSY, 429), (Manner.PAGE, 200), (Manner.GARBLED, 200)]
)
def test_what_an_ill_neighbour_says_comes_through_and_a_post_goes_out_once(
    api: APIClient, pancake: PancakeHttp, manner: Manner, status: int
) -> None:
    pancake.manner = manner

    answer = _asked(api, "POST", "/api/pancake/pages/1/typing", "access_token=x", body=b"{}")

    assert (answer.status_code, len(pancake.calls)) == (status, 1)
    if manner is Manner.BUSY:
        assert answer.headers["Retry-After"] == "7"
    if manner is Manner.PAGE:
        assert answer.headers["Content-Security-Policy"] == "sandbox"


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait half a second for an answer, and a second for its end."""
    short = replace(PANCAKE, timeout_s=0.5, whole_s=1.0)
    original = ForwardToPancake.dispatch

    def dispatch(self: ForwardToPancake, *args: Any, **kwargs: Any) -> Any:
        self.upstream = short
        return original(self, *args, **kwargs)

    monkeypatch.setattr(ForwardToPancake, "dispatch", dispatch)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    ("manner", "status", "code"),
    [
        (Manner.HANGING, 504, "UPSTREAM_TIMEOUT"),
        (Manner.DRIPPING, 504, "UPSTREAM_TIMEOUT"),
        (Manner.CUT, 502, "UPSTREAM_CUT"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_answer_that_does_not_come_or_does_not_end_is_said_so(
    api: APIClient, pancake: PancakeHttp, manner: Manner, status: int, code: str, method: str
) -> None:
    pancake.manner = manner

    answer = _asked(api, method, f"/api/pancake/{'long/' * 100}", body=b"")

    assert (answer.status_code, answer.json()["code"], answer.json()["upstream"]) == (status, code, "pancake")
    assert len(pancake.calls) == 1


def test_nobody_at_the_address_is_said_so(api: APIClient, settings: Any) -> None:
    settings.PANCAKE_BASE_URL = "http://127.0.0.1:9"

    answer = _asked(api, "GET", "/api/pancake/pages")

    assert (answer.status_code, answer.json()["code"]) == (502, "UPSTREAM_UNREACHABLE")


@pytest.mark.parametrize("base", ["http://pancake.vn", "ftp://127.0.0.1", "", "https://u:p@pancake.vn"])
def test_a_base_that_is_not_safe_is_not_called(api: APIClient, settings: Any, base: str) -> None:
    settings.PANCAKE_BASE_URL = base

    answer = _asked(api, "GET", "/api/pancake/pages")

    assert (answer.status_code, answer.json()["code"]) == (503, "UPSTREAM_NOT_CONFIGURED")


def test_a_body_without_a_length_or_too_long_is_refused_before_anybody_is_called(
    api: APIClient, pancake: PancakeHttp
) -> None:
    chunked = _asked(api, "POST", "/api/pancake/pages", CONTENT_LENGTH="", HTTP_TRANSFER_ENCODING="chunked")
    large = _asked(api, "POST", "/api/pancake/pages", CONTENT_LENGTH=str(30 * 1024 * 1024))

    assert (chunked.status_code, large.status_code, pancake.calls) == (411, 413, [])


def test_methods_that_nobody_uses_are_refused(api: APIClient, tpos_played: Tpos) -> None:
    assert _asked(api, "TRACE", "/api/odata/Product").status_code == 405
    assert _asked(api, "OPTIONS", "/api/odata/Product").status_code in (200, 405)
    assert tpos_played.calls == []


def test_a_head_has_no_body(api: APIClient, tpos_played: Tpos) -> None:
    answer = _asked(api, "HEAD", "/api/odata/Product")

    assert (answer.status_code, answer.content, tpos_played.calls[0].method) == (200, b"", "HEAD")


def test_a_status_that_is_none_and_a_header_that_is_no_text_are_no_failure_of_ours(
    api: APIClient, pancake: PancakeHttp
) -> None:
    status, header = (_asked(api, "GET", f"/api/pancake/{path}") for path in ("odd-status", "odd-header"))

    assert (status.status_code, status.json()["code"]) == (502, "UPSTREAM_UNSUITABLE")
    assert (header.status_code, header.headers.get("ETag"), header.headers["Expires"]) == (200, None, "0")
