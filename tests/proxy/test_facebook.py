"""Facebook over the simulated Graph: conversations as the pages read them, and messages within Facebook's rules."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from n2store.roles import Role
from n2store.simulator.facebook import CONVERSATION, CUSTOMER, Facebook
from n2store.simulator.tpos import PAGES, Manner, Tpos, crm_teams, page_token
from proxy.facebook.pages import pages_in
from proxy.facebook.window import MessageWindowClosed, way_to_send
from proxy.models import PageToken

PAGE = next(iter(PAGES))
PSID = CUSTOMER["id"]
NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)


@pytest.fixture
def facebook(settings: Any, tpos_played: Tpos) -> Iterator[Facebook]:
    with Facebook().serving() as played:
        settings.FACEBOOK_GRAPH_URL = played.url
        yield played


def _send(api: APIClient, **given: Any) -> Any:
    return api.post("/api/facebook-send", {"pageId": PAGE, "psid": PSID} | given, format="json")


# --- Tokens of pages


def test_the_pages_come_from_tpos_and_are_kept_sealed(api: APIClient, facebook: Facebook) -> None:
    answer = api.post("/api/refresh-tokens")

    listed = [{"id": id, "name": name} for id, name in PAGES.items()]
    assert answer.json() == {"success": True, "message": "Loaded 2 page tokens", "pages": listed}
    assert api.get("/api/pages").json() == {"success": True, "data": listed}
    rows = list(PageToken.objects.order_by("page_id"))
    assert [row.page_id for row in rows] == sorted(PAGES)
    assert not any(page_token(row.page_id) in row.sealed for row in rows)


def test_a_token_is_asked_for_once_in_five_minutes(api: APIClient, facebook: Facebook, tpos_played: Tpos) -> None:
    for _ in range(3):
        api.get(f"/api/pages/{PAGE}/conversations")
    first = len(tpos_played.calls)
    PageToken.objects.update(fetched_at=datetime.now(UTC) - timedelta(minutes=6))
    api.get(f"/api/pages/{PAGE}/conversations")

    assert (first, len(tpos_played.calls)) == (1, 2)


def test_while_tpos_is_ill_an_older_token_serves(api: APIClient, facebook: Facebook, tpos_played: Tpos) -> None:
    api.post("/api/refresh-tokens")
    PageToken.objects.update(fetched_at=datetime.now(UTC) - timedelta(hours=6))
    tpos_played.manner = Manner.FAILING

    answer = api.get(f"/api/pages/{PAGE}/conversations")
    refreshed = api.post("/api/refresh-tokens")

    assert (answer.status_code, refreshed.status_code) == (200, 503)
    assert PageToken.objects.count() == 2


def test_a_page_that_the_shop_does_not_have_is_said_so(api: APIClient, facebook: Facebook) -> None:
    answer = api.get("/api/pages/404/conversations")

    assert (answer.status_code, answer.json()["code"]) == (400, "NO_PAGE_TOKEN")
    assert answer.json()["error"] == "No token for page 404"


def test_an_answer_without_pages_replaces_nothing(api: APIClient, facebook: Facebook, monkeypatch: Any) -> None:
    api.post("/api/refresh-tokens")
    monkeypatch.setattr("n2store.simulator.tpos.crm_teams", lambda: {"value": []})

    answer = api.post("/api/refresh-tokens")

    assert (answer.json()["pages"], PageToken.objects.count()) == ([], 2)


def test_teams_are_read_whatever_they_hold() -> None:
    odd: list[Any] = [None, 5, {}, {"Childs": 5}, {"Childs": [None, {"Facebook_PageId": 5}]}, {"Facebook_PageId": "1"}]

    assert pages_in(odd) == []
    assert [page.id for page in pages_in(crm_teams()["value"])] == list(PAGES)
    assert page_token(PAGE) not in repr(pages_in(crm_teams()["value"]))


# --- Reading


def test_conversations_are_told_as_the_pages_read_them(api: APIClient, facebook: Facebook) -> None:
    [row] = api.get(f"/api/pages/{PAGE}/conversations").json()["data"]

    assert {name: row[name] for name in ("id", "type", "page_id", "unread_count", "snippet", "can_reply")} == {
        "id": CONVERSATION, "type": "INBOX", "page_id": PAGE, "unread_count": 2, "snippet": "Chào shop",
        "can_reply": True,
    }  # fmt: skip
    assert (row["from"], row["from_psid"], row["customers"]) == (CUSTOMER, PSID, [CUSTOMER | {"psid": PSID}])
    assert "access_token" not in facebook.calls[0].target
    assert facebook.calls[0].headers["authorization"] == f"Bearer {page_token(PAGE)}"


def test_messages_and_comments_are_told_as_the_pages_read_them(api: APIClient, facebook: Facebook) -> None:
    inbox = api.get(f"/api/conversations/{CONVERSATION}/messages", {"page_id": PAGE}).json()["data"]["messages"]
    talk = api.get("/api/conversations/700_800/messages", {"page_id": PAGE}).json()["data"]["messages"]

    assert [row["message"] for row in inbox] == ["Dạ", "Chào shop"]
    assert inbox[0]["attachments"] == [
        {"id": "1", "type": "PHOTO", "url": "https://scontent.fbcdn.net/a.jpg", "name": "a.jpg"}
    ]
    assert [(row["id"], row["message"]) for row in talk] == [("800", "Chốt 1 cái"), ("8009", "Dạ")]
    assert talk[0]["attachments"] == [{"type": "PHOTO", "url": "https://scontent.fbcdn.net/c.jpg"}]


def test_a_conversation_is_found_by_its_customer(api: APIClient, facebook: Facebook) -> None:
    path = f"/api/pages/{PAGE}/conversations/find-by-psid"
    found, none = api.get(path, {"psid": PSID}).json(), api.get(path, {"psid": "1"})

    assert (found["conversation"]["id"], found["conversation"]["customer_name"]) == (CONVERSATION, CUSTOMER["name"])
    assert (none.status_code, none.json()["success"], api.get(path).status_code) == (200, False, 400)


@pytest.mark.parametrize("id", ["a/b", "..", "1?x=2", "1 2", "x" * 200])
def test_an_id_is_no_path(api: APIClient, facebook: Facebook, id: str) -> None:
    answer = api.get("/api/conversations/x/messages", {"page_id": id})

    assert (answer.status_code, facebook.calls) == (400, [])


# --- Sending


def test_pictures_go_first_then_the_text(api: APIClient, facebook: Facebook) -> None:
    pictures = ["https://x/1.jpg", "https://x/2.jpg"]

    answer = _send(api, message="Dạ shop đây", imageUrls=pictures)

    assert answer.json() == {
        "success": True, "recipient_id": PSID, "message_id": "m_sent_3", "used_tag": None,
        "message_ids": ["m_sent_1", "m_sent_2", "m_sent_3"],
    }  # fmt: skip
    sent = [one["message"] for one in facebook.sent]
    assert [one["attachment"]["payload"]["url"] for one in sent[:2]] == pictures
    assert sent[2] == {"text": "Dạ shop đây"}
    assert {one["messaging_type"] for one in facebook.sent} == {"RESPONSE"}


@pytest.mark.parametrize(
    ("heard", "tag"),
    [(timedelta(hours=1), None), (timedelta(hours=30), "HUMAN_AGENT"), (timedelta(days=6, hours=23), "HUMAN_AGENT")],
)
def test_the_retired_tag_is_translated(api: APIClient, facebook: Facebook, heard: timedelta, tag: str | None) -> None:
    facebook.heard = heard

    answer = _send(api, message="Dạ", useTag=True)

    assert (answer.status_code, answer.json()["used_tag"]) == (200, tag)
    assert [one.get("tag") for one in facebook.sent] == [tag]


@pytest.mark.parametrize(
    ("heard", "more"), [(timedelta(days=8), {}), (timedelta(hours=30), {"automatic": True}), (timedelta(days=400), {})]
)
def test_where_no_way_is_left_nothing_is_sent_and_the_ways_out_are_told(
    api: APIClient, facebook: Facebook, heard: timedelta, more: dict[str, Any]
) -> None:
    facebook.heard = heard

    answer = _send(api, message="Dạ", imageUrls=["https://x/1.jpg"], useTag=True, **more)

    assert (answer.status_code, answer.json()["code"], facebook.sent) == (422, "MESSAGE_WINDOW_CLOSED", [])
    assert answer.json()["ways_out"] == ["private_reply", "wait_for_customer", "phone"]


def test_without_the_tag_facebook_decides_and_its_words_come_through(api: APIClient, facebook: Facebook) -> None:
    facebook.heard = timedelta(hours=30)

    answer = _send(api, message="Dạ")

    body = answer.json()
    assert (answer.status_code, body["success"], body["error_code"], body["error_subcode"]) == (400, False, 10, 2018278)
    assert body["error"] == "(#10) This message is sent outside of allowed window."


def test_who_wrote_is_not_known_so_it_is_tried_as_a_response(api: APIClient, facebook: Facebook) -> None:
    facebook.heard = None

    answer = _send(api, message="Dạ", useTag=True)

    assert (answer.status_code, answer.json()["error_code"], facebook.sent) == (400, 10, [])


def test_a_comment_is_answered_in_private_without_a_type(api: APIClient, facebook: Facebook) -> None:
    _send(api, psid=None, recipient={"comment_id": "1_2"}, message="Dạ", useTag=True)

    assert facebook.sent == [{"recipient": {"comment_id": "1_2"}, "message": {"text": "Dạ"}}]


@pytest.mark.parametrize("manner", [Manner.FAILING, Manner.CUT, Manner.PAGE])
def test_a_send_that_nobody_confirmed_is_not_repeated(api: APIClient, facebook: Facebook, manner: Manner) -> None:
    api.post("/api/refresh-tokens")
    facebook.manner = manner

    answer = _send(api, message="Dạ")

    assert (answer.status_code, answer.json()["code"], len(facebook.calls)) == (409, "SEND_UNKNOWN", 1)


def test_nothing_to_send_is_sent(api: APIClient, facebook: Facebook) -> None:
    answer = _send(api, message="  ")

    assert (answer.status_code, answer.json()["message_ids"], facebook.sent) == (200, [], [])


@pytest.mark.parametrize(
    "given",
    [
        {"pageId": ""}, {"psid": ""}, {"psid": {"a": 1}}, {"psid": "1/2"}, {"pageId": "../me"}, {"imageUrls": "x"},
        {"imageUrls": ["http://x/1.jpg"]}, {"imageUrls": [5]}, {"imageUrls": ["https://x/1.jpg"] * 31},
        {"message": 5}, {"message": "x" * 9_000}, {"recipient": {"id": "1", "x": "2"}}, {"recipient": {"phone": "1"}},
        {"recipient": []}, {"pageToken": "a b"}, {"pageToken": 5},
    ],
)  # fmt: skip
def test_what_is_no_message_is_refused(api: APIClient, facebook: Facebook, given: dict[str, Any]) -> None:
    answer = _send(api, **({"message": "Dạ"} | given))

    assert (answer.status_code, facebook.sent) == (400, [])


@pytest.mark.parametrize("role", [Role.WAREHOUSE, Role.ACCOUNTANT, Role.VIEWER])
def test_only_who_may_write_to_customers_does(as_role: Any, facebook: Facebook, role: Role) -> None:
    api = as_role(role)
    paths = [f"/api/pages/{PAGE}/messages", f"/api/pages/{PAGE}/upload", f"/api/pages/{PAGE}/comments/1/private-reply"]

    answers = [_send(api, message="Dạ"), *(api.post(path, {}, format="json") for path in paths)]

    assert ({answer.status_code for answer in answers}, facebook.calls) == ({403}, [])


def test_a_reply_goes_to_the_inbox_or_under_the_comment(api: APIClient, facebook: Facebook) -> None:
    path = f"/api/pages/{PAGE}/messages"

    inbox = api.post(path, {"conversation_id": CONVERSATION, "message": "Dạ"}, format="json").json()["data"]
    comment = api.post(path, {"conversation_id": "7_8", "message": "Dạ"}, format="json").json()["data"]
    picture = api.post(path, {"recipient_id": PSID, "attachment_id": "7700"}, format="json")
    nothing = api.post(path, {"recipient_id": PSID}, format="json")

    assert (inbox["id"], comment["id"], inbox["from"]) == ("m_sent_1", "8_1", {"id": PAGE})
    assert facebook.sent[1]["message"] == {"attachment": {"type": "image", "payload": {"attachment_id": "7700"}}}
    assert (picture.status_code, nothing.status_code) == (200, 400)


def test_a_comment_is_answered_privately_once(api: APIClient, facebook: Facebook) -> None:
    path = f"/api/pages/{PAGE}/comments/8/private-reply"

    first, second = (api.post(path, {"message": "Dạ"}, format="json") for _ in range(2))

    assert (first.status_code, first.json()["message_id"]) == (200, "m_private")
    assert (second.status_code, second.json()["error_code"]) == (400, 10903)
    assert second.json()["error"].startswith("Bình luận này đã được trả lời riêng")


def test_a_file_is_passed_on_to_facebook(api: APIClient, facebook: Facebook) -> None:
    file = SimpleUploadedFile("../../a.png", b"\x89PNG" + bytes(range(256)), content_type="image/png")

    answer = api.post(f"/api/pages/{PAGE}/upload", {"file": file}, format="multipart")

    assert answer.json() == {"success": True, "id": "7700", "attachment_id": "7700", "attachment_type": "IMAGE"}
    assert bytes(range(256)) in facebook.calls[-1].body
    assert b"a.png" not in facebook.calls[-1].body


def test_a_conversation_is_marked_as_seen(api: APIClient, facebook: Facebook) -> None:
    answer = api.post(f"/api/pages/{PAGE}/conversations/{CONVERSATION}/read")

    assert (answer.status_code, facebook.sent) == (200, [{"recipient": {"id": PSID}, "sender_action": "mark_seen"}])


@pytest.mark.parametrize(
    ("age", "by_person", "way"),
    [
        (None, False, {"messaging_type": "RESPONSE"}),
        (timedelta(hours=24), False, {"messaging_type": "RESPONSE"}),
        (timedelta(hours=24, seconds=1), True, {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}),
        (timedelta(days=7), True, {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}),
        (timedelta(hours=24, seconds=1), False, None),
        (timedelta(days=7, seconds=1), True, None),
    ],
)
def test_the_window_to_the_second(age: timedelta | None, by_person: bool, way: dict[str, str] | None) -> None:
    heard_at = None if age is None else NOW - age

    if way is None:
        with pytest.raises(MessageWindowClosed):
            way_to_send(heard_at=heard_at, by_person=by_person, now=NOW)
    else:
        assert way_to_send(heard_at=heard_at, by_person=by_person, now=NOW) == way


# --- TPOS's view of the live sale


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("crm-teams", "/odata/CRMTeam/ODataService.GetAllFacebook?$expand=Childs"),
        (
            "live-campaigns?top=5",
            "/odata/SaleOnline_LiveCampaign/ODataService.GetAvailables?$orderby=DateCreated%20desc&$top=5",
        ),
        (
            "comments?pageid=1&postId=2&after=Q",
            "/api/facebook-graph/comment?pageid=1&postId=2&facebook_type=Page&limit=50&order=reverse_chronological&after=Q",
        ),
        (
            "comment-orders?postId=1_2",
            "/odata/SaleOnline_Facebook_Post/ODataService.GetCommentOrders?$expand=orders&PostId=1_2",
        ),
        ("livevideo?pageid=1", "/api/facebook-graph/livevideo?pageid=1&limit=10&facebook_Type=page"),
    ],
)
def test_the_live_page_asks_tpos(api: APIClient, tpos_played: Tpos, path: str, target: str) -> None:
    answer = api.get(f"/facebook/{path}")

    assert (answer.status_code, tpos_played.calls[0].target) == (200, target)


@pytest.mark.parametrize("path", ["comments", "comments?pageid=1/2&postId=3", "comment-orders", "livevideo?pageid="])
def test_a_question_without_its_ids_is_refused(api: APIClient, tpos_played: Tpos, path: str) -> None:
    assert (api.get(f"/facebook/{path}").status_code, tpos_played.calls) == (400, [])


def test_comments_stream_through_and_the_token_leaves_the_address(api: APIClient, tpos_played: Tpos) -> None:
    tpos_played.token({
        "grant_type": ["password"], "username": ["shop"], "password": ["secret"], "client_id": ["tmtWebApp"],
    })  # fmt: skip

    answer = api.get("/facebook/comments/stream?pageid=1&postId=2&token=token-1")

    assert b"".join(answer.streaming_content) == b'data: [{"id": "1", "message": "Ch\xe1\xbb\x91t"}]\n\n'
    [asked] = tpos_played.calls
    assert (asked.headers["authorization"], "token" in asked.target) == ("Bearer token-1", False)
    assert answer.headers["Content-Type"] == "text/event-stream"
