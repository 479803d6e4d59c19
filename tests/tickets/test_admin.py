"""The lists of tickets in the admin: by state, in the order of the queue, found by what one has at hand."""

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test import Client
from django.utils import timezone

from customers.models import Customer
from n2store.roles import Role
from tests.factories.staff import logged_in
from tests.factories.tickets import OWNER, ticket
from tickets.console.lists.states import State, completed_today
from tickets.deleting import delete
from tickets.models import Ticket

pytestmark = pytest.mark.django_db

LIST = "/admin/tickets/ticket/"
QUERIES = 10
HOSTILE = '<script>alert(1)</script>"><img src=x onerror=alert(2)> \u202e'


@pytest.fixture
def reader() -> Client:
    return logged_in(Role.CUSTOMER_CARE)


def listed(client: Client, **asked: Any) -> list[str]:
    return [row.code for row in client.get(LIST, asked).context["cl"].result_list]


@pytest.mark.parametrize("count", [1, 3, 20])
def test_the_list_costs_the_same_however_long_it_is(reader, django_assert_num_queries, count):
    for number in range(count):
        ticket("BOOM", status="PENDING_GOODS", phone=f"09093182{number:02}")

    with django_assert_num_queries(QUERIES):
        page = reader.get(LIST)

    assert len(page.context["cl"].result_list) == count


def test_one_begins_with_the_goods_that_come_and_every_list_says_how_many(reader):
    made = {
        state: ticket("BOOM", status=status).code
        for state, status in [
            ("new", "PENDING"), ("goods", "PENDING_GOODS"), ("finance", "PENDING_FINANCE"), ("done", "COMPLETED"),
            ("cancelled", "CANCELLED"),
        ]
    }  # fmt: skip
    delete(caller=OWNER, ticket_id=ticket("OTHER").pk)

    page = reader.get(LIST)

    assert listed(reader) == [made["goods"]]
    assert {state: listed(reader, state=state) for state in made} == {state: [code] for state, code in made.items()}
    assert listed(reader, state="all") == sorted(made.values(), reverse=True)
    assert [(tab["label"], tab["count"]) for tab in page.context["lists"]] == [
        (State.ALL.label, 0), (State.GOODS.label, 1), (State.FINANCE.label, 1), (State.NEW.label, 1),
        (State.LATE.label, 0), (State.DONE.label, 0), (State.CANCELLED.label, 0),
    ]  # fmt: skip
    assert listed(reader, state="'; --") == [made["goods"]]


def test_a_long_list_is_not_counted_to_its_end(reader, monkeypatch):
    monkeypatch.setattr("n2store.counting.COUNTED_MAX", 2)
    for number in range(3):
        ticket("BOOM", status="PENDING_GOODS", phone=f"090931820{number}")

    assert '<span class="n2-count ">2+</span>' in reader.get(LIST).content.decode()


@time_machine.travel("2026-11-21T17:30:00Z", tick=False)  # Half past midnight on the 22nd in Vietnam.
def test_the_tab_of_completed_tickets_says_how_many_were_completed_today(reader):
    early, late, deleted, _open = (
        ticket("BOOM", status=status, phone=f"090931820{n}")
        for n, status in enumerate(["COMPLETED", "COMPLETED", "COMPLETED", "PENDING_GOODS"])
    )
    Ticket.objects.filter(pk=early.pk).update(completed_at="2026-11-21T16:59:59Z")
    Ticket.objects.filter(pk=late.pk).update(completed_at="2026-11-21T17:00:00Z")
    Ticket.objects.filter(pk=deleted.pk).update(deleted_at=timezone.now(), deleted_by="chu")

    page = reader.get(LIST)

    assert {tab["label"]: tab["today"] for tab in page.context["lists"] if tab["today"]} == {State.DONE.label: "1"}
    assert "· hôm nay 1</span>" in page.content.decode()


