"""The queue: read from an index by marks, and yet always in the order of the customers' tiers themselves."""

import json
import random
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from customers import blacklist
from customers.fraud import cases
from customers.models import Customer, FraudCase
from customers.operations import update_profile
from customers.rfm.scoring import recalculate
from n2store.errors import DomainError
from n2store.windows import write_cursor
from tests.customers.fraud.test_cases import night, suspect
from tests.customers.rfm.test_scoring import loyal
from tests.factories.orders import NOON
from tests.factories.tickets import OWNER, PHONE, ticket
from tests.threads import at_once
from tickets import changing, marks
from tickets.deleting import delete
from tickets.lists import Wanted, listed
from tickets.models import Priority, Ticket, TicketStatus, TierMove
from tickets.orders import NEWEST, QUEUE, Order
from tickets.tasks import settle_queue
from tickets.workflow import OPEN

PLAINLY = """
    SELECT t.code FROM tickets_ticket t JOIN customers_customer c ON c.id = t.customer_id
    WHERE t.deleted_at IS NULL AND t.status NOT IN ('COMPLETED', 'CANCELLED')
    ORDER BY c.tier = 'platinum' DESC, array_position(ARRAY['urgent', 'high', 'normal', 'low'], t.priority::text),
             t.carrier_deadline_at NULLS LAST, t.id
"""
SETTLED_WITHIN_S = 240
OTHERS = ["0909318265", "0909318266", "0909318267"]
_limits = count(301)
"""By its limit a statement is known again."""


def plainly() -> list[str]:
    """Return the codes of the queue, sorted by what is true of each ticket and its customer."""
    with connection.cursor() as cursor:
        cursor.execute(PLAINLY)
        return [code for (code,) in cursor.fetchall()]


def walked(limit: int = 3) -> list[str]:
    """Return the codes of the queue, page by page by the cursor."""
    found: list[str] = []
    after: tuple[Any, ...] | None = None
    while True:
        page = listed(Wanted(), limit=limit, after=after, order=QUEUE)
        found += [row["ticket_code"] for row in json.loads(page.data)]
        if page.last is None or page.rows < limit:
            return found
        after = tuple(page.last)


def shelf() -> None:
    """Open tickets of several customers, of every priority, with and without a deadline."""
    now = timezone.now()
    for number, phone in enumerate([PHONE, *OTHERS] * 3):
        made = ticket("BOOM", phone=phone, priority=Priority.values[number % 4])
        if number % 3 == 0:
            Ticket.objects.filter(pk=made.pk).update(carrier_deadline_at=now + timedelta(days=number % 2))


def settled() -> None:
    """Settle the marks, however long the server's other transactions take: those of another run of tests as well."""
    until = time.monotonic() + SETTLED_WITHIN_S
    while TierMove.objects.exists():
        marks.settle()
        assert time.monotonic() < until


def in_order() -> None:
    """Assert that the queue is in its order now, and still when the marks are settled, which it then goes by."""
    assert walked() == plainly()
    settled()
    assert walked() == plainly()
    assert marks.wrong() == []


def _known() -> Customer:
    return Customer.objects.get(phone=PHONE)


def _by_hand(tier: str) -> None:
    update_profile(customer_id=_known().pk, changes={"tier": tier}, by="lan")


def _taken() -> None:
    _by_hand("platinum")
    _by_hand("gold")


def _scored_well() -> None:
    loyal()
    recalculate(by="lan", at=NOON)


def _scored_badly() -> None:
    _by_hand("platinum")
    recalculate(by="lan", at=NOON, customers=[_known().pk])


def _listed() -> None:
    _by_hand("platinum")
    blacklist.mark(customer_id=_known().pk, reason="Bom hàng", by="lan")


def _unlisted() -> None:
    _listed()
    blacklist.unmark(customer_id=_known().pk, reason="Nhầm", by="lan")


def _suspected() -> None:
    suspect("platinum", phone=PHONE)
    night()


def _overturned() -> None:
    _suspected()
    cases.overturn(caller=OWNER, case_id=FraudCase.objects.latest("pk").pk, reason="Không phải")


def _plain_sql() -> None:
    Customer.objects.filter(phone=PHONE).update(tier="platinum")


