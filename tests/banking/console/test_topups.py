"""Top-ups at the desk: what staff see, who may do what, and a credit by hand that takes two."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext

from banking.authority import MayNotHandle
from banking.models import Topup, TopupHandCredit, TopupPayment
from banking.payos import by_hand
from banking.payos.access import cookie_name, link_text
from banking.payos.asking import check_due
from n2store.models import AuditLog
from n2store.roles import Role
from n2store.simulator.answering import Manner
from n2store.simulator.payos import Payos
from tests.banking.acting import ACCOUNTANT, CARE, HOA, NAM, OWNER, known, real_vnd
from tests.factories.payos import PHONE, playing_payos, post, started
from tests.factories.staff import logged_in
from wallets.queries import verify_ledger

pytestmark = pytest.mark.django_db(transaction=True)
LIST = "/admin/banking/topup/"


@pytest.fixture
def payos() -> Iterator[Payos]:
    with playing_payos() as playing:
        yield playing


def ask(topup: Topup, **changes: Any) -> TopupHandCredit:
    given = {"reference": "FT55", "amount_vnd": 500_000, "reason": "Thấy trên sao kê"} | changes
    return by_hand.ask(caller=ACCOUNTANT, topup_id=topup.pk, **given)


@pytest.mark.parametrize("role", Role)
def test_everybody_on_the_staff_sees_top_ups(payos: Payos, role: Role) -> None:
    topup = started()
    post(payos.pay(topup.order_code))
    browser = logged_in(role)

    pages = [LIST, f"{LIST}{topup.pk}/change/", "/admin/banking/payosdelivery/", f"{LIST}?q={topup.tx_ref}"]

    assert [browser.get(page).status_code for page in pages] == [200] * 4
    assert topup.tx_ref in browser.get(LIST).text


def test_the_list_costs_the_same_however_many_there_are(payos: Payos) -> None:
    browser = logged_in(Role.OWNER)
    started()
    browser.get(LIST)

    def cost() -> int:
        with CaptureQueriesContext(connection) as asked:
            browser.get(LIST)
        return len(asked)

    one = cost()
    for n in range(3):
        started(phone=f"09093182{n:02}")

    assert cost() == one


def test_asking_now_credits_what_no_webhook_told(payos: Payos) -> None:
    topup = started()
    payos.pay(topup.order_code)

    logged_in(Role.ACCOUNTANT).post(f"{LIST}{topup.pk}/recheck/")

    assert real_vnd(PHONE) == 500_000
    assert AuditLog.objects.filter(action="topup.recheck", subject=f"topup:{topup.pk}").exists()


@pytest.mark.parametrize(("act", "role"), [("recheck", Role.CUSTOMER_CARE), ("cancel", Role.WAREHOUSE)])
def test_who_may_not_is_told_and_kept(payos: Payos, act: str, role: Role) -> None:
    topup = started()
    payos.asked.clear()

    answer = logged_in(role).post(f"{LIST}{topup.pk}/{act}/", follow=True)

    assert answer.status_code == 200
    assert (payos.asked, Topup.objects.get().status) == ([], "pending")
    assert AuditLog.objects.filter(outcome="refused", code="PERMISSION_DENIED").count() == 1


def test_a_credit_by_hand_takes_two_and_counts_once(payos: Payos) -> None:
    topup = started()
    asked = ask(topup)
    assert real_vnd(PHONE) == 0

    with pytest.raises(by_hand.SecondPersonNeeded):
        by_hand.confirm(caller=ACCOUNTANT, credit_id=asked.pk)
    by_hand.confirm(caller=OWNER, credit_id=asked.pk)

    topup.refresh_from_db()
    assert (topup.status, real_vnd(PHONE), TopupPayment.objects.get().source) == ("paid", 500_000, "hand")
    post(payos.pay(topup.order_code, reference="FT55"))
    check_due(now=topup.expires_at)
    assert real_vnd(PHONE) == 500_000
    assert verify_ledger() == []
    actions = AuditLog.objects.filter(subject=f"topup:{topup.pk}").order_by("id").values_list("action", "actor")
    assert list(actions) == [("topup.hand_credit.ask", "ketoan"), ("topup.hand_credit.confirm", "chu")]


def test_what_is_in_a_wallet_is_not_credited_by_hand(payos: Payos) -> None:
    topup = started()
    asked = ask(topup)
    post(payos.pay(topup.order_code, reference="FT55"))

    with pytest.raises(by_hand.HandCreditRefused):
        by_hand.confirm(caller=OWNER, credit_id=asked.pk)
    by_hand.withdraw(caller=OWNER, credit_id=asked.pk)

    assert (real_vnd(PHONE), TopupHandCredit.objects.get().status) == (500_000, "withdrawn")


def test_one_credit_by_hand_waits_at_a_time_and_needs_all_its_words(payos: Payos) -> None:
    topup = started()
    with pytest.raises(MayNotHandle):
        by_hand.ask(caller=CARE, topup_id=topup.pk, reference="FT55", amount_vnd=1, reason="x")
    for changes in ({"reference": " "}, {"reason": " "}, {"amount_vnd": 0}):
        with pytest.raises(by_hand.DomainError):
            ask(topup, **changes)
    ask(topup)

    with pytest.raises(by_hand.HandCreditWaits):
        ask(topup)


def test_the_desk_asks_and_another_confirms(payos: Payos) -> None:
    topup = started()
    page = f"{LIST}{topup.pk}/"
    given = {"reference": "FT55", "amount": "500.000", "reason": "Thấy trên sao kê"}

    logged_in(Role.ACCOUNTANT).post(f"{page}credit/", given)
    asked = TopupHandCredit.objects.get()
    other = logged_in(Role.OWNER)
    assert "FT55" in other.get(f"{page}change/").text
    other.post(f"{LIST}credits/{asked.pk}/confirm/")

    assert real_vnd(PHONE) == 500_000


# The page and its link


def page_of(phone: str) -> Client:
    client = Client()
    client.get("/wallet/topup", {"link": link_text(known(phone))})
    return client


def test_a_link_becomes_a_cookie_that_scripts_cannot_read(payos: Payos) -> None:
    answer = Client().get("/wallet/topup", {"link": link_text(known(HOA))})

    cookie = answer.cookies[cookie_name()]
    assert (answer.status_code, answer.headers["Location"]) == (302, "/wallet/topup")
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
    assert "no-store" in answer.headers["Cache-Control"]


@pytest.mark.parametrize("link", ["", "1", "1:abc:def", "x" * 300])
def test_a_link_that_is_not_ours_is_refused(payos: Payos, link: str) -> None:
    answer = Client().get("/wallet/topup", {"link": link})

    assert (answer.status_code, cookie_name() in answer.cookies) == (403, False)


def test_a_link_ends(payos: Payos) -> None:
    with override_settings(TOPUP_LINK_DAYS=0):
        assert Client().get("/wallet/topup", {"link": link_text(known(HOA))}).status_code == 403


def test_the_form_leads_to_the_qr_code_once(payos: Payos) -> None:
    client = page_of(HOA)
    form = {"amount": "300.000", "key": "one-press"}

    answers = [client.post("/wallet/topup", form) for _ in range(2)]

    topup = Topup.objects.get()
    assert [answer.headers["Location"] for answer in answers] == [f"/wallet/topup?tx_ref={topup.tx_ref}"] * 2
    page = client.get("/wallet/topup", {"tx_ref": topup.tx_ref})
    assert ("<svg" in page.text, topup.memo in page.text) == (True, True)
    assert topup.qr_code not in page.text


def test_another_customers_top_up_is_not_shown(payos: Payos) -> None:
    topup = started(phone=HOA)

    answers = [
        client.get("/wallet/topup", {"tx_ref": reference}).status_code
        for client in (page_of(NAM), Client())
        for reference in (topup.tx_ref, "NT0000000", "x'")
    ]

    assert answers == [404] * 6


def test_strangers_are_told_to_ask_for_a_link(payos: Payos) -> None:
    assert Client().get("/wallet/topup").status_code == 403
    assert Client().post("/wallet/topup", {"amount": "300000"}).status_code == 403
    assert Client().get("/wallet/topup", {"customer": known(HOA).pk}).status_code == 403


def test_staff_begin_for_a_customer_and_come_back_to_it(payos: Payos) -> None:
    customer = known(HOA)
    staff = logged_in(Role.CUSTOMER_CARE)
    assert staff.get("/wallet/topup", {"customer": customer.pk}).status_code == 200

    answer = staff.post("/wallet/topup", {"customer": customer.pk, "amount": "300000", "key": "k"}, follow=True)

    topup = Topup.objects.get()
    assert (topup.customer, topup.starter) == (customer, User.objects.get())
    assert answer.status_code == 200


@pytest.mark.parametrize("amount", ["", "abc", "500", "-1", "999999999999"])
def test_an_amount_that_cannot_be_is_said(payos: Payos, amount: str) -> None:
    answer = page_of(HOA).post("/wallet/topup", {"amount": amount, "key": "k"})

    assert (answer.status_code, 'role="alert"' in answer.text) == (400, True)


def test_a_payos_that_is_away_is_said(payos: Payos) -> None:
    payos.manner = Manner.FAILING

    answer = page_of(HOA).post("/wallet/topup", {"amount": "300000", "key": "k"})

    assert (answer.status_code, 'role="alert"' in answer.text) == (502, True)


def test_without_payos_the_page_says_so(transactional_db: None) -> None:
    answer = page_of(HOA).get("/wallet/topup")

    assert (answer.status_code, 'data-stop="off"' in answer.text) == (503, True)


@pytest.mark.parametrize(("role", "seen"), [(Role.CUSTOMER_CARE, True), (Role.OWNER, True), (Role.VIEWER, False)])
def test_the_customers_page_offers_it_to_who_may(payos: Payos, role: Role, seen: bool) -> None:
    customer = known(HOA)
    staff = logged_in(role)

    page = staff.get(f"/admin/customers/customer/{customer.pk}/change/")
    made = staff.post(f"{LIST}for/{customer.pk}/link/")

    assert (f"/wallet/topup?customer={customer.pk}" in page.text) is seen
    assert made.status_code == (200 if seen else 403)
    assert AuditLog.objects.filter(action="topup.link").exists() is seen
