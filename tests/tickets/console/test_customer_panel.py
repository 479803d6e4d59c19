"""Tickets on the customer's 360 screen."""

import pytest
from django.utils import timezone

from n2store.roles import Role
from tests.factories.orders import order, taken
from tests.factories.staff import logged_in
from tests.factories.tickets import OWNER, PHONE, ticket
from tests.tickets.test_admin import HOSTILE
from tickets.deleting import delete
from wallets.models import Source
from wallets.operations import deposit

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("role", [Role.CUSTOMER_CARE, Role.VIEWER])
def test_the_newest_tickets_are_shown_and_who_may_opens_another(role):
    made = ticket("BOOM", status="PENDING_GOODS", refund_amount=350_000, order_id=HOSTILE)
    gone = ticket()
    delete(caller=OWNER, ticket_id=gone.pk)

    page = logged_in(role).get(f"/admin/customers/customer/{made.customer_id}/change/").content.decode()

    assert f"/admin/tickets/ticket/{made.pk}/change/" in page
    assert "350.000 ₫" in page
    assert f'data-row="ticket-{gone.pk}"' not in page
    assert (f"/admin/tickets/ticket/add/?phone={PHONE}" in page) == (role is not Role.VIEWER)
    assert "<script>alert" not in page


def test_the_part_that_is_drawn_anew_has_them_too():
    made = ticket("BOOM")

    part = logged_in(Role.CUSTOMER_CARE).get(f"/admin/customers/customer/{made.customer_id}/live/").content.decode()

    assert f'data-row="ticket-{made.pk}"' in part


def test_the_360_screen_has_scores_wallet_and_tickets_side_by_side():
    made = ticket("BOOM", status="PENDING_GOODS", refund_amount=350_000)
    taken(order("A", phone=PHONE))
    deposit(
        customer=made.customer, amount_vnd=120_000, key="d", source=Source.MANUAL_ADJUSTMENT, at=timezone.now(), by="x"
    )

    page = logged_in(Role.CUSTOMER_CARE).get(f"/admin/customers/customer/{made.customer_id}/change/").content.decode()

    assert 'id="n2-tickets"' in page
    assert f'data-row="ticket-{made.pk}"' in page
    assert f"/admin/customers/customer/{made.customer_id}/scoring/" in page
    assert "120.000 ₫" in page
    assert 'data-owed="owed_to_carrier"' in page
