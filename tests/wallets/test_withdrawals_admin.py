"""Withdrawals for orders on screen: by state, tried again or cancelled by those who may, failed ones in plain sight."""

import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from customers.models import Customer
from n2store.models import AuditLog
from n2store.roles import Caller, Role
from tests.factories.staff import logged_in
from tests.wallets.test_console import issue, pay_in, real
from wallets import pending
from wallets.commands import Owner
from wallets.models import PendingStatus, PendingWithdrawal, Transaction, Wallet
from wallets.operations import reverse

pytestmark = pytest.mark.django_db

LIST = "/admin/wallets/pendingwithdrawal/"
LIST_QUERIES = 7  # session, user, the user's and the groups' permissions, the menu's failed ones, roles, the page
MAY = {Role.OWNER, Role.ACCOUNTANT, Role.CUSTOMER_CARE}


def hold(customer: Customer, order: str = "NJD/1", amount_vnd: int = 50_000, *, failed: bool = False) -> Any:
    caller = Caller(name="test", roles=frozenset({Role.OWNER}))
    owner = Owner(customer_id=customer.pk)
    held = pending.hold(caller=caller, owner=owner, order_id=order, amount_vnd=amount_vnd)
    row = PendingWithdrawal.objects.get(order_id=order)
    if failed:
        PendingWithdrawal.objects.filter(pk=row.pk).update(status="FAILED", last_error="Không đủ tiền")
    assert held
    return PendingWithdrawal.objects.get(pk=row.pk)


def orders_on(page: Any) -> list[str]:
    return re.findall(r"NJD/\d+", re.sub(r"(?s)<head.*?</head>", "", page.content.decode()))


@pytest.mark.parametrize("count", [1, 20])
def test_the_list_costs_the_same_for_any_number_of_rows(customer, django_assert_num_queries, count):
    for number in range(count):
        hold(customer, f"NJD/{number}")
    viewer = logged_in(Role.VIEWER)

    with django_assert_num_queries(LIST_QUERIES):
        page = viewer.get(LIST)

    assert len(set(orders_on(page))) == count


def test_the_list_is_narrowed_by_state_and_search(customer):
    hold(customer, "NJD/1"), hold(customer, "NJD/2", failed=True)
    viewer = logged_in(Role.VIEWER)

    found = [set(orders_on(viewer.get(LIST, asked))) for asked in ({"status__exact": "FAILED"}, {"q": "NJD/1"})]

    assert found == [{"NJD/2"}, {"NJD/1"}]


def test_failed_ones_are_counted_in_the_menu_and_on_the_first_screen(customer):
    viewer = logged_in(Role.VIEWER)
    calm = viewer.get("/admin/").content.decode()
    hold(customer, failed=True)
    loud = viewer.get("/admin/").content.decode()

    assert ["data-failed-withdrawals" in page for page in (calm, loud)] == [False, True]


@pytest.mark.parametrize("role", Role)
def test_only_those_who_pay_orders_try_again_or_cancel(customer, role):
    row = hold(customer, failed=True)
    client = logged_in(role)
    pages = [f"{LIST}{row.pk}/{act}/" for act in ("retry", "cancel")]

    offered = [page in client.get(LIST).content.decode() for page in pages]
    opened = [client.get(page).status_code == 200 for page in pages]
    sent = [client.post(page, {}).status_code != 403 for page in pages]

    assert (offered, opened, sent) == ([role in MAY] * 2,) * 3
    assert AuditLog.objects.filter(outcome="refused").exists() == (role not in MAY)


def test_why_nothing_was_taken_is_said_in_words_of_the_shop(customer):
    hold(customer)

    page = logged_in(Role.VIEWER).get(LIST).content.decode()

    assert "không đủ" in page
    assert "Insufficient" not in page


def test_a_failed_one_is_tried_again_once_its_effect_was_seen(customer):
    row = hold(customer, failed=True)
    pay_in(customer)
    client = logged_in(Role.ACCOUNTANT)

    effect = client.get(f"{LIST}{row.pk}/retry/").context["effect"]
    untouched = real(customer)
    for _ in range(2):
        client.post(f"{LIST}{row.pk}/retry/")

    assert (effect.real_before_vnd, effect.real_after_vnd, untouched) == (200_000, 150_000, 200_000)
    row.refresh_from_db()
    assert (row.status, real(customer)) == (PendingStatus.COMPLETED, 150_000)


def test_one_without_money_says_so_and_waits(customer):
    row = hold(customer, failed=True)
    client = logged_in(Role.ACCOUNTANT)

    page = client.get(f"{LIST}{row.pk}/retry/").content.decode()
    client.post(f"{LIST}{row.pk}/retry/")

    assert "không đủ" in page
    row.refresh_from_db()
    assert row.status == PendingStatus.PENDING


def test_a_cancellation_needs_a_reason_and_is_kept(customer):
    row = hold(customer)
    client = logged_in(Role.CUSTOMER_CARE)

    without = client.post(f"{LIST}{row.pk}/cancel/", {"reason": " "})
    client.post(f"{LIST}{row.pk}/cancel/", {"reason": "Khách bỏ đơn"})

    row.refresh_from_db()
    assert (without.status_code, row.status) == (400, PendingStatus.CANCELLED)
    assert AuditLog.objects.filter(action="pending_withdrawal.cancel", detail="Khách bỏ đơn").count() == 1


