"""`/api/chat/…`: history by cursor, and words found whatever their diacritics."""

from typing import Any

import pytest
from django.db import connection
from rest_framework.test import APIClient

from customers.models import Customer
from realtime.inbox.understanding import understand, understand_all
from realtime.models import Conversation
from tests.factories.frames import PAGE, PERSON, conversation, frame, moment


def write(number: int, text: str = "", **more: Any) -> None:
    understand(frame(conversation(f"m_{number}", text or f"tin số {number}", at=moment(number), **more)))


def walk(api: APIClient, path: str, name: str, **query: Any) -> list[Any]:
    """Return all that the cursor leads to, page by page."""
    pages = []
    cursor = ""
    for _ in range(20):
        answer = api.get(path, query | {"cursor": cursor})
        assert answer.status_code == 200, answer.json()
        pages.append(answer.json()[name])
        cursor = answer.json()["nextCursor"] or ""
        if not cursor:
            return pages
    raise AssertionError("the cursor leads nowhere")


def test_a_conversation_is_read_backwards_page_by_page(api: APIClient) -> None:
    understand_all(
        [frame(conversation(f"m_{n}", f"tin {n}", at=moment(n // 2), from_page=n % 3 == 0)) for n in range(7)]
    )
    found = Conversation.objects.get()

    pages = walk(api, f"/api/chat/messages/{found.pk}", "messages", limit=3)

    texts = [[message["text"] for message in page] for page in pages]
    assert texts == [["tin 4", "tin 5", "tin 6"], ["tin 1", "tin 2", "tin 3"], ["tin 0"]]
    assert pages[2][0] == {
        "id": pages[2][0]["id"], "conversationId": found.pk, "text": "tin 0", "fromPage": True, "sender": None,
        "attachments": [], "at": moment(0).isoformat().replace("+00:00", ".000Z"),
    }  # fmt: skip


def test_conversations_come_newest_first_and_each_once(api: APIClient) -> None:
    for number in range(5):
        write(number, psid=f"900{number}")
    write(9, psid="9001", from_page=True)

    pages = walk(api, "/api/chat/conversations", "conversations", limit=2)

    assert [row["participants"][0]["psid"] for page in pages for row in page] == [
        "9001",
        "9004",
        "9003",
        "9002",
        "9000",
    ]
    assert pages[0][0]["lastMessage"] == {"text": "tin số 9", "fromPage": True, "at": pages[0][0]["updatedAt"]}


def test_lists_are_narrowed(api: APIClient) -> None:
    lan = Customer.objects.create(phone="0909000001", name="Lan")
    write(1, "0909000001")
    write(2, psid="9002", type="COMMENT", id="7_8")

    def people(**query: Any) -> list[str]:
        found = api.get("/api/chat/conversations", query).json()["conversations"]
        return [row["participants"][0]["psid"] for row in found]

    assert people(type="COMMENT") == ["9002"]
    assert people(psid=PERSON) == people(customer_id=lan.pk) == [PERSON]
    assert people(page_id="other") == []


@pytest.mark.parametrize("words", ["áo đầm đỏ", "AO DAM DO", "ao  dam do", "Đầm"])
def test_words_are_found_whatever_their_diacritics(api: APIClient, words: str) -> None:
    write(1, "Cho mình áo đầm đỏ size M")
    write(2, "Quần xanh")

    [found] = api.get("/api/chat/search", {"q": words}).json()["messages"]

    assert (found["text"], found["conversation"]["pageId"]) == ("Cho mình áo đầm đỏ size M", PAGE)


@pytest.mark.parametrize("words", ["%%%", "a_c", "100%"])
def test_wildcards_are_letters(api: APIClient, words: str) -> None:
    write(1, "abc 1000")

    assert api.get("/api/chat/search", {"q": words}).json()["count"] == 0


def test_a_search_goes_on_by_cursor(api: APIClient) -> None:
    for number in range(5):
        write(number)

    pages = walk(api, "/api/chat/search", "messages", q="tin so", limit=2)

    assert [message["text"] for page in pages for message in page] == [f"tin số {n}" for n in (4, 3, 2, 1, 0)]


@pytest.mark.parametrize("query", [{}, {"q": "ab"}, {"q": "x" * 201}, {"q": "a\x00bc"}, {"q": "abc", "limit": "x"}])
def test_a_search_without_words_is_a_clear_400(api: APIClient, query: Any) -> None:
    assert api.get("/api/chat/search", query).status_code == 400


@pytest.mark.parametrize("cursor", ["x", "W10", "WyJ4IiwxXQ", "WyIwMDAxLTAxLTAxVDAwOjAwOjAwKzAwOjAwIiwxXQ", "é"])
@pytest.mark.parametrize("path", ["conversations", "messages/{id}"])
def test_a_strange_cursor_is_a_400(api: APIClient, path: str, cursor: str) -> None:
    write(1)
    address = f"/api/chat/{path}".replace("{id}", str(Conversation.objects.get().pk))

    assert api.get(address, {"cursor": cursor}).status_code == 400


@pytest.mark.parametrize("id", ["0", "x", "9" * 30, "-1"])
@pytest.mark.parametrize("path", ["conversations", "messages"])
def test_a_conversation_that_is_none_is_a_404(api: APIClient, path: str, id: str) -> None:
    answer = api.get(f"/api/chat/{path}/{id}")

    assert (answer.status_code, answer.json()["code"]) == (404, "CONVERSATION_NOT_FOUND")


@pytest.mark.parametrize(("path", "queries"), [("conversations", 1), ("messages/{id}", 2), ("search?q=tin", 1)])
def test_a_page_costs_the_same_however_many_rows(
    api: APIClient, path: str, queries: int, django_assert_num_queries: Any
) -> None:
    api.get("/api/chat/conversations")  # Who asks is looked up once.
    for count in (1, 4):
        for number in range(count):
            write(number, psid=f"900{number}")
        address = f"/api/chat/{path}".replace("{id}", str(Conversation.objects.latest("id").pk))
        with django_assert_num_queries(queries):
            assert api.get(address).status_code == 200


@pytest.mark.django_db
def test_words_are_found_by_index() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("EXPLAIN SELECT id FROM realtime_message WHERE folded LIKE '%ao dam%'")
        plan = "\n".join(line for (line,) in cursor.fetchall())

    assert "message_folded" in plan
