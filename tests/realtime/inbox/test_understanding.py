"""Frames become messages and customers who wait: the neighbours' samples, and what must not be counted."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from customers.models import Customer
from n2store.models import Event
from realtime.frames import KeptFrame
from realtime.inbox.answering import answered
from realtime.inbox.heard import NotUnderstood
from realtime.inbox.understanding import SAID_MAX_CHARS, understand, understand_all
from realtime.models import Contact, Conversation, Message, WaitingCustomer
from tests.factories.frames import PAGE, PERSON, conversation, frame, moment, tpos
from tests.threads import at_once

SAMPLES = [
    json.loads(line) for line in Path(__file__).with_name("frames.jsonl").read_text(encoding="utf-8").splitlines()
]


def sample(name: str) -> KeptFrame:
    found = next(each for each in SAMPLES if each["name"] == name)
    return frame(found["payload"], event=found["event"], provider=found["provider"])


def hear(*names: str) -> None:
    for name in names:
        understand(sample(name))


def waiting() -> list[tuple[str, str, int, str]]:
    rows = WaitingCustomer.objects.order_by("psid", "page_id")
    return [(row.psid, row.page_id, row.message_count, row.type) for row in rows]


def told(*, old: bool = True) -> list[dict[str, Any]]:
    """Return the messages that old pages hear, in their order; or our own events."""
    rows = Event.objects.order_by("id")
    return [{"type": row.name} | row.payload for row in rows if (":" in row.name) == old]


@pytest.mark.django_db
@pytest.mark.parametrize("name", [each["name"] for each in SAMPLES])
def test_every_sample_is_borne_twice(name: str) -> None:
    hear(name)
    counts = (waiting(), Message.objects.count(), Conversation.objects.count())
    hear(name)

    assert (waiting(), Message.objects.count(), Conversation.objects.count()) == counts


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["inbox_text_first"], [(PERSON, PAGE, 1, "INBOX")]),
        (["inbox_text_first", "inbox_text_second"], [(PERSON, PAGE, 2, "INBOX")]),
        (["inbox_photo_no_text"], [("9000000000000002", PAGE, 1, "INBOX")]),
        (["inbox_photo_no_text", "inbox_snippet_only"], [("9000000000000002", PAGE, 2, "INBOX")]),
        (["comment_new"], [("9000000000000003", PAGE, 1, "COMMENT")]),
        (["comment_livestream"], [("9000000000000004", PAGE, 1, "COMMENT")]),
        (["inbox_text_first", "page_reply_inbox"], []),
        (["page_reply_inbox"], []),
        (["page_reply_inbox", "inbox_text_first"], []),
        (["comment_new", "page_reply_comment"], []),
        (["inbox_sticker_audio_gif", "inbox_read_on_pancake"], [("9000000000000002", PAGE, 1, "INBOX")]),
        (["inbox_read_on_pancake"], []),
        (["inbox_read_on_pancake", "inbox_sticker_audio_gif"], [("9000000000000002", PAGE, 1, "INBOX")]),
        (["inbox_tags_changed_only", "inbox_tags_changed_only"], [(PERSON, "100000000000202", 1, "INBOX")]),
        (["inbox_reaction"], []),
        (["inbox_instagram_page"], [("9000000000000777", "igo_17000000000000001", 1, "INBOX")]),
        (["inbox_numeric_ids"], [("9000000000000888", PAGE, 1, "INBOX")]),
        (["payload_without_conversation"], []),
        (["type_livestream"], [("9000000000000004", PAGE, 1, "COMMENT")]),
        (["seed_example_shape"], [("9000000000000004", PAGE, 1, "INBOX")]),
        (["inbox_text_first", "echo_on_page_channel"], [(PERSON, PAGE, 1, "INBOX")]),
        (["new_message_event"], [(PERSON, PAGE, 1, "INBOX")]),
        (["tpos_live_comment"], [(PERSON, PAGE, 1, "COMMENT")]),
        (["comment_new", "tpos_shop_message"], [("9000000000000003", PAGE, 1, "COMMENT")]),
        (["tpos_live_comment", "tpos_shop_message"], []),
        (["tpos_messenger_attachment_no_text"], [("9000000000000002", PAGE, 1, "INBOX")]),
        (["tpos_order_created", "tpos_broken_json", "tpos_join_reply"], []),
    ],
    ids=lambda value: "+".join(value) if value and isinstance(value[0], str) else "",
)
def test_who_waits_after_the_neighbours_samples(names: list[str], expected: list[Any]) -> None:
    hear(*names)

    assert waiting() == expected


@pytest.mark.django_db
@pytest.mark.parametrize("name", [each["name"] for each in SAMPLES if each["provider"] == "tpos"])
def test_browsers_hear_tpos_as_stated(name: str) -> None:
    hear(name)

    assert told() == next(each["told"] for each in SAMPLES if each["name"] == name)


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["inbox_text_first", "order_tags_front_end_shape", "inbox_numeric_ids"])
def test_browsers_hear_pancake_as_it_came(name: str) -> None:
    given = sample(name)
    understand(given)

    assert told() == [{"type": given.event, "payload": given.payload}]


@pytest.mark.django_db
def test_the_same_over_another_channel_is_told_once() -> None:
    hear("inbox_text_first", "echo_on_page_channel")

    assert [each["type"] for each in told()] == ["pages:update_conversation"]


@pytest.mark.django_db
def test_no_markup_reaches_a_browser_or_a_table() -> None:
    hear("inbox_html_injection")

    [row] = WaitingCustomer.objects.all()
    [event] = told()
    assert row.last_message_snippet == "hi giá &lt; 3 &gt; 2"
    assert row.customer_name == "Khách Thử Năm"
    assert event["payload"]["conversation"]["snippet"] == "hi giá < 3 > 2"
    assert "<img" not in json.dumps(event)
    assert "<svg" not in json.dumps(event)
    assert "<" not in Message.objects.get().text


@pytest.mark.django_db
def test_a_long_preview_is_cut_between_characters_and_told_whole() -> None:
    hear("inbox_long_snippet")

    [row] = WaitingCustomer.objects.all()
    assert len(row.last_message_snippet) == 200
    assert row.last_message_snippet.startswith("á")
    assert len(told()[0]["payload"]["conversation"]["snippet"]) == 260


@pytest.mark.django_db
def test_what_was_sent_instead_of_words_is_named() -> None:
    hear("inbox_photo_no_text")

    assert WaitingCustomer.objects.get().last_message_snippet == "[photo]"
    assert Message.objects.get().attachments[0]["url"].startswith("https://content.pancake.vn/")


@pytest.mark.django_db
def test_one_comment_told_by_both_neighbours_is_one_message() -> None:
    understand(
        frame(
            conversation(
                "800000000000001", "lv đỏ size 2", type="COMMENT", id="700000000000001_800000000000001", from_psid=None
            )
        )
    )
    understand(frame(tpos(), provider="tpos", event="on-events"))

    assert waiting() == [(PERSON, PAGE, 1, "COMMENT")]
    assert (Message.objects.count(), Conversation.objects.count()) == (1, 1)


@pytest.mark.django_db
def test_what_tpos_tells_without_facebooks_id_is_told_and_counts_for_nobody() -> None:
    event = json.loads(tpos())
    del event["Message"]["Data"]
    understand(frame(json.dumps(event), provider="tpos", event="on-events"))

    assert (waiting(), Message.objects.count()) == ([], 0)
    assert [each["type"] for each in told()] == ["tpos:event", "tpos:parsed-event"]


@pytest.mark.django_db
def test_a_customer_waits_from_the_first_unanswered_message() -> None:
    for number in range(3):
        understand(frame(conversation(f"m_{number}", f"tin {number}", at=moment(number))))
    understand(frame(conversation("m_reply", "Dạ", at=moment(1), from_page=True)))

    [row] = WaitingCustomer.objects.all()
    assert (row.message_count, row.waiting_since, row.last_message_snippet) == (1, moment(2), "tin 2")


@pytest.mark.django_db
def test_an_older_message_that_comes_late_changes_neither_words_nor_answer() -> None:
    understand(frame(conversation("m_2", "sau", at=moment(2))))
    understand(frame(conversation("m_1", "trước", at=moment(1))))
    [row] = WaitingCustomer.objects.all()
    assert (row.message_count, row.last_message_snippet, row.waiting_since) == (2, "sau", moment(1))

    understand(frame(conversation("m_4", "Dạ", at=moment(4), from_page=True)))
    understand(frame(conversation("m_3", "giữa", at=moment(3))))

    assert waiting() == []


@pytest.mark.django_db
def test_an_answered_customer_is_not_brought_back_by_what_is_old() -> None:
    understand(frame(conversation()))
    assert answered(psid=PERSON, page_id=PAGE).removed == 1

    understand(frame(conversation(tags=[1, 2])))
    understand(frame(conversation("m_reply", "Dạ", at=moment(1), from_page=True)))
    assert waiting() == []

    understand(frame(conversation("m_2", "Còn size M?", at=moment(2))))
    assert waiting() == [(PERSON, PAGE, 1, "INBOX")]


@pytest.mark.django_db
def test_replied_that_has_not_seen_the_last_message_leaves_it() -> None:
    understand(frame(conversation()))
    seen = WaitingCustomer.objects.get().last_message_id
    understand(frame(conversation("m_2", "Alo?", at=moment(1))))

    late = answered(psid=PERSON, page_id=PAGE, seen=seen)
    now = answered(psid=PERSON, page_id=PAGE, seen=WaitingCustomer.objects.get().last_message_id)

    assert ((late.removed, late.kept), (now.removed, now.kept)) == ((0, 1), (1, 0))
    assert waiting() == []


@pytest.mark.django_db
def test_a_contact_is_joined_with_the_one_customer_whose_phone_is_written() -> None:
    lan = Customer.objects.create(phone="0909000001", name="Lan")
    understand(frame(conversation(text="sđt mình 0909 000 001 nha")))
    assert Contact.objects.get().customer == lan

    understand(frame(conversation("m_2", "số kia 0909000002", at=moment(1))))
    Customer.objects.create(phone="0909000002", name="Lan")
    understand(frame(conversation("m_3", "0909000002", at=moment(2))))

    assert Contact.objects.get().customer == lan
    assert f"customer:{lan.phone}" in Event.objects.filter(name="inbox.message").order_by("-id")[0].topics


@pytest.mark.django_db
def test_two_customers_phones_join_nobody() -> None:
    Customer.objects.create(phone="0909000001", name="Lan")
    Customer.objects.create(phone="0909000002", name="Lan")
    understand(frame(conversation(text="gọi 0909000001 hoặc 0909000002")))

    assert Contact.objects.get().customer is None


@pytest.mark.django_db
def test_what_is_told_of_our_own_holds_ids_and_no_words() -> None:
    understand(frame(conversation()))

    [event] = told(old=False)
    assert event == {
        "type": "inbox.message", "page_id": PAGE, "psid": PERSON, "customer_id": None,
        "conversation_id": Conversation.objects.get().pk, "from_page": False, "waiting": 1,
    }  # fmt: skip


@pytest.mark.django_db
def test_a_message_without_a_customer_is_kept_and_nobody_waits(caplog: pytest.LogCaptureFixture) -> None:
    payload = conversation(customers=[], from_psid=None)
    payload["conversation"]["from"] = None
    understand(frame(payload))

    assert waiting() == []
    assert Message.objects.get().text == "Áo này còn không?"
    assert "names no customer" in caplog.text
    assert "Áo này" not in caplog.text


@pytest.mark.django_db
@pytest.mark.parametrize(
    "more",
    [
        {"type": "SOMETHING"}, {"type": None}, {"from": {"id": PERSON, "name": "x" * 300}}, {"snippet": None},
        {"last_message": []}, {"customers": "none"}, {"unread_count": "3"}, {"unread_count": 10**12},
        {"last_message": {"id": "m" * 500, "message": "x" * 90_000, "from": {"id": PERSON}}},
        {"last_message": {"id": 7, "message": "a\x00b \ud83d", "from": {"id": PERSON}, "inserted_at": "yesterday"}},
        {"recent_phone_numbers": [{"phone_number": 5}, None, {}, "0909"]}, {"updated_at": "0001-01-01T00:00:00"},
        {"last_message": {"id": "m_9", "message": "x", "inserted_at": "9999-12-31T23:59:59"}},
    ],
)  # fmt: skip
def test_odd_values_are_borne_and_somebody_waits(more: dict[str, Any]) -> None:
    understand(frame(conversation(**more)))

    assert [(psid, count) for psid, _page, count, _type in waiting()] == [(PERSON, 1)]
    assert WaitingCustomer.objects.get().waiting_since <= timezone.now()


@pytest.mark.django_db
@pytest.mark.parametrize("payload", [None, 5, "text", [], [1], {"conversation": []}, {"conversation": {"id": "x"}}])
@pytest.mark.parametrize("event", ["pages:update_conversation", "pages:new_message", "order:tags_updated", "other"])
def test_payloads_that_say_nothing_change_nothing(payload: Any, event: str) -> None:
    understand(frame(payload, event=event))

    assert (waiting(), Conversation.objects.count()) == ([], 0)


@pytest.mark.django_db
def test_an_id_that_cannot_be_one_is_refused_whole() -> None:
    with pytest.raises(NotUnderstood):
        understand_all([frame(conversation()), frame(conversation(page_id="9" * 80))])

    assert (waiting(), Event.objects.count()) == ([], 0)


@pytest.mark.django_db
def test_what_no_browser_could_bear_is_told_in_short() -> None:
    understand(frame(conversation(text="x" * SAID_MAX_CHARS, more="y" * SAID_MAX_CHARS)))

    [event] = told()
    assert event["payload"]["conversation"]["id"] == f"{PAGE}_{PERSON}"
    assert len(json.dumps(event)) < 5_000
    assert waiting() == [(PERSON, PAGE, 1, "INBOX")]


@pytest.mark.django_db
def test_a_frame_that_is_heard_hours_later_is_no_news_to_browsers() -> None:
    given = frame(conversation())
    old = KeptFrame(
        id=given.id, provider=given.provider, account_id=None, topic="", event=given.event, payload=given.payload,
        received_at=timezone.now() - timedelta(hours=2),
    )  # fmt: skip
    understand(old)

    assert told() == []
    assert waiting() == [(PERSON, PAGE, 1, "INBOX")]


@pytest.mark.django_db
def test_many_frames_cost_one_statement(django_assert_num_queries: Any) -> None:
    frames = [frame(conversation(f"m_{number}", at=moment(number / 10))) for number in range(50)]
    with django_assert_num_queries(1):
        understand_all(frames)

    assert waiting() == [(PERSON, PAGE, 50, "INBOX")]


@pytest.mark.django_db(transaction=True)
def test_the_same_message_heard_at_once_counts_once() -> None:
    at_once(lambda _: understand(frame(conversation())), range(8))

    assert waiting() == [(PERSON, PAGE, 1, "INBOX")]
    assert (Contact.objects.count(), Conversation.objects.count(), Message.objects.count()) == (1, 1, 1)


@pytest.mark.django_db(transaction=True)
def test_new_messages_and_replied_at_once_end_in_one_of_two_states() -> None:
    understand(frame(conversation("m_0", at=moment(0))))

    def act(number: int) -> int:
        if number % 2:
            return answered(psid=PERSON, page_id=PAGE).removed
        understand(frame(conversation(f"m_{number + 1}", at=moment(number + 1))))
        return 0

    gone = at_once(act, range(16))

    left = waiting()
    counted = Message.objects.filter(counted=True).count()
    assert counted == Message.objects.count() == 9
    assert len(left) in (0, 1)
    assert sum(gone) >= 1 - len(left)
    answered(psid=PERSON, page_id=PAGE)
    assert waiting() == []


@pytest.mark.django_db(transaction=True)
def test_different_people_at_once_all_wait() -> None:
    def write(number: int) -> None:
        understand(frame(conversation(f"m_{number}", psid=f"90000000000{number:04}", at=moment(number))))

    at_once(write, range(24))

    assert len(waiting()) == 24


@pytest.mark.django_db
def test_the_functions_find_their_rows_by_index() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        for query in (
            "SELECT * FROM realtime_contact WHERE psid = 'x' AND page_id = 'y' FOR UPDATE",
            "SELECT * FROM realtime_conversation WHERE thread = 'x' AND page_id = 'y'",
            "SELECT id FROM realtime_message WHERE key = 'x' AND page_id = 'y'",
            "DELETE FROM pending_customers WHERE contact_id = 1 AND last_message_at <= now()",
        ):
            cursor.execute(f"EXPLAIN {query}")
            plan = "\n".join(line for (line,) in cursor.fetchall())
            assert "Index" in plan, plan