def test_what_was_taken_is_not_cancelled(customer):
    pay_in(customer)
    row = hold(customer)

    answer = logged_in(Role.OWNER).post(f"{LIST}{row.pk}/cancel/", {"reason": "x"})

    assert (answer.status_code, real(customer)) == (409, 150_000)


def test_a_form_from_elsewhere_is_refused(customer):
    row = hold(customer)
    client = logged_in(Role.OWNER)
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = client.cookies

    assert strict.post(f"{LIST}{row.pk}/cancel/", {"reason": "x"}).status_code == 403


GIVERS = {Role.OWNER, Role.ACCOUNTANT}


def taken(customer: Customer) -> PendingWithdrawal:
    pay_in(customer)
    issue(customer, 30_000, "a", 5)
    return hold(customer)  # type: ignore[no-any-return]


@pytest.mark.parametrize("role", Role)
def test_only_those_who_take_rows_back_give_an_orders_money_back(customer, role):
    row = taken(customer)
    client = logged_in(role)
    page = f"{LIST}{row.pk}/release/"

    offered = page in client.get(LIST).content.decode()
    opened = client.get(page).status_code == 200
    client.post(page, {"reason": "Hết hàng"})

    assert (offered, opened, real(customer) == 200_000) == ((role in GIVERS),) * 3
    assert AuditLog.objects.filter(outcome="refused").exists() == (role not in GIVERS)


def test_what_comes_back_is_shown_and_then_comes_back_once(customer):
    row = taken(customer)
    client = logged_in(Role.ACCOUNTANT)
    page = f"{LIST}{row.pk}/release/"

    effect = client.get(page).context["effect"]
    untouched = real(customer)
    for _ in range(2):
        client.post(page, {"reason": "Hết hàng"})

    wallet = Wallet.objects.get(customer=customer)
    row.refresh_from_db()
    assert (effect.real_before_vnd, effect.real_after_vnd, untouched) == (180_000, 200_000, 180_000)
    assert (effect.virtual_before_vnd, effect.virtual_after_vnd) == (0, 30_000)
    assert [(lot.before_vnd, lot.after_vnd) for lot in effect.lots] == [(0, 30_000)]
    assert (wallet.real_vnd, wallet.virtual_vnd) == (effect.real_after_vnd, effect.virtual_after_vnd)
    assert (row.status, row.last_error) == (PendingStatus.CANCELLED, "Hết hàng")
    assert {*AuditLog.objects.filter(action="pending_withdrawal.release").values_list("detail", flat=True)} == {
        "Hết hàng"
    }
    assert "đã trả lại tiền" in client.get(LIST).content.decode()
    assert "đã được trả lại" in client.get(page).content.decode()


def test_money_is_not_given_back_without_a_reason(customer):
    row = taken(customer)

    answer = logged_in(Role.OWNER).post(f"{LIST}{row.pk}/release/", {"reason": " "})

    assert (answer.status_code, real(customer)) == (400, 180_000)


@pytest.mark.parametrize("failed", [True, False])
def test_what_took_nothing_has_nothing_to_give_back(customer, failed):
    row = hold(customer, failed=failed)
    client = logged_in(Role.OWNER)

    page = client.get(f"{LIST}{row.pk}/release/")
    answer = client.post(f"{LIST}{row.pk}/release/", {"reason": "x"})

    assert "chưa trừ tiền" in page.content.decode()
    assert "reason" not in page.content.decode()
    assert answer.status_code == 409


def test_a_row_that_was_taken_back_by_hand_is_not_counted_twice(customer):
    row = taken(customer)
    spent = Transaction.objects.get(type="WITHDRAW")
    reverse(posted=spent, reason="x", at=timezone.now(), by="test")
    client = logged_in(Role.OWNER)

    effect = client.get(f"{LIST}{row.pk}/release/").context["effect"]
    client.post(f"{LIST}{row.pk}/release/", {"reason": "x"})

    wallet = Wallet.objects.get(customer=customer)
    assert (
        (effect.real_after_vnd, effect.virtual_after_vnd) == (200_000, 30_000) == (wallet.real_vnd, wallet.virtual_vnd)
    )
    assert len(effect.remarks) == 1


def test_giving_back_takes_a_form_of_ours(customer):
    row = taken(customer)
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = logged_in(Role.OWNER).cookies

    assert strict.post(f"{LIST}{row.pk}/release/", {"reason": "x"}).status_code == 403
    assert real(customer) == 180_000


def test_orders_that_wait_or_failed_are_on_the_customers_screen(customer):
    hold(customer, "NJD/1"), hold(customer, "NJD/2", failed=True)

    shown = logged_in(Role.VIEWER).get(f"/admin/customers/customer/{customer.pk}/change/").context["panel"]["orders"]

    assert [(one["order"], one["status"]) for one in shown] == [("NJD/2", "FAILED"), ("NJD/1", "PENDING")]


def test_a_blacklisted_customers_order_is_not_offered_another_try(customer):
    row = hold(customer, failed=True)
    pay_in(customer)
    Customer.objects.filter(pk=customer.pk).update(tier="blacklist")

    page = logged_in(Role.OWNER).get(f"{LIST}{row.pk}/retry/")

    assert page.context["effect"] is None
    assert "danh sách đen" in page.content.decode()
