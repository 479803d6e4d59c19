"""The accountant's desk: what waits is approved one by one or together, once, and today's decisions are told."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from banking import switches
from banking.models import BankTransfer, Verification
from banking.templatetags.transfers import noted
from n2store.models import AuditLog
from n2store.roles import Role
from tests.banking.console.rows import HOSTILE, arrived, asked, linked, person
from tests.factories.staff import logged_in
from wallets.models import Transaction

pytestmark = pytest.mark.django_db

BASE = "/admin/banking/banktransfer"
REVIEW = f"{BASE}/review/"
BULK = f"{REVIEW}approve/"
QUERIES = 9  # the four of every request, the menu's numbers, the roles, the rows, the switch twice


@pytest.fixture
def accountant() -> Client:
    return logged_in(Role.ACCOUNTANT)


def shown(client: Client, address: str = REVIEW, **asked: str) -> list[int]:
    return [row.pk for row in client.get(address, asked).context["rows"]]


def page_after(client: Client, answer: Any) -> str:
    text: str = client.get(answer.headers["Location"]).content.decode()
    return text


@pytest.mark.parametrize("count", [1, 3, 20])
def test_the_list_costs_the_same_for_any_number_of_rows(accountant, django_assert_num_queries, count):
    for number in range(count):
        linked(person(f"09093182{number:02}"))

    with django_assert_num_queries(QUERIES):
        page = accountant.get(REVIEW)

    assert page.content.decode().count('name="ids"') == count


def test_every_tab_tells_how_much_waits_there(accountant):
    for _ in range(2):
        linked(person())
    asked(person())

    for address in (REVIEW, f"{REVIEW}decided/", f"{BASE}/queue/", f"{BASE}/closing/"):
        page = accountant.get(address, follow=True).content.decode()
        tabs = [tab.split("</a>")[0] for tab in page.split('/review/" ')[1:]]
        assert [tab.rsplit(">", 2)[1].split("<")[0].strip() for tab in tabs] == ["2"] * len(tabs), address
        assert tabs, address


def test_a_count_that_ended_early_says_so(accountant, monkeypatch):
    monkeypatch.setattr("n2store.counting.COUNTED_MAX", 3)
    for _ in range(5):
        linked(person())

    page = accountant.get(REVIEW).content.decode()

    assert page.count(">3+<") >= 2  # The tab and the chip; the sidebar says it too.


def test_a_refusal_names_the_state_in_words(accountant):
    transfer = linked(person(), verification="REJECTED")

    answer = accountant.post(f"{BASE}/{transfer.pk}/approve/")

    assert "đang ở trạng thái Đã từ chối." in page_after(accountant, answer)


def test_the_list_holds_what_waits_newest_first_and_is_narrowed(accountant):
    hoa, mai = person(), person("0987318264", "Mai")
    rows = [linked(hoa, match_method="single_match"), linked(mai), arrived(), linked(hoa, verification="APPROVED")]

    assert shown(accountant) == [rows[0].pk, rows[1].pk]
    assert shown(accountant, method="single_match") == [rows[0].pk]
    assert shown(accountant, q="0987") == [rows[1].pk]
    assert shown(accountant, q="%", method="x") == []


def test_older_rows_are_on_the_next_page(accountant, monkeypatch):
    monkeypatch.setattr("banking.console.review.ROWS_PER_PAGE", 2)
    rows = [linked(person()).pk for _ in range(5)]

    first = accountant.get(REVIEW).context
    second = accountant.get(REVIEW, {"after": str(first["older"])}).context

    assert [row.pk for row in first["rows"]] == rows[:2]
    assert [row.pk for row in second["rows"]] == rows[2:4]
    assert shown(accountant, after="9" * 40) == rows[:2]


def test_what_waits_longer_than_a_day_stands_out(accountant):
    late = linked(person(), created_at=timezone.now() - timedelta(hours=25))
    linked(person(), created_at=timezone.now())

    assert [row.pk for row in accountant.get(REVIEW).context["rows"] if row.overdue] == [late.pk]


def test_one_is_approved_once_however_often_it_is_pressed(accountant):
    transfer = linked(person())
    given = {"back": "review", "waited": "review"}

    answers = [accountant.post(f"{BASE}/{transfer.pk}/approve/", given) for _ in range(3)]

    transfer.refresh_from_db()
    assert (transfer.verification, transfer.verified_by) == (Verification.APPROVED, "staff-accountant")
    assert Transaction.objects.count() == 1
    assert {answer.headers["Location"] for answer in answers} == {REVIEW}
    assert "không có gì bị làm hai lần" in page_after(accountant, answers[-1])


def test_ticked_ones_are_shown_with_their_sum_and_approved_together(accountant):
    rows = [linked(person(f"090931826{number}"), amount_vnd=100_000 * (number + 1)) for number in range(3)]
    left = linked(person("0987318264"))
    ids = [str(row.pk) for row in rows]

    ask = accountant.post(BULK, {"ids": ids})
    untouched = Transaction.objects.count()
    answers = [accountant.post(BULK, {"ids": ids, "confirm": "1"}) for _ in range(2)]

    assert (ask.context["sum_vnd"], untouched) == (600_000, 0)
    assert "600.000 ₫" in ask.content.decode()
    said = page_after(accountant, answers[0])
    assert Transaction.objects.count() == 3
    assert shown(accountant) == [left.pk]
    assert "Đã duyệt 3 giao dịch: 600.000 ₫." in said
    assert all(f"#{row.pk}" in said for row in rows), "the second press says that nothing was left to do"


def test_what_was_settled_meanwhile_is_left_out_of_the_sum(accountant):
    waits, gone = linked(person()), linked(person(), verification="APPROVED")

    ask = accountant.post(BULK, {"ids": [str(waits.pk), str(gone.pk), "999", "x", "9" * 40]})

    assert [row.pk for row in ask.context["rows"]] == [waits.pk]
    assert ask.context["gone"] == 2


def test_nothing_ticked_is_said(accountant):
    assert "đánh dấu các giao dịch" in page_after(accountant, accountant.post(BULK))


def test_the_switch_is_turned_and_says_who_did(accountant):
    off = accountant.post(f"{REVIEW}switch/", {"enabled": "0"})
    page = page_after(accountant, off)
    was = switches.auto_approve()
    accountant.post(f"{REVIEW}switch/", {"enabled": "1"})

    assert (was, switches.auto_approve()) == (False, True)
    assert "ĐANG TẮT" in page
    assert "staff-accountant" in page


def test_today_is_told_by_what_was_decided(accountant):
    hoa, now = person(), timezone.now()
    approved = linked(hoa, verification="APPROVED", verified_at=now, verified_by="ke.toan", transferred_at=now)
    rejected = arrived(verification="REJECTED", verified_at=now, verified_by="ke.toan", verification_note="REJECTED: x")
    linked(hoa, verification="APPROVED", verified_at=now - timedelta(days=2))
    automatic = linked(hoa, verification="AUTO_APPROVED", verified_at=now, transferred_at=now, amount_vnd=70_000)

    page = accountant.get(f"{REVIEW}decided/")
    sums = {value: sum and sum["sum"] for value, _label, sum, _chosen in page.context["states"]}

    assert {row.pk for row in page.context["rows"]} == {approved.pk, rejected.pk, automatic.pk}
    assert sums == {"APPROVED": 350_000, "REJECTED": 350_000, "AUTO_APPROVED": 70_000}
    assert shown(accountant, f"{REVIEW}decided/", state="REJECTED") == [rejected.pk]
    assert set(shown(accountant, f"{REVIEW}decided/", q="0909318264")) == {approved.pk, automatic.pk}


@pytest.mark.parametrize("role", [Role.CUSTOMER_CARE, Role.WAREHOUSE, Role.VIEWER])
def test_who_may_not_approve_sees_no_buttons_and_is_refused(role):
    transfer = linked(person())
    client = logged_in(role)

    page = client.get(REVIEW).content.decode()
    refused = [
        client.post(BULK, {"ids": [str(transfer.pk)], "confirm": "1"}).status_code,
        client.post(f"{REVIEW}switch/", {"enabled": "0"}).status_code,
        client.post(f"{BASE}/{transfer.pk}/approve/").status_code,
    ]

    assert 'name="ids"' not in page
    assert "/approve/" not in page
    assert "switch/" not in page
    assert refused == [403, 403, 403]
    assert AuditLog.objects.filter(outcome="refused").count() == 3
    assert BankTransfer.objects.get().verification == Verification.PENDING_VERIFICATION
    assert switches.auto_approve()


@pytest.mark.parametrize("address", ["", "decided/"])
def test_what_strangers_wrote_is_shown_harmless(accountant, address):
    hoa = person(name="<b>Hoa")
    linked(hoa, verification_note=HOSTILE)
    linked(hoa, verification="APPROVED", verified_at=timezone.now(), verification_note=HOSTILE)

    page = accountant.get(f"{REVIEW}{address}").content.decode()

    assert "<script>alert" not in page
    assert "<b>Hoa" not in page
    assert logged_in(None).get(f"{REVIEW}{address}").status_code == 403


def test_yesterday_is_one_press_away_at_midnight(accountant):
    now = timezone.now()
    row = linked(person(), verification="APPROVED", verified_at=now - timedelta(days=1), verified_by="ke.toan")

    today = accountant.get(f"{REVIEW}decided/").context
    before = accountant.get(f"{REVIEW}decided/", {"day": f"{today['day_before']}"}).context
    later = accountant.get(f"{REVIEW}decided/", {"day": "2999-01-01"}).context

    assert (today["rows"], before["rows"]) == ([], [row])
    assert (before["day_after"], today["day_after"], later["day"]) == (today["day"], None, today["day"])


@pytest.mark.parametrize(
    ("note", "said"),
    [
        ("Approved by accountant", "Duyệt thủ công"),
        ("Bulk approved", "Duyệt hàng loạt"),
        ("Manual entry by lan at 2026-01-16T21:02:37+07:00", "lan gán tay lúc 16/01/2026 21:02"),
        ("Auto-approved by accountant mai at 2026-01-16T21:02:37+07:00", "mai gán và duyệt lúc 16/01/2026 21:02"),
        ("Manual entry by lan at -", "lan gán tay lúc -"),
        ("REJECTED: Chuyển nhầm", "Từ chối: Chuyển nhầm"),
        ("Khách gọi điện", "Khách gọi điện"),
    ],
)
def test_notes_that_the_old_pages_know_are_told_in_our_words(note, said):
    assert noted(note) == said