DOORS: dict[str, tuple[Callable[[], None], str]] = {
    "by hand": (lambda: _by_hand("platinum"), "platinum"),
    "taken by hand": (_taken, "gold"),
    "scored": (_scored_well, "platinum"),
    "scored down": (_scored_badly, "new"),
    "blacklisted": (_listed, "blacklist"),
    "taken off the blacklist": (_unlisted, "platinum"),
    "suspected": (_suspected, "blacklist"),
    "overturned": (_overturned, "platinum"),
    "plain SQL": (_plain_sql, "platinum"),
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("door", DOORS)
def test_a_tier_that_changes_by_whichever_door_changes_the_queue_at_once(door: str) -> None:
    shelf()
    Customer.objects.filter(phone=OTHERS[0]).update(tier="platinum")
    settled()
    change, tier = DOORS[door]

    change()

    assert _known().tier == tier
    in_order()
    served = Ticket.objects.filter(customer__phone=PHONE, code__in=walked()[:6])
    assert served.count() == (3 if tier == "platinum" else served.filter(priority="urgent").count())


def _something(chance: random.Random) -> None:
    """Do something that may change who is served first."""
    made = Ticket.objects.kept().order_by("?").first()
    what = chance.randrange(8)
    if what < 2 or made is None:
        ticket("BOOM", phone=chance.choice([PHONE, *OTHERS]), priority=chance.choice(Priority.values))
    elif what < 5:
        phone = chance.choice([PHONE, *OTHERS])
        update_profile(
            customer_id=Customer.objects.get(phone=phone).pk,
            changes={"tier": chance.choice(["platinum", "gold"])}, by="lan",
        )  # fmt: skip
    elif what == 5:
        changing.change(caller=OWNER, ticket_id=made.pk, given={"priority": chance.choice(Priority.values)})
    elif what == 6:
        changing.change(caller=OWNER, ticket_id=made.pk, given={"status": chance.choice(TicketStatus.values)})
    else:
        delete(caller=OWNER, ticket_id=made.pk)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("seed", range(2))
def test_the_order_holds_after_any_writes_settled_or_not(seed: int) -> None:
    chance = random.Random(seed)
    shelf()
    for step in range(40):
        with suppress(DomainError):
            _something(chance)
        if step % 9 == 8:
            marks.settle()
        assert walked(4) == plainly()
    in_order()


@pytest.mark.django_db(transaction=True)
def test_a_ticket_that_is_opened_while_the_tier_changes_is_in_its_place() -> None:
    shelf()
    loyal()
    marked, judged = threading.Event(), threading.Event()

    def opening() -> None:
        with transaction.atomic():
            ticket("BOOM", priority="urgent")
            marked.set()
            assert judged.wait(60)

    def judging() -> None:
        assert marked.wait(60)
        recalculate(by="lan", at=NOON)
        marks.settle()  # Must not forget: the other has read the tier of before, and nobody sees its ticket yet.
        judged.set()

    at_once(lambda work: work(), [opening, judging])

    late = Ticket.objects.latest("pk")
    assert not late.platinum
    assert TierMove.objects.exists()
    in_order()
    late.refresh_from_db()
    assert late.platinum


@pytest.mark.django_db(transaction=True)
def test_a_ticket_that_somebody_holds_is_marked_the_next_time() -> None:
    shelf()
    _by_hand("platinum")

    with transaction.atomic():
        list(Ticket.objects.select_for_update().filter(customer__phone=PHONE).order_by("pk"))
        at_once(lambda _: marks.settle(), [None])  # From another connection; it does not wait.

    assert TierMove.objects.exists()
    in_order()


@pytest.mark.django_db(transaction=True)
def test_many_at_once_end_in_order() -> None:
    shelf()

    def work(number: int) -> None:
        chance = random.Random(number)
        if number % 5 == 0:
            settle_queue()
        else:
            with suppress(DomainError):
                _something(chance)

    at_once(work, range(48))

    in_order()


@pytest.mark.django_db(transaction=True)
def test_what_is_opened_again_is_marked_anew() -> None:
    made = ticket(status="CANCELLED")
    Customer.objects.filter(phone=PHONE).update(tier="platinum")
    settled()

    Ticket.objects.filter(pk=made.pk).update(status="PENDING")

    in_order()


def test_the_queue_holds_what_is_open(api: APIClient) -> None:
    waits, done = ticket(), ticket(status="COMPLETED")

    def asked(query: str) -> tuple[list[str], int]:
        page = api.get(f"/api/v2/tickets?sort=queue{query}").json()
        return [row["ticket_code"] for row in page["data"]], page["pagination"]["total"]

    assert asked("") == ([waits.code], 1)
    assert asked("&status=PENDING,COMPLETED") == ([waits.code], 1)
    assert asked("&status=COMPLETED") == ([], 0)
    assert asked(f"&order_id={done.order_id or 'x'}") == ([], 0)


def test_the_queue_has_pages_by_number_and_by_cursor(api: APIClient) -> None:
    shelf()
    Customer.objects.filter(phone=PHONE).update(tier="platinum")

    for query in ("", "&status=PENDING", "&type=BOOM", f"&phone={PHONE}", "&priority=urgent"):
        whole = [row["ticket_code"] for row in api.get(f"/api/v2/tickets?sort=queue{query}").json()["data"]]
        for by_number in (True, False):
            found: list[str] = []
            place: str = "page=1"
            while place:
                page = api.get(f"/api/v2/tickets?sort=queue&limit=2&{place}{query}").json()
                found += [row["ticket_code"] for row in page["data"]]
                more, cursor = page["pagination"]["page"] + 1, page["pagination"]["next_cursor"]
                place = f"page={more}" if by_number else f"cursor={cursor}"
                assert page["pagination"]["total"] == len(whole)
                if not page["data"] or not cursor:
                    break
            assert (query, by_number, found) == (query, by_number, whole)


@pytest.mark.parametrize(
    "key", [[5], [0, "soon", 1], [0, "2026-01-01", 1], [0, 5, 1], ["0", "infinity", 1], [0, "infinity"], [0, "\0", 1]]
)
def test_a_cursor_of_another_list_is_a_400(api: APIClient, key: list[Any]) -> None:
    assert api.get(f"/api/v2/tickets?sort=queue&cursor={write_cursor(key)}").status_code == 400


@pytest.mark.django_db
def test_the_queue_is_read_from_its_index() -> None:
    shelf()
    with CaptureQueriesContext(
        connection,
    ) as seen:
        listed(Wanted(), limit=50, order=QUEUE)
        listed(Wanted(statuses=("PENDING",), types=("BOOM",)), limit=50, after=(4, "infinity", 7), order=QUEUE)

    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_bitmapscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
        plans = []
        for query in seen.captured_queries:
            cursor.execute("EXPLAIN " + query["sql"])
            plans.append("\n".join(line for (line,) in cursor.fetchall()))
    assert all("Index Scan using ticket_in_queue" in plan for plan in plans), plans
    [told_by_index] = [line for line in plans[1].splitlines() if "Index Cond: ((ROW(queue_rank" in line]
    assert "(status)::text = ANY" in told_by_index
    assert "(type)::text = ANY" in told_by_index


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("wanted", "order"),
    [
        ([Wanted(statuses=("PENDING",), assigned_to=f"staff-{number}") for number in range(12)], NEWEST),
        ([Wanted(statuses=(status,), types=("BOOM",)) for status in [*TicketStatus.values] * 2], NEWEST),
        ([Wanted(statuses=(status,), types=("BOOM",)) for status in [*OPEN] * 3], QUEUE),
        ([Wanted(statuses=(*OPEN[:count],)) for count in [1, 2, 3] * 4], QUEUE),
    ],
    ids=["assignees", "states", "queues", "queues-of-several"],
)
def test_the_plan_of_a_list_is_kept(wanted: list[Wanted], order: Order) -> None:
    """Hold what is asked with other values to one statement, planned a few times and then no more."""
    shelf()
    limit = next(_limits)
    for one in wanted:
        listed(one, limit=limit, order=order)

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT generic_plans, custom_plans FROM pg_prepared_statements WHERE position(%s IN statement) > 0",
            [f"LIMIT {limit} "],
        )
        [(kept, anew)] = cursor.fetchall()
    assert kept > 0
    assert anew <= 5


@pytest.mark.django_db
def test_how_many_are_in_a_queue_is_guessed_by_what_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hold the guess to the words that PostgreSQL knows the shares of, as where the newest come first."""
    guessed: list[Any] = []
    monkeypatch.setattr("tickets.lists.known_estimate", lambda *said: guessed.append(said))
    wanted = Wanted(statuses=("PENDING", "IN_PROGRESS"), types=("BOOM",), assigned_to="lan")
    for order in (NEWEST, QUEUE):
        listed(wanted, limit=5, order=order)

    assert "t.status IN ('PENDING', 'IN_PROGRESS')" in guessed[0][0]
    assert guessed[0] == guessed[1]


@pytest.mark.django_db
def test_a_mark_that_lies_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    made = ticket()
    Ticket.objects.filter(pk=made.pk).update(platinum=True)

    assert marks.wrong() == [made.code]
    with pytest.raises(CommandError, match="1 kept figures"):
        call_command("figures_verify")
    assert f"ticket {made.code}" in capsys.readouterr().err
