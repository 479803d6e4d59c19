"""The queue of what needs a person: in focus, settled in one press, taken back, and never moved under the hand."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from banking.models import BankTransfer, MatchStatus, PendingMatch, Verification
from n2store.models import AuditLog
from n2store.roles import Role
from tests.banking.console.rows import HOSTILE, NOON, arrived, asked, candidate, linked, payer, person
from tests.factories.staff import logged_in
from wallets.models import Transaction

pytestmark = pytest.mark.django_db

BASE = "/admin/banking/banktransfer"
QUEUE = f"{BASE}/queue/"
FOCUS_QUERIES = 16
"""The four of every request, the menu's numbers, the roles, the place in the event log, the counts of the tabs, the
transfer, its question, the rules' decision, the candidates and what they hold, the payers, both neighbours."""

ACTS = ("choose", "skip", "unskip", "unlink", "hide", "name", "link", "approve", "reject", "reopen", "undo", "adjust")
MAY: dict[Role, tuple[str, ...]] = {Role.CUSTOMER_CARE: ACTS[:7], Role.WAREHOUSE: (), Role.VIEWER: ()}
"""What a role may do at a transfer; the others may do all."""


@pytest.fixture
def accountant() -> Client:
    return logged_in(Role.ACCOUNTANT)


@pytest.fixture
def care() -> Client:
    return logged_in(Role.CUSTOMER_CARE)


def focus(transfer: BankTransfer) -> str:
    return f"{QUEUE}{transfer.pk}/"


def press(client: Client, transfer: BankTransfer, act: str, **given: Any) -> Any:
    """Send a button of the queue's page as the browser does."""
    reason = client.get(focus(transfer)).context["reason"]
    return client.post(f"{BASE}/{transfer.pk}/{act}/", {"back": "queue", "waited": reason or "", **given})


def said(client: Client, answer: Any) -> str:
    """Return what a page says after the redirect."""
    text: str = client.get(answer.headers["Location"]).content.decode()
    return text


def test_the_queue_leads_to_the_newest_and_keeps_what_was_asked_for(accountant):
    older, newer = asked(person(), transferred_at=NOON), asked(person(), transferred_at=NOON + timedelta(minutes=1))

    everything = accountant.get(QUEUE).headers["Location"]
    narrowed = accountant.get(QUEUE, {"why": "question", "done": str(older.pk)}).headers["Location"]

    assert everything == focus(newer)
    assert narrowed == f"{focus(newer)}?why=question&done={older.pk}"


def test_an_empty_queue_says_so(accountant):
    page = accountant.get(QUEUE)

    assert page.status_code == 200
    assert "Xong hết rồi" in page.content.decode()


def test_why_each_one_waits(accountant):
    hoa = person()
    skipped = asked(hoa)
    PendingMatch.objects.update(status=MatchStatus.SKIPPED)
    rows = {
        "question": asked(hoa),
        "nobody": arrived(),
        "tpos": arrived(match_trouble="TPOS_UNAVAILABLE", match_due_at=NOON),
        "looking": arrived(match_due_at=NOON),
        "skipped": skipped,
        "review": linked(hoa),
    }
    arrived(direction="out")
    arrived(verification=Verification.REJECTED)

    reasons = {why: accountant.get(focus(row)).context["reason"] for why, row in rows.items()}
    found = {why: accountant.get(QUEUE, {"why": why}).headers["Location"] for why in rows if why != "looking"}
    counts = {choice["value"]: choice["count"] for choice in accountant.get(focus(skipped)).context["choices"]}

    assert reasons == {why: why for why in rows}
    assert found == {why: f"{focus(row)}?why={why}" for why, row in rows.items() if why != "looking"}
    assert counts == {"": 4, "question": 1, "nobody": 1, "tpos": 1, "skipped": 1, "review": 1}


@pytest.mark.parametrize("count", [1, 3, 20])
def test_a_page_costs_the_same_for_any_length_of_the_queue(accountant, django_assert_num_queries, count):
    people = [person(f"09093182{number:02}") for number in range(count)]
    payer(people[0])
    rows = [asked(*people, payer_account="0071000123456") for _ in range(count)]

    with django_assert_num_queries(FOCUS_QUERIES):
        page = accountant.get(focus(rows[0]))

    assert len(page.context["candidates"]) == count
    assert len(page.context["following"]) == min(count - 1, 8)


