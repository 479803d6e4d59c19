"""The kept counts of tickets are what a recount says, after every kind of write, and a lie is found."""

from contextlib import suppress
from random import Random

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from n2store.errors import DomainError
from tests.factories.tickets import OWNER, ticket
from tickets import changing, deleting, resolving, tally
from tickets.completing import Award
from tickets.models import CompensationKind, Tally, Ticket, TicketType
from tickets.workflow import Move

WRITES = 120


def _write_something(random: Random) -> None:
    made = Ticket.objects.kept().order_by("?").first() if random.random() < 0.7 else None
    if made is None:
        ticket(random.choice(TicketType.values), order_id="", refund_amount=random.randrange(1, 30) * 10_000)
        return
    what = random.randrange(6)
    if what == 0:
        deleting.delete(caller=OWNER, ticket_id=made.pk, for_good=random.random() < 0.3)
    elif what == 1:
        award = Award(kind=random.choice((CompensationKind.CREDIT, CompensationKind.DEPOSIT)), amount_vnd=20_000)
        resolving.resolve(caller=OWNER, ticket_id=made.pk, award=award, write_off_reason="Đủ rồi")
    elif what == 2:
        changing.change(caller=OWNER, ticket_id=made.pk, given={"refund_amount": random.randrange(1, 30) * 10_000})
    else:
        changing.move(caller=OWNER, ticket_id=made.pk, move=random.choice([*Move]))


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(3))
def test_the_counts_are_a_recount_after_any_writes(seed: int) -> None:
    random, done = Random(seed), 0
    for _ in range(WRITES):
        with suppress(DomainError):
            _write_something(random)
            done += 1

    assert tally.wrong() == []
    assert done > WRITES / 4
    with connection.cursor() as cursor:
        cursor.execute("SELECT tickets_fold()")
    assert tally.wrong() == []


@pytest.mark.django_db
def test_a_lie_in_the_counts_is_named() -> None:
    ticket("BOOM")
    Tally.objects.create(status="COMPLETED", type="BOOM", tickets=2, refund_vnd=5)

    [found] = tally.wrong()

    assert (found.status, found.type, found.tickets_kept, found.tickets) == ("COMPLETED", "BOOM", 2, 0)
    assert (found.refund_kept_vnd, found.refund_vnd) == (5, 0)


@pytest.mark.django_db
def test_the_command_proves_orders_and_tickets_or_names_the_fault(capsys: pytest.CaptureFixture[str]) -> None:
    made = ticket("BOOM")
    call_command("figures_verify")
    assert "Kept figures are true" in capsys.readouterr().out

    with connection.cursor() as cursor:
        cursor.execute("UPDATE customers_orderstats SET total_orders = 7 WHERE customer_id = %s", [made.customer_id])
    Tally.objects.create(status="", type="", credit_vnd=1)
    with pytest.raises(CommandError, match="2 kept figures"):
        call_command("figures_verify")

    told = capsys.readouterr().err
    assert f"customer {made.customer_id}" in told
    assert "credit of tickets" in told
