"""Lists, counts and the customer's card."""

import json
import random
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import Q, Sum
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from customers.models import Customer
from n2store.errors import DomainError
from tests.factories.tickets import OWNER, PHONE, ticket
from tests.threads import at_once
from tickets import changing, queries
from tickets.completing import Award
from tickets.deleting import delete
from tickets.models import CompensationKind, Tally, Ticket, TicketStatus, TicketType
from tickets.resolving import resolve
from tickets.tasks import fold_tally

OTHER_PHONE = "0909318265"


def codes(api: APIClient, query: str) -> list[str]:
    answer = api.get(f"/api/v2/tickets?{query}")
    assert answer.status_code == 200, answer.content
    return [row["ticket_code"] for row in answer.json()["data"]]


def test_each_filter_narrows_and_both_versions_answer_alike(api: APIClient) -> None:
    boom = ticket("BOOM", order_id="NJD/2026/001", assigned_to="lan", priority="high")
    fix = ticket("FIX_COD", order_id="njd/2026/002", phone=OTHER_PHONE, status="PENDING_FINANCE")
    wanted = {
        "": [fix, boom],
        "status=PENDING": [boom],
        "status=PENDING,PENDING_FINANCE": [fix, boom],
        "status=completed": [],
        "type=FIX_COD": [fix],
        "type=BOOM&status=PENDING": [boom],
        "priority=high": [boom],
        "assigned_to=lan": [boom],
        f"phone={OTHER_PHONE}": [fix],
        "phone=%2B84909318264": [boom],
        f"customer_id={boom.customer_id}": [boom],
        "order_id=NJD/2026": [fix, boom],
        "order_id=/002": [fix],
        "order_id=%25": [],
        "order_id=_": [],
        "order_id=%5C": [],
        "order_id='; DROP TABLE tickets_ticket; --": [],
        "assigned_to=' OR 1=1 --": [],
    }
    for query, found in wanted.items():
        assert (query, codes(api, query)) == (query, [row.code for row in found])
        assert api.get(f"/api/ticket?{query}").json() == api.get(f"/api/v2/tickets?{query}").json()


@pytest.mark.parametrize(
    "query",
    [
        "status=DELETED", "type=GIFT", "type=BOOM'--", "priority=x", "phone=abc", "customer_id=x", "page=abc",
        "limit=x", "cursor=x", "order_id=%00", "sort=name", "customer_id=99999999999999999999",
    ],
)  # fmt: skip
@pytest.mark.parametrize("address", ["/api/ticket", "/api/v2/tickets"])
def test_garbage_is_a_400(api: APIClient, address: str, query: str) -> None:  # W12
    assert api.get(f"{address}?{query}").status_code == 400


@pytest.mark.parametrize("query", ["page=0", "page=-1", "limit=0", "limit=100000", "page=99999999"])
def test_numbers_out_of_range_are_brought_into_it(api: APIClient, query: str) -> None:
    assert api.get(f"/api/v2/tickets?{query}").status_code == 200


def test_pages_by_number_and_by_cursor(api: APIClient) -> None:
    made = [ticket().code for _ in range(5)][::-1]

    first = api.get("/api/v2/tickets?limit=2").json()["pagination"]

    assert (first["page"], first["limit"], first["total"], first["totalPages"], first["totalIsEstimate"]) == (
        1, 2, 5, 3, False,
    )  # fmt: skip
    assert [codes(api, f"limit=2&page={page}") for page in (1, 2, 3, 4)] == [made[:2], made[2:4], made[4:], []]
    second = api.get(f"/api/v2/tickets?limit=2&cursor={first['next_cursor']}").json()
    third = api.get(f"/api/v2/tickets?limit=2&cursor={second['pagination']['next_cursor']}").json()
    assert [row["ticket_code"] for row in second["data"] + third["data"]] == made[2:]
    assert third["pagination"]["next_cursor"] is None


def test_the_total_is_the_same_on_every_page(api: APIClient) -> None:
    for _ in range(5):
        ticket()

    for query in ("", "priority=normal&", f"phone={PHONE}&", "status=PENDING&"):
        pages = [api.get(f"/api/v2/tickets?{query}limit=2&page={page}").json() for page in (1, 2, 3, 4)]
        assert (query, {page["pagination"]["total"] for page in pages}) == (query, {5})


def test_the_queue_serves_platinum_first_then_what_is_urgent_then_what_the_carrier_must_answer(api: APIClient) -> None:
    normal = ticket("BOOM", phone=OTHER_PHONE)
    near = ticket("BOOM", phone=OTHER_PHONE, status="PENDING_GOODS")
    Ticket.objects.filter(pk=near.pk).update(carrier_deadline_at=timezone.now() + timedelta(days=1))
    urgent = ticket("BOOM", phone=OTHER_PHONE, priority="urgent")
    platinum = ticket("BOOM", priority="low")
    Customer.objects.filter(phone=PHONE).update(tier="platinum")

    assert codes(api, "sort=queue") == [row.code for row in (platinum, urgent, near, normal)]