def test_a_candidate_is_shown_with_what_speaks_for_it(accountant):
    hoa, mai = person(), person("0987318264", "Mai")
    payer(hoa)
    transfer = asked(hoa, mai, payer_account="0071000123456")

    page = accountant.get(focus(transfer)).content.decode()

    assert [name in page for name in ("Chị Hoa", "0987318264", "318264", "quy tắc E5", "0071000123456")] == [True] * 5
    assert re.findall(r'data-key="(\d)"', page) == ["1", "2"]
    assert "ke.toan" in page


def test_the_first_is_accepted_blindly_only_where_it_is_ahead(accountant):
    ahead, tied = asked(person(), person("0987318264")), asked(person(), person("0987318264"))
    PendingMatch.objects.filter(transfer=tied).update(candidates=[candidate(person()), candidate(person("0987318264"))])

    marks = [accountant.get(focus(row)).content.decode().count("data-accept") for row in (ahead, tied)]

    assert marks == [1, 0]


def test_choosing_links_credits_and_goes_on(accountant):
    hoa = person()
    transfer, following = asked(hoa, person("0987318264")), asked(hoa)

    answer = press(accountant, transfer, "choose", phone=hoa.phone)

    transfer.refresh_from_db()
    assert (transfer.customer, transfer.verification) == (hoa, Verification.APPROVED)
    assert Transaction.objects.get().amount_vnd == 350_000
    assert answer.headers["Location"] == f"{focus(following)}?done={transfer.pk}"
    assert "Đã cộng 350.000 ₫ vào ví của Chị Hoa." in said(accountant, answer)


def test_customer_care_chooses_and_the_accountant_lets_the_money_in(care):
    hoa = person()
    transfer = asked(hoa)

    answer = press(care, transfer, "choose", phone=hoa.phone)

    transfer.refresh_from_db()
    assert (transfer.customer, transfer.verification) == (hoa, Verification.PENDING_VERIFICATION)
    assert Transaction.objects.count() == 0
    assert "chờ kế toán duyệt" in said(care, answer)


def test_pressing_twice_is_done_once_and_told_kindly(accountant):
    hoa = person()
    transfer = asked(hoa)

    first = press(accountant, transfer, "choose", phone=hoa.phone)
    again = accountant.post(
        f"{BASE}/{transfer.pk}/choose/", {"back": "queue", "waited": "question", "phone": hoa.phone}
    )

    assert Transaction.objects.count() == 1
    assert first.headers["Location"] == again.headers["Location"]
    assert "không có gì bị làm hai lần" in said(accountant, again)
    assert "staff-accountant" in said(accountant, again)


def test_who_was_slower_is_told_who_was_faster(accountant, care):
    hoa, mai = person(), person("0987318264", "Mai")
    transfer = asked(hoa, mai)
    press(care, transfer, "choose", phone=mai.phone)

    late = accountant.post(f"{BASE}/{transfer.pk}/choose/", {"back": "queue", "waited": "question", "phone": hoa.phone})
    page = said(accountant, late)

    transfer.refresh_from_db()
    assert transfer.customer == mai
    assert "staff-customer_care" in page
    assert "Đã gán cho Mai" in page


def test_a_page_that_is_open_hears_that_somebody_else_was_faster(accountant, care):
    hoa = person()
    transfer = asked(hoa)
    address = f"{QUEUE}{transfer.pk}/meanwhile/?waited=question"
    before = accountant.get(address).content.decode().strip()

    press(care, transfer, "choose", phone=hoa.phone)
    after = accountant.get(address).content.decode()

    assert before == ""
    assert "staff-customer_care" in after


def test_a_page_that_is_open_hears_that_more_is_known(accountant):
    transfer = arrived(match_due_at=NOON)
    PendingMatch.objects.create(transfer=transfer, extracted_text="1", candidates=[])

    told = accountant.get(f"{QUEUE}{transfer.pk}/meanwhile/?waited=looking").content.decode()

    assert focus(transfer) in told


def test_a_question_is_skipped_with_a_reason_and_asked_again(care):
    transfer = asked(person())
    waits = asked(person())

    answer = press(care, transfer, "skip", reason="Chờ khách báo lại")
    page = said(care, answer)
    back = re.search(r'action="([^"]+/unskip/)"', page)
    assert back
    again = care.post(back[1], {"back": "queue"})

    assert answer.headers["Location"] == f"{focus(waits)}?done={transfer.pk}"
    assert again.headers["Location"] == focus(transfer)
    assert PendingMatch.objects.get(transfer=transfer).status == MatchStatus.PENDING


