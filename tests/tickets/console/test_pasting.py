"""The carrier's list on screen: what each line would do, then one click for those that agree."""

import re
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from n2store.models import AuditLog
from n2store.roles import Role
from tests.factories.staff import logged_in
from tests.factories.tickets import ticket
from tests.threads import at_once
from tests.tickets.test_admin import HOSTILE
from tickets.carrier_lines import LINES_MAX
from tickets.models import Ticket

pytestmark = pytest.mark.django_db

PAGE = "/admin/tickets/ticket/settle/"
QUERIES = 10


@pytest.fixture
def accountant() -> Client:
    return logged_in(Role.ACCOUNTANT)


def waiting(amount: int = 350_000, **given: Any) -> Ticket:
    return ticket("BOOM", status="PENDING_FINANCE", refund_amount=amount, **given)


def look(client: Client, text: str) -> Any:
    return client.post(PAGE, {"text": text})


def confirm(client: Client, page: Any) -> Any:
    """Send the form of the page as it was drawn."""
    return client.post(PAGE, {"text": page.context["text"], "shown": page.context["shown"], "confirm": "1"})


def states(page: Any) -> list[str]:
    return [row.state for row in page.context["rows"]]


def test_one_looks_then_settles_and_the_page_says_what_became_of_each_line(accountant):
    good, wrong = waiting(order_id="NJD/1"), waiting(order_id="NJD/2")
    text = "NJD/1\t350.000\nNJD/2\t300.000\nNJD/9\t1.000"

    page = look(accountant, text)
    assert states(page) == ["line-clean", "line-differs", "line-unknown"]
    assert (page.context["clean"], page.context["sum_vnd"]) == (1, 350_000)
    assert "Danh sách ít hơn 50.000 ₫." in page.content.decode()
    assert list(Ticket.objects.values_list("status", flat=True)) == ["PENDING_FINANCE"] * 2
    after = confirm(accountant, page)

    assert states(after) == ["done", "line-differs", "line-unknown"]
    assert (after.context["settled"], after.context["sum_vnd"]) == (1, 350_000)
    good.refresh_from_db(), wrong.refresh_from_db()
    assert (good.status, wrong.status) == ("COMPLETED", "PENDING_FINANCE")
    assert "dòng 1: NJD/1" in accountant.get(f"/admin/tickets/ticket/{good.pk}/change/").content.decode()


def test_sending_the_same_twice_settles_once(accountant):
    made = waiting()
    page = look(accountant, f"{made.code} 350.000")

    first, again = confirm(accountant, page), confirm(accountant, page)

    assert (states(first), states(again)) == (["done"], ["line-settled"])
    made.refresh_from_db()
    assert [line["action"] for line in made.history] == ["created", "settle"]


def test_only_what_the_page_showed_is_settled(accountant):
    shown, other = waiting(), waiting()
    page = look(accountant, f"{shown.code} 350.000")

    text = f"{shown.code} 350.000\n{other.code} 350.000"
    accountant.post(PAGE, {"text": text, "shown": page.context["shown"], "confirm": "1"})
    accountant.post(PAGE, {"text": text, "shown": "x,-1,٣,," + "9" * 30, "confirm": "1"})

    assert list(Ticket.objects.order_by("pk").values_list("status", flat=True)) == ["COMPLETED", "PENDING_FINANCE"]


@pytest.mark.parametrize("text", ["", "  \n ", "x\t1\n" * (LINES_MAX + 1), "x" * 100_001])
def test_nothing_and_too_much_are_refused_in_words(accountant, text):
    page = look(accountant, text)

    assert page.status_code == 400
    assert page.context.get("rows") is None
    assert re.search(r'role="alert"', page.content.decode())


@pytest.mark.parametrize("role", [Role.VIEWER, Role.CUSTOMER_CARE, Role.WAREHOUSE])
def test_who_does_not_settle_money_is_refused_and_that_is_kept(role):
    made, client = waiting(), logged_in(role)

    answers = [client.get(PAGE), look(client, f"{made.code} 350.000")]
    answers.append(client.post(PAGE, {"text": f"{made.code} 350.000", "shown": str(made.pk), "confirm": "1"}))

    assert [answer.status_code for answer in answers] == [403] * 3
    assert AuditLog.objects.filter(outcome="refused", code="PERMISSION_DENIED").count() == 3
    assert PAGE not in client.get("/admin/tickets/ticket/").content.decode()
    assert Ticket.objects.get().status == "PENDING_FINANCE"


def test_the_list_leads_there(accountant):
    assert f'href="{PAGE}"' in accountant.get("/admin/tickets/ticket/").content.decode()
    assert accountant.get(PAGE).status_code == 200


def test_what_strangers_wrote_is_text(accountant):
    page = look(accountant, f"{HOSTILE}\t1000\n</textarea><script>alert(3)</script> 5000").content.decode()

    assert "<script>alert" not in page
    assert "<img src=x" not in page


def test_a_form_without_its_token_does_nothing():
    made, client = waiting(), logged_in(Role.ACCOUNTANT)
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = client.cookies

    given = {"text": f"{made.code} 350.000", "shown": str(made.pk), "confirm": "1"}

    assert strict.post(PAGE, given).status_code == 403
    assert Ticket.objects.get().status == "PENDING_FINANCE"


@pytest.mark.parametrize("count", [1, 3, 20])
def test_looking_costs_the_same_however_long_the_list_is(
    accountant, count: int, django_assert_num_queries: DjangoAssertNumQueries
):
    text = "\n".join(f"{waiting().code}\t350.000" for _ in range(count))

    with django_assert_num_queries(QUERIES):
        page = look(accountant, text)

    assert page.context["clean"] == count


@pytest.mark.django_db(transaction=True)
def test_eight_clicks_at_once_settle_each_ticket_once():
    made, client = [waiting() for _ in range(3)], logged_in(Role.ACCOUNTANT)
    page = look(client, "\n".join(f"{one.code}\t350.000" for one in made))
    clients = [Client() for _ in range(8)]
    for other in clients:
        other.cookies = client.cookies

    answers = at_once(lambda other: confirm(other, page), clients)

    assert {answer.status_code for answer in answers} == {200}
    assert sum(answer.content.decode().count('data-state="done"') for answer in answers) == 3
    assert [line["action"] for one in Ticket.objects.all() for line in one.history].count("settle") == 3


def test_a_parcel_that_was_found_by_its_phone_says_so_before_it_is_settled(accountant):
    made = waiting(phone="0909318264")

    page = look(accountant, "Chị Hoa\t0909318264\t350.000")
    assert states(page) == ["line-clean"]
    assert "Tìm theo SĐT 0909318264." in page.content.decode()
    confirm(accountant, page)

    made.refresh_from_db()
    assert made.status == "COMPLETED"