def test_what_was_completed_today_is_counted_by_an_index(db):
    owner, now = ticket("BOOM").customer, timezone.now()
    Ticket.objects.bulk_create(
        Ticket(
            code=f"TV-2025-{number:05}", customer=owner, type="BOOM", status="COMPLETED", actor="chu",
            completed_at=now - timedelta(days=number),
        )
        for number in range(1, 2_000)
    )  # fmt: skip
    statement, values = Ticket.objects.kept().filter(completed_today(now)).query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE tickets_ticket")
        cursor.execute(f"EXPLAIN {statement}", values)
        plan = "\n".join(line for (line,) in cursor.fetchall())

    assert "ticket_completed_lately" in plan


def test_the_queue_begins_with_platinum_then_what_is_urgent_then_the_nearest_deadline(reader):
    plain, precious, urgent, near = (ticket("BOOM", status="PENDING_GOODS", phone=f"090931820{n}") for n in range(4))
    Customer.objects.filter(pk=precious.customer_id).update(tier="platinum")
    Ticket.objects.filter(pk=urgent.pk).update(priority="urgent")
    Ticket.objects.filter(pk=near.pk).update(carrier_deadline_at=timezone.now() + timedelta(hours=3))

    assert listed(reader) == [precious.code, urgent.code, near.code, plain.code]


def test_late_are_those_beyond_the_carriers_time_and_returns_beyond_their_policys(reader):
    now = timezone.now()
    claim, old, young, closed = (
        ticket(type, status=status)
        for type, status in [
            ("BOOM", "PENDING_GOODS"), ("RETURN_SHIPPER", "PENDING_GOODS"), ("RETURN_SHIPPER", "PENDING_GOODS"),
            ("BOOM", "COMPLETED"),
        ]
    )  # fmt: skip
    Ticket.objects.filter(pk__in=[claim.pk, closed.pk]).update(carrier_deadline_at=now - timedelta(minutes=1))
    Ticket.objects.filter(pk=old.pk).update(created_at=now - timedelta(days=20, minutes=1))
    Ticket.objects.filter(pk=young.pk).update(created_at=now - timedelta(days=19))

    page = reader.get(LIST, {"state": "late"}).content.decode()

    assert sorted(listed(reader, state="late")) == sorted([claim.code, old.code])
    assert page.count('data-value="late"') == 2
    assert "3, 2 trễ" in page  # The menu: open, and how many of them are late.


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("0909 318 264", True), ("+84909318264", True), ("tv-20", True), ("njd/2026/77", True), ("2026/77", True),
        ("0987654321", False), ("TV-1999", False), ("%", False), ("x" * 300, False),
    ],
)  # fmt: skip
def test_a_search_looks_in_every_list(reader, text, found):
    made = ticket("BOOM", status="COMPLETED", order_id="NJD/2026/77")

    assert listed(reader, q=text) == [made.code] * found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("thu hà", True), ("Pham Thu Ha", True), ("PHẠM", True), ("spx001vn", True), ("SPX001VN", True),
        ("{number:05}", True), ("{number}", True), ("tv-{year}-{number}", True), ("TV-{year}-{number:05}", True),
        ("Thu Hằng", False), ("SPX001", False), ("99999", False), ("tv-{year}-99999", False), ("%", False),
    ],
)  # fmt: skip
def test_a_search_knows_names_parcels_and_the_numbers_of_codes(reader, text, found):
    made = ticket("BOOM", status="COMPLETED", customer_name="Phạm Thu Hà", tracking_code="SPX001VN", order_id="DON")
    year, number = map(int, made.code.split("-")[1:])

    assert listed(reader, q=text.format(year=year, number=number)) == [made.code] * found


def test_a_search_finds_what_has_two_reasons_once(reader):
    made = ticket("BOOM", customer_name="Phạm Thu Hà", order_id="ha-1")
    other = ticket("OTHER", phone="0909318265", customer_name="Lan", order_id="HA-2")

    assert sorted(listed(reader, q="ha")) == sorted([made.code, other.code])


def test_a_search_stays_when_one_goes_to_another_list(reader):
    page = reader.get(LIST, {"q": "0909318264"})

    assert all("q=0909318264" in tab["query"] for tab in page.context["lists"])


