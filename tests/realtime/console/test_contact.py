"""The screen that says whose contact it is."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from customers.models import Customer
from n2store.models import AuditLog, Outcome
from n2store.roles import Role
from realtime.inbox.understanding import understand
from realtime.models import Contact, Conversation, PageName, WaitingCustomer
from tests.factories.frames import PAGE, conversation, frame, moment
from tests.factories.staff import logged_in

INBOX = "/admin/realtime/waitingcustomer/"


@pytest.fixture
def care(db: None) -> Client:
    return logged_in(Role.CUSTOMER_CARE)


@pytest.fixture
def contact(db: None) -> Contact:
    understand(frame(conversation("m_1", "còn không", at=moment(1), psid="901", name="Lan bán hàng")))
    return Contact.objects.get()


@pytest.fixture
def lan(db: None) -> Customer:
    return Customer.objects.create(phone="0909000001", name="Đặng Lan")


def address(contact: Contact) -> str:
    return f"{INBOX}contact/{contact.pk}/customer/"


def test_found_by_name_joined_and_taken_apart(care: Client, contact: Contact, lan: Customer) -> None:
    talk = Conversation.objects.get()
    assert address(contact) in care.get(INBOX).content.decode()

    found = care.get(address(contact) + "?q=dang lan")
    assert [one.pk for one in found.context["found"]] == [lan.pk]
    done = care.post(address(contact), {"customer": lan.pk, "back": talk.pk}, follow=True)

    assert done.redirect_chain[-1][0] == f"/admin/realtime/conversation/{talk.pk}/change/"
    assert "Đặng Lan" in done.content.decode()
    contact.refresh_from_db()
    assert (contact.customer, contact.linked_by) == (lan, "hand")
    assert "0909000001" in care.get(address(contact)).content.decode()

    care.post(address(contact))
    contact.refresh_from_db()
    assert (contact.customer, contact.linked_by) == (None, "apart")


def test_the_phone_they_wrote_is_looked_for_at_once(care: Client, contact: Contact) -> None:
    Contact.objects.update(phones=["0909000001"], linked_by="apart")
    lan = Customer.objects.create(phone="0909000001", name="Lan")

    assert care.get(address(contact)).context["found"] == [lan]


def test_who_only_looks_sees_and_may_not(contact: Contact, lan: Customer) -> None:
    viewer = logged_in(Role.VIEWER)

    html = viewer.get(address(contact)).content.decode()
    refused = viewer.post(address(contact), {"customer": lan.pk})

    assert 'name="customer"' not in html
    assert refused.status_code == 403
    assert Contact.objects.get().customer is None
    assert AuditLog.objects.filter(subject=f"contact:{contact.pk}", outcome=Outcome.REFUSED).count() == 1


@pytest.mark.parametrize("query", ["?q=x", "?q=%00", "?q=" + "9" * 300, "?back=abc"])
def test_whatever_is_asked(care: Client, contact: Contact, query: str) -> None:
    assert care.get(address(contact) + query).status_code == 200


def test_nobody_there(care: Client, contact: Contact, lan: Customer) -> None:
    assert care.get(f"{INBOX}contact/{contact.pk + 1}/customer/").status_code == 404
    assert care.post(address(contact), {"customer": lan.pk + 1}, follow=True).status_code == 200
    assert Contact.objects.get().customer is None


def test_pages_are_called_by_their_names(care: Client, contact: Contact) -> None:
    PageName.objects.create(page_id=PAGE, name="Nhi Judy <House>", told_at=timezone.now())

    for where in (INBOX, address(contact), f"/admin/realtime/conversation/{Conversation.objects.get().pk}/change/"):
        assert "Nhi Judy &lt;House&gt;" in care.get(where).content.decode()


def test_how_many_wait_costs_one_count(care: Client, contact: Contact, django_assert_max_num_queries: Any) -> None:
    care.get(INBOX)
    with django_assert_max_num_queries(6):  # Session, user, rights and the count.
        assert care.get(INBOX + "?part=count").json() == {"waiting": 1}
    WaitingCustomer.objects.all().delete()
    assert care.get(INBOX + "?part=count").json() == {"waiting": 0}
    assert Client().get(INBOX + "?part=count").status_code == 302