def test_the_last_act_is_taken_back_by_the_way_that_fits_it(accountant):
    hoa = person()
    ways = {}
    for name, (transfer, act, given) in {
        "credited": (asked(hoa), "choose", {"phone": hoa.phone}),
        "rejected": (arrived(), "reject", {"reason": "Tiền của chính shop"}),
        "skipped": (asked(hoa), "skip", {"reason": "Chưa rõ"}),
    }.items():
        press(accountant, transfer, act, **given)
        shown = accountant.get(QUEUE, {"done": transfer.pk}, follow=True).context["done"]
        ways[name] = shown["way_back"].address.removeprefix(f"{BASE}/{transfer.pk}/")

    assert ways == {"credited": "undo/", "rejected": "reopen/", "skipped": "unskip/"}


def test_a_rejection_needs_a_reason_and_is_taken_back(accountant):
    transfer = arrived()

    without = press(accountant, transfer, "reject", reason="  ")
    untouched = BankTransfer.objects.get().verification
    press(accountant, transfer, "reject", reason="Chuyển nhầm cho shop")
    rejected = BankTransfer.objects.get().verification
    accountant.post(f"{BASE}/{transfer.pk}/reopen/", {"back": "queue"})

    assert without.headers["Location"] == focus(transfer)
    assert (untouched, rejected, BankTransfer.objects.get().verification) == ("PENDING", "REJECTED", "PENDING")


@pytest.mark.parametrize("words", ["a\x00b", "x" * 2_001])
@pytest.mark.parametrize(("act", "field"), [("skip", "reason"), ("reject", "reason"), ("approve", "note")])
def test_words_that_cannot_be_kept_change_nothing(accountant, act, field, words):
    transfer = asked(person()) if act == "skip" else linked(person())
    before = BankTransfer.objects.values().get()

    answer = press(accountant, transfer, act, **{field: words})

    assert answer.status_code == 302
    assert BankTransfer.objects.values().get() == before
    assert not PendingMatch.objects.exclude(status="pending").exists()


def test_what_a_stranger_wrote_is_shown_harmless(accountant):
    rows = [arrived(HOSTILE, transferred_at=NOON), arrived("9" * 10_000), asked(person(name="<b>Hoa</b>"))]

    for row in rows:
        page = accountant.get(focus(row)).content.decode()
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "<b>Hoa" not in page
    assert "\u202e" not in accountant.get(focus(rows[0])).content.decode()
    assert "U+202E" in accountant.get(focus(rows[0])).content.decode()


@pytest.mark.parametrize("role", Role)
def test_each_role_sees_the_buttons_it_may_press_and_is_refused_the_others(role):
    hoa = person()
    transfer = asked(hoa)
    client = logged_in(role)
    forbidden = [act for act in ACTS if act not in MAY.get(role, ACTS)]

    page = client.get(focus(transfer)).content.decode()
    drawn = set(re.findall(rf'action="{BASE}/{transfer.pk}/(\w+)/"', page))
    refused = [client.post(f"{BASE}/{transfer.pk}/{act}/", {"phone": hoa.phone}).status_code for act in forbidden]

    assert drawn == {"choose", "skip", "reject", "link"} - set(forbidden)
    assert refused == [403] * len(forbidden)
    assert AuditLog.objects.filter(outcome="refused", subject=f"transfer:{transfer.pk}").count() == len(forbidden)
    assert BankTransfer.objects.get().customer is None


def test_nobody_enters_without_a_role_and_nothing_is_done_by_looking(accountant):
    transfer = asked(person())

    assert logged_in(None).get(focus(transfer)).status_code == 403
    assert Client().get(focus(transfer)).headers["Location"].startswith("/admin/login/")
    assert accountant.get(f"{BASE}/{transfer.pk}/choose/").status_code == 405
    assert accountant.get(f"{QUEUE}999999999/").status_code == 404
    assert accountant.get(QUEUE, {"why": "'; --", "done": "9" * 40}, follow=True).status_code == 200


def test_a_form_from_elsewhere_is_refused(accountant):
    transfer = arrived()
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = accountant.cookies

    assert strict.post(f"{BASE}/{transfer.pk}/reject/", {"reason": "Chuyển nhầm"}).status_code == 403
    assert BankTransfer.objects.get().verification == Verification.PENDING
