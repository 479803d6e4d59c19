"""Tickets on the customer's 360 screen."""

import pytest

from n2store.roles import Role
from tests.factories.staff import logged_in
from tests.factories.tickets import OWNER, PHONE, ticket
from tests.tickets.test_admin import HOSTILE
from tickets.deleting import delete

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
