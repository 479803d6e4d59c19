"""The inbox on screen: who waits, for how long, and what a press does."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone, translation

from customers.models import Customer
from n2store.models import AuditLog
from n2store.roles import Role
from realtime.console.waited import alarm, waited
from realtime.inbox.understanding import understand
from realtime.models import Conversation, WaitingCustomer
from tests.factories.frames import PAGE, conversation, frame, moment
from tests.factories.staff import logged_in

INBOX = "/admin/realtime/waitingcustomer/"
NOW = timezone.now()


def write(number: int, text: str = "Còn không?", **more: Any) -> None:
    given: dict[str, Any] = {"at": moment(number), "name": f"Khách {number}", "psid": f"90{number}"} | more
    understand(frame(conversation(f"m_{number}", text, **given)))


@pytest.fixture
def care(db: None) -> Client:
    return logged_in(Role.CUSTOMER_CARE)


def test_who_waits_longest_comes_first_with_words_and_customer(care: Client) -> None:
    lan = Customer.objects.create(phone="0909000001", name="Lan")
    write(2, "sau")
    write(1, "trước 0909000001")

    html = care.get(INBOX).content.decode()

    assert html.index("trước 0909000001") < html.index("sau</bdi>")
    assert f"/admin/customers/customer/{lan.pk}/change/" in html
    assert f"page={PAGE}" not in html  # One page only: nothing to choose.


def test_markup_and_entities_are_shown_as_they_are_meant(care: Client) -> None:
    write(1, "<b>a</b> &lt;3 & <script>x</script>", name='<img src="x">Lan')

    html = care.get(INBOX).content.decode()

    assert "a &lt;3 &amp; x" in html
    assert "<script>x" not in html
    assert '<img src="x">' not in html


def test_the_list_is_narrowed_by_page_and_channel(care: Client) -> None:
    write(1, page="100000000000202")
    write(2, type="COMMENT", id="7_8")

    def people(query: str) -> list[str]:
        return [row.psid for row in care.get(INBOX + query).context["rows"]]

    assert people("?channel=COMMENT") == ["902"]
    assert people("?page=100000000000202") == ["901"]
    assert people("?page=other&channel=NONE") == []
    assert people("?page=%00") == people("?after=x-y") == ["901", "902"]


def test_a_long_list_goes_on(care: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("realtime.console.inbox.ROWS_PER_PAGE", 2)
    for number in range(5):
        write(number, at=moment(number // 2))

    seen: list[str] = []
    query = "?"
    while query:
        found = care.get(INBOX + query).context
        seen += [row.psid for row in found["rows"]]
        query = f"?after={found['further']}" if found["further"] else ""

    assert seen == ["900", "901", "902", "903", "904"]


def test_a_page_costs_the_same_however_many_wait(care: Client, django_assert_num_queries: Any) -> None:
    write(0, "0909000001")
    Customer.objects.create(phone="0909000001", name="Lan")
    care.get(f"{INBOX}?part=rows")
    for count in (1, 5):
        for number in range(count):
            write(number, "số 0909000001")
        with django_assert_num_queries(9):  # Session, person, rights (2), roles, the log's end, three for the rows.
            care.get(f"{INBOX}?part=rows")


def press(client: Client, **given: Any) -> str:
    row = WaitingCustomer.objects.get()
    answer = client.post(f"{INBOX}{row.pk}/answered/", {"seen": row.last_message_id} | given, follow=True)
    return " ".join(str(message) for message in answer.context["messages"])


def test_a_press_answers_and_is_kept_with_a_name(care: Client) -> None:
    write(1)

    with translation.override("vi"):
        assert press(care) == "Đã trả lời Khách 1."

    assert WaitingCustomer.objects.count() == 0
    assert AuditLog.objects.get(action="inbox.answer").actor == "staff-customer_care"


def test_a_press_that_has_not_seen_the_last_message_says_so(care: Client) -> None:
    write(1)
    seen = WaitingCustomer.objects.get().last_message_id
    understand(frame(conversation("m_9", "Alo?", at=moment(9), psid="901", name="Khách 1")))

    assert "vẫn đang chờ" in press(care, seen=seen)
    assert WaitingCustomer.objects.count() == 1


def test_a_press_after_somebody_elses_says_so(care: Client) -> None:
    answer = care.post(f"{INBOX}1/answered/", {"seen": "1"}, follow=True)

    assert [str(message) for message in answer.context["messages"]] == [
        "Đã có người xử lý trước: khách này không còn trong danh sách."
    ]


@pytest.mark.django_db
@pytest.mark.parametrize("role", [Role.VIEWER, Role.WAREHOUSE])
def test_who_only_looks_has_no_button_and_no_press(role: Role) -> None:
    client = logged_in(role)
    write(1)

    assert b"answered/" not in client.get(INBOX).content
    assert client.post(f"{INBOX}{WaitingCustomer.objects.get().pk}/answered/").status_code == 403
    assert WaitingCustomer.objects.count() == 1


@pytest.mark.django_db
def test_who_has_no_role_sees_no_inbox() -> None:
    client = logged_in(None)

    assert [client.get(INBOX).status_code, client.get("/admin/realtime/conversation/").status_code] == [403, 403]


def test_the_menu_counts_who_waits(care: Client) -> None:
    write(1)
    write(2)

    items = [item for group in care.get("/admin/").context["sidebar_navigation"] for item in group["items"]]
    assert next(item["badge"] for item in items if item["link"] == INBOX) == 2


def test_a_conversation_is_read_and_found(care: Client) -> None:
    write(1, "Chào <3")
    understand(frame(conversation("m_2", "Dạ", at=moment(2), psid="901", name="Khách 1", from_page=True)))
    found = Conversation.objects.get()

    html = care.get(f"/admin/realtime/conversation/{found.pk}/change/").content.decode()

    assert html.index("Chào &lt;3") < html.index("Dạ")
    for text in ("Khách 1", "901", ""):
        assert str(found.pk) in care.get("/admin/realtime/conversation/", {"q": text}).content.decode()
    assert care.get("/admin/realtime/conversation/0/change/").status_code == 404


def test_a_customers_page_shows_what_was_said(care: Client) -> None:
    lan = Customer.objects.create(phone="0909000001", name="Lan")
    page = f"/admin/customers/customer/{lan.pk}/change/"
    before = care.get(page).content.decode()
    write(1, "Số mình 0909000001")

    html = care.get(page).content.decode()

    assert "n2-chat" not in before.replace("n2-chat-", "")
    assert "Số mình 0909000001" in html
    assert "inbox.message" in html


@pytest.mark.parametrize(
    ("ago", "words", "colour"),
    [
        (timedelta(seconds=-5), "just now", ""),
        (timedelta(minutes=14), "14 min", ""),
        (timedelta(minutes=15), "15 min", "is-soon"),
        (timedelta(minutes=61), "1 h 1 min", "is-late"),
        (timedelta(hours=49), "2 d 1 h", "is-late"),
    ],
)
def test_a_wait_is_told_in_words(ago: timedelta, words: str, colour: str) -> None:
    with translation.override("en"):
        assert (waited(NOW - ago, NOW), alarm(NOW - ago, NOW)) == (words, colour)
