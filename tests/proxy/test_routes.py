"""Every address of the gateway that the seeds name, walked through the real process against the played neighbours."""

import base64
import io
import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from n2store.simulator.facebook import CONVERSATION, CUSTOMER
from n2store.simulator.gateway import Ports, playing
from n2store.simulator.gemini import KEY, Gemini
from n2store.simulator.tpos import PAGES, PASSWORD, USERNAME
from proxy.urls import urlpatterns
from tests.proxy.real_gate import opened

PAGE, PSID = next(iter(PAGES)), CUSTOMER["id"]
JSON, FORM = "application/json", "application/x-www-form-urlencoded"
LOGIN = f"grant_type=password&username={USERNAME}&password={PASSWORD}&client_id=tmtWebApp".encode()
PARTS = (
    b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\nContent-Type: image/png\r\n\r\n'
    b"\x89PNG\r\n\x1a\n\r\n--b--\r\n"
)


def _said(**fields: Any) -> bytes:
    return json.dumps(fields).encode()


def _picture() -> str:
    written = io.BytesIO()
    Image.new("RGB", (2, 2)).save(written, "PNG")
    return base64.b64encode(written.getvalue()).decode()


Row = tuple[str, str, bytes, str, int, str]
WALK: list[Row] = [
    # Method, target, body, its kind; status, and what the answer holds.
    ("POST", "/api/token", LOGIN, FORM, 200, '"access_token"'),
    ("GET", "/api/odata/Tag?$top=5", b"", "", 200, '"value"'),
    ("POST", "/api/odata/Partner(1)/ODataService.UpdateStatus", b"{}", JSON, 204, ""),
    ("PUT", "/api/odata/Tag(1)", b"{}", JSON, 200, ""),
    ("PATCH", "/api/odata/Tag(1)", b"{}", JSON, 200, ""),
    ("DELETE", "/api/odata/Tag(1)", b"", "", 200, ""),
    ("GET", "/api/rest/v2.0/facebookpost/1_2_3/commentsbyuser?userId=4", b"", "", 200, "Items"),
    ("POST", "/api/Product/ExportFileWithStandardPriceV2", b"{}", JSON, 200, "PK"),
    ("POST", "/api/FastSaleOrder/ExportFile", b"{}", JSON, 200, "PK"),
    ("POST", "/api/SaleOnline_Order/ExportFile", b"{}", JSON, 200, "PK"),
    ("GET", "/api/fastsaleorder/print1?ids=900001", b"", "", 200, "html"),
    ("GET", "/api/facebook-graph/livevideo?pageid=1", b"", "", 200, "data"),
    ("GET", "/api/pancake/pages?access_token=t", b"", "", 200, "/api/v1/pages"),
    ("POST", "/api/pancake/pages/1/contents?access_token=t", PARTS, "multipart/form-data; boundary=b", 200, "contents"),
    ("DELETE", "/api/pancake/pages/1/contents?ids=2", b"", "", 200, "contents"),
    ("POST", "/api/pancake-direct/pages/1/conversations/1_2/typing?page_id=1&jwt=J", b"{}", JSON, 200, "/api/v1/pages"),
    ("GET", "/api/pancake-official/pages/1/tags?page_access_token=t", b"", "", 200, "/api/public_api/v1/pages"),
    ("POST", "/api/pancake-official/pages/1/conversations/1_2/messages", b"too late", JSON, 200, "e_code"),
    ("POST", "/api/facebook-send", _said(pageId=PAGE, psid=PSID, message="a", useTag=True), JSON, 200, "m_sent"),
    ("GET", "/api/image-proxy?url={pictures}/a.png", b"", "", 200, "PNG"),
    ("GET", f"/api/fb-avatar?id={PSID}&page={PAGE}&token=t", b"", "", 200, "PNG"),
    ("GET", "/api/fb-avatar?id=unknown", b"", "", 200, "<svg"),
    ("GET", "/api/pancake-avatar?hash=abc", b"", "", 200, "PNG"),
    ("GET", "/api/proxy?url={pictures}/a.png", b"", "", 200, "PNG"),
    ("POST", "/api/proxy?url={pictures}/a.png", b"{}", JSON, 200, "PNG"),
    ("GET", "/api/debug/time", b"", "", 200, "unix_timestamp"),
    ("POST", "/api/refresh-tokens", b"", "", 200, "Loaded 2 page tokens"),
    ("GET", "/api/pages", b"", "", 200, PAGE),
    ("GET", f"/api/pages/{PAGE}/conversations", b"", "", 200, CONVERSATION),
    ("GET", f"/api/pages/{PAGE}/conversations/find-by-psid?psid={PSID}", b"", "", 200, CONVERSATION),
    ("POST", f"/api/pages/{PAGE}/conversations/{CONVERSATION}/read", b"", "", 200, "success"),
    ("GET", f"/api/conversations/{CONVERSATION}/messages?page_id={PAGE}", b"", "", 200, "inserted_at"),
    ("POST", f"/api/pages/{PAGE}/messages", _said(conversation_id=CONVERSATION, message="a"), JSON, 200, "inserted_at"),
    ("POST", f"/api/pages/{PAGE}/upload", PARTS, "multipart/form-data; boundary=b", 200, "attachment_id"),
    ("POST", f"/api/pages/{PAGE}/comments/8/private-reply", _said(message="a"), JSON, 200, "m_private"),
    ("POST", "/api/gemini/chat", _said(contents=[{"parts": [{"text": "a"}]}]), JSON, 200, "candidates"),
    ("POST", "/api/upload/image", _said(image=_picture(), fileName="a.png"), JSON, 200, "/media/uploads/"),
    ("DELETE", "/api/upload/image", _said(url="/media/uploads/x"), JSON, 404, "IMAGE_NOT_FOUND"),
    ("GET", "/api/upload/health", b"", "", 200, "supportedFormats"),
    ("GET", "/media/uploads/x", b"", "", 404, "NOT_FOUND"),
    ("GET", "/facebook/crm-teams", b"", "", 200, "Childs"),
    ("GET", "/facebook/live-campaigns?top=20", b"", "", 200, "value"),
    ("GET", "/facebook/comments?pageid=1&postId=2&limit=50", b"", "", 200, "data"),
    ("GET", "/facebook/comments/stream?pageid=1&postId=2", b"", "", 200, "data: "),
    ("GET", "/facebook/comment-orders?postId=1_2", b"", "", 200, "value"),
    ("GET", "/facebook/livevideo?pageid=1&limit=10&facebook_Type=page", b"", "", 200, "status"),
    ("GET", "/facebook/health", b"", "", 200, '"OK"'),
]  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_every_address_that_the_seeds_name_is_walked(tmp_path: Path) -> None:
    wrong: list[Any] = []
    with playing(Ports()) as played, Gemini().serving() as gemini:
        told = played.settings() | {"GEMINI_API_URL": gemini.url, "GEMINI_API_KEY": KEY}
        with opened(tmp_path, told) as gate:
            for method, target, body, kind, status, holds in WALK:
                here = target.replace("{pictures}", played.pictures.url)
                answer = gate.ask(method, here, body, {"Content-Type": kind} if kind else {})
                if answer.status != status or holds not in answer.body.decode(errors="replace"):
                    wrong.append((method, target, answer.status, answer.body[:200]))

    assert wrong == []


def test_no_address_of_the_gateway_is_left_out() -> None:
    walked = [target.partition("?")[0].lstrip("/") for _method, target, *_rest in WALK]

    left_out = [
        str(pattern.pattern)
        for pattern in urlpatterns
        if not any(pattern.pattern.match(path) for path in walked)  # type: ignore[union-attr]
    ]

    assert left_out == []