@pytest.mark.parametrize("query", ["", "?status=PENDING&type=BOOM", f"?phone={PHONE}&limit=1", "?order_id=x"])
def test_a_page_is_one_statement(api: APIClient, query: str, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    for number in range(3):
        ticket("BOOM", order_id=f"x{number}")
    api.get("/api/v2/tickets")
    with django_assert_num_queries(1):
        api.get(f"/api/v2/tickets{query}")


def test_a_detail_and_the_figures_are_one_statement_each(
    api: APIClient, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    made = ticket()
    api.get("/api/v2/tickets")
    with django_assert_num_queries(1):
        api.get(f"/api/v2/tickets/{made.code}")
    with django_assert_num_queries(1):
        api.get("/api/v2/tickets/stats")


def recounted() -> dict[str, Any]:
    """Return the figures, counted from the tickets themselves."""
    kept = Ticket.objects.kept()
    figures: dict[str, Any] = {"total_tickets": kept.count()}
    for status in TicketStatus.values:
        figures[f"{status.lower()}_count"] = kept.filter(status=status).count()
    for type in TicketType.values:
        figures[f"{type.lower()}_count"] = kept.filter(type=type).count()
    figures |= kept.aggregate(total_refunded=Sum("refund_vnd", filter=Q(status="COMPLETED"), default=0))
    given = Ticket.objects.aggregate(
        total=Sum(
            "compensations__amount_vnd",
            filter=Q(compensations__kind="virtual_credit", compensations__revoked_at=None), default=0,
        )
    )  # fmt: skip
    return figures | {"total_virtual_issued": given["total"]}


def act(chance: random.Random) -> None:
    """Do something or other to some ticket, or open one."""
    tickets = list(Ticket.objects.kept())
    what = chance.randrange(7)
    if what < 3 or not tickets:
        ticket(chance.choice(TicketType.values), refund_amount=chance.randrange(1, 9) * 10_000)
        return
    made = chance.choice(tickets)
    try:
        if what == 3:
            resolve(
                caller=OWNER, ticket_id=made.pk,
                award=Award(kind=CompensationKind.CREDIT, amount_vnd=made.refund_vnd or 0),
            )  # fmt: skip
        elif what == 4:
            changing.change(caller=OWNER, ticket_id=made.pk, given={"refund_amount": chance.randrange(1, 9) * 10_000})
        elif what == 5:
            changing.change(caller=OWNER, ticket_id=made.pk, given={"status": chance.choice(TicketStatus.values)})
        else:
            delete(caller=OWNER, ticket_id=made.pk, for_good=chance.random() < 0.5)
    except DomainError:
        return


@pytest.mark.parametrize("seed", range(3))
def test_counts_kept_by_the_writes_are_what_a_recount_says(db: None, seed: int) -> None:
    chance = random.Random(seed)
    for step in range(60):
        act(chance)
        if step % 20 == 7:
            fold_tally()
        assert json.loads(queries.statistics()) == recounted()


@pytest.mark.django_db(transaction=True)
def test_counts_are_right_when_they_are_folded_while_tickets_are_written() -> None:
    def work(number: int) -> None:
        if number % 4 == 0:
            fold_tally()
        else:
            act(random.Random(number))

    at_once(work, range(60))
    fold_tally()

    assert json.loads(queries.statistics()) == recounted()
    assert Tally.objects.count() == Tally.objects.values("status", "type").distinct().count()


def test_a_customers_card_shows_the_newest_and_counts(db: None) -> None:
    open_one = ticket("BOOM", refund_amount=10_000)
    done = ticket("FIX_COD", status="COMPLETED", refund_amount=30_000)
    ticket(phone=OTHER_PHONE)
    delete(caller=OWNER, ticket_id=ticket().pk)

    card = json.loads(queries.card(open_one.customer_id))

    assert [row["ticket_code"] for row in card["recentTickets"]] == [done.code, open_one.code]
    assert card["ticketStats"] == {
        "total": 2, "pending": 1, "completed": 1, "returned": 0, "total_refunded": 30_000,
    }  # fmt: skip
    assert queries.open_count(open_one.customer_id) == 1
    assert list(queries.tickets_of(open_one.customer_id)) == [done, open_one]


def test_amounts_are_numbers_and_instants_are_utc(api: APIClient) -> None:  # W16, W23
    made = ticket("BOOM", refund_amount="150000.00", tpos_order_id=77)
    row = api.get(f"/api/ticket/{made.code}").json()["data"]

    assert (row["refund_amount"], row["tpos_order_id"], row["original_cod"]) == (150_000, 77, None)
    assert row["created_at"] == made.created_at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    assert (row["wallet_balance"], row["wallet_virtual"], row["customer_full_name"]) == (0, 0, "Khách hàng mới")


def test_every_filter_of_a_long_list_has_an_index(db: None) -> None:
    names = set()
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexname FROM pg_indexes WHERE tablename = 'tickets_ticket'")
        names = {name for (name,) in cursor.fetchall()}

    assert names >= {
        "ticket_newest", "ticket_newest_of_status", "ticket_newest_of_type", "ticket_newest_of_both",
        "ticket_newest_of_priority", "ticket_newest_of_assignee", "ticket_newest_of_customer", "ticket_order_part",
    }  # fmt: skip