def test_what_strangers_wrote_is_shown_harmless(reader):
    goods = [{"name": HOSTILE, "code": HOSTILE, "quantity": 1}]
    made = ticket("BOOM", status="PENDING_GOODS", description=HOSTILE, order_id="<b>1", products=goods)

    pages = [reader.get(address).content.decode() for address in (LIST, f"{LIST}{made.pk}/change/")]

    assert not [page for page in pages if "<script>alert" in page or "<img src=x" in page or "<b>1" in page]


@pytest.mark.parametrize("role", Role)
def test_everybody_looks_and_only_those_who_open_tickets_are_offered_it(role):
    page = logged_in(role).get(LIST)

    assert page.status_code == 200
    assert (f"{LIST}add/" in page.content.decode()) == (role is not Role.VIEWER)


def test_who_looks_after_a_ticket_is_told_by_name_and_narrows_every_list(reader):
    lan = User.objects.create_user(username="lan", first_name="Lan", last_name="Trần", is_staff=True)
    lan.groups.add(Group.objects.get(name=Role.WAREHOUSE.value))
    mine, hers, strange, free = (
        ticket("BOOM", status="PENDING_GOODS", assigned_to=name)
        for name in ("staff-customer_care", "lan", "Ai đó", "")
    )  # fmt: skip
    done = ticket("BOOM", status="COMPLETED", assigned_to="lan")

    page = reader.get(LIST)
    text = page.content.decode()

    asked = {"mine": [mine], "nobody": [free], "of:lan": [hers], "of:Ai đó": [strange], "of:": [], "'": None}
    everything = [row.code for row in (mine, hers, strange, free)]
    for value, found in asked.items():
        assert listed(reader, assignee=value) == ([row.code for row in found] if found is not None else everything)
    assert listed(reader, assignee="of:lan", state="done") == [done.code]
    assert [name in text for name in (">Lan Trần</span>", ">Ai đó</span>", ">lan</span>")] == [True, True, False]
    [spec] = [one for one in page.context["cl"].filter_specs if getattr(one, "parameter_name", "") == "assignee"]
    assert [value for value, _ in spec.lookup_choices] == ["mine", "nobody", "of:lan", "of:staff-customer_care"]


def test_somebodys_tickets_are_found_by_index(reader):
    owner = ticket().customer_id
    Ticket.objects.bulk_create(
        Ticket(
            code=f"TV-2025-{number:05}", customer_id=owner, type="BOOM", actor="import",
            assigned_to="lan" if number % 100 == 0 else f"ai-{number % 7}",
        )
        for number in range(2_000)
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE tickets_ticket")

    page = reader.get(LIST, {"state": "all", "assignee": "of:lan"})

    assert "ticket_newest_of_assignee" in page.context["cl"].queryset.explain()


def test_ones_own_tickets_are_a_click_away_and_stay_from_list_to_list(reader):
    page = reader.get(LIST, {"state": "new", "p": "1"})
    own = reader.get(f"{LIST}?{page.context['mine']['query']}")

    assert (page.context["mine"], own.context["mine"]) == (
        {"here": False, "query": "state=new&assignee=mine"}, {"here": True, "query": "state=new"},
    )  # fmt: skip
    assert all("assignee=mine" in tab["query"] for tab in own.context["lists"])


def test_without_a_role_nothing_is_shown():
    made = ticket()

    assert [logged_in(None).get(address).status_code for address in (LIST,)] == [403]
    assert Client().get(f"{LIST}{made.pk}/change/").status_code == 302


@pytest.mark.parametrize("address", ["999999", "9" * 40, "abc"])
def test_what_is_not_there_is_a_404(reader, address):
    assert reader.get(f"{LIST}{address}/change/").status_code == 404


def test_the_list_listens_to_tickets(reader):
    page = reader.get(LIST).content.decode()

    assert re.search(r'data-events="ticket.created ticket.updated ticket.completed ticket.deleted"', page)
    assert "channels=tickets" in page
