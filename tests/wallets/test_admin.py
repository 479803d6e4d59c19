"""The ledger's screens: to read, by everybody who may, and to be changed by nobody."""

import pytest
from django.test import Client

from customers.operations import get_or_create_customer
from n2store.roles import Role
from tests.factories.banking import delivery, post
from tests.factories.staff import logged_in
from wallets.models import Transaction, Wallet

SCREENS = {"transaction": "/admin/wallets/transaction/", "wallet": "/admin/wallets/wallet/"}
LIST_QUERIES = 6  # session, user, the user's and the groups' permissions, the menu's number, the page

pytestmark = pytest.mark.django_db


def pay(count: int) -> None:
    for number in range(count):
        assert post(Client(), delivery(id=1 + number, content=f"09{number:08} tien hang")).json()["success"]


@pytest.mark.parametrize("screen", SCREENS.values())
@pytest.mark.parametrize("count", [1, 3, 20])
def test_a_list_costs_the_same_for_any_number_of_rows(django_assert_num_queries, screen, count):
    pay(count)
    viewer = logged_in(Role.VIEWER)

    with django_assert_num_queries(LIST_QUERIES):
        page = viewer.get(screen).content.decode()

    assert page.count('class="data-row') == count


@pytest.mark.parametrize("model", [Transaction, Wallet])
def test_not_even_a_superuser_adds_changes_or_deletes(model):
    pay(1)
    row = model.objects.get()
    before = model.objects.values().get()
    screen = SCREENS[model._meta.model_name]
    superuser = logged_in(None, superuser=True)

    shown = superuser.get(f"{screen}{row.pk}/change/").content.decode()
    refused = [
        superuser.post(f"{screen}add/", {"amount_vnd": 1}).status_code,
        superuser.post(f"{screen}{row.pk}/change/", {"amount_vnd": 1, "note": "x"}).status_code,
        superuser.post(f"{screen}{row.pk}/delete/", {"post": "yes"}).status_code,
    ]
    superuser.post(screen, {"action": "delete_selected", "_selected_action": row.pk, "post": "yes"})

    assert refused == [403, 403, 403]
    assert 'name="_save"' not in shown
    assert model.objects.values().get() == before


@pytest.mark.parametrize("screen", SCREENS.values())
def test_nobody_reads_the_books_without_a_role(screen):
    assert logged_in(None).get(screen).status_code == 403


@pytest.mark.parametrize(("text", "count"), [("sepay:2", 1), ("0900000001", 1), ("09", 3), ("sepay:", 0), ("%", 0)])
def test_the_ledger_is_searched_by_phone_and_key(text, count):
    pay(3)

    page = logged_in(Role.ACCOUNTANT).get(SCREENS["transaction"], {"q": text}).content.decode()

    assert page.count('class="data-row') == count


def test_a_wallet_is_found_by_its_owners_name():
    get_or_create_customer(phone="0909318264", name="Đặng Thị Ngọc Ánh", by="test")
    pay(1)

    page = logged_in(Role.VIEWER).get(SCREENS["wallet"], {"q": "dang thi ngoc"}).content.decode()

    assert page.count('class="data-row') == 1
