"""The large data set, made small: what its recipes write is what the shop itself would have kept."""

import psycopg
import pytest
from django.db import connection

from bench import dataset
from customers.models import Order, OrderStatus
from customers.orders.queries import wrong_figures
from customers.rfm.scoring import recalculate
from tickets import marks, tally
from tickets.models import Compensation, Ticket, TicketStatus, TicketType
from wallets.queries import verify_ledger

SMALL = {
    "customers": 60, "transfers": 200, "fat": 4, "fat_transfers": 40, "lot_owners": 30, "lots_each": 3, "orders": 800,
    "busy": 10, "tickets": 280, "open_tickets": 40,
}  # fmt: skip


@pytest.mark.django_db
def test_kept_figures_balances_and_counts_are_what_a_recount_says() -> None:
    connection.ensure_connection()
    with psycopg.ClientCursor(connection.connection) as cursor:
        dataset.fill(cursor, **SMALL)

    assert verify_ledger() == []
    assert wrong_figures() == []
    assert (tally.wrong(), marks.wrong()) == ([], [])
    assert {*Order.objects.values_list("status", flat=True)} == {*OrderStatus.values} - {OrderStatus.OPEN}
    assert {*Ticket.objects.values_list("type", flat=True)} == {*TicketType.values}
    assert {*Ticket.objects.values_list("status", flat=True)} == {*TicketStatus.values}
    given = Compensation.objects.select_related("ticket", "credit__wallet")
    assert given.count() > 10
    assert all(one.credit is not None and one.ticket.customer_id == one.credit.wallet.customer_id for one in given)
    assert recalculate(by="test").scores == SMALL["customers"]
