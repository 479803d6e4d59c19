"""Whose contact it is: by a phone, by hand, and apart again."""

from typing import Any

import pytest

from customers.models import Customer
from customers.queries import CustomerNotFound
from n2store.errors import NotAllowed
from n2store.models import AuditLog, Event, JobRun
from n2store.roles import EVERYONE, Caller, Role
from realtime.inbox import linking
from realtime.inbox.linking import ContactNotFound
from realtime.inbox.understanding import understand
from realtime.models import Contact, Conversation
from realtime.tasks import link_contacts
from tests.factories.frames import conversation, frame, moment
from tests.threads import behind

pytestmark = pytest.mark.django_db
STAFF = Caller(name="hoa", roles=EVERYONE)
PHONE = "0909000001"


def write(number: int, text: str, **more: Any) -> Contact:
    given: dict[str, Any] = {"at": moment(number), "psid": "901"} | more
    understand(frame(conversation(f"m_{number}", text, **given)))
    return Contact.objects.get(psid=given["psid"])


@pytest.fixture
def lan() -> Customer:
    return Customer.objects.create(phone=PHONE, name="Lan")


def told() -> list[Any]:
    return list(Event.objects.filter(name="inbox.linked").order_by("pk").values_list("payload__customer_id", flat=True))


def test_by_hand_and_back(lan: Customer) -> None:
    contact = write(1, "còn không")

    linking.link(contact.pk, lan.pk, caller=STAFF)
    linking.link(contact.pk, lan.pk, caller=STAFF)
    contact.refresh_from_db()
    assert (contact.customer, contact.linked_by) == (lan, "hand")

    linking.unlink(contact.pk, caller=STAFF)
    contact.refresh_from_db()
    assert (contact.customer, contact.linked_by) == (None, "apart")
    assert told() == [lan.pk, None]
    assert Event.objects.filter(name="inbox.linked", topics__contains=["inbox", f"customer:{PHONE}"]).count() == 2
    lines = AuditLog.objects.filter(action__startswith="inbox.").order_by("pk").values_list("action", "before", "after")
    assert list(lines) == [
        ("inbox.link", {"customer_id": None}, {"customer_id": lan.pk}),
        ("inbox.unlink", {"customer_id": lan.pk}, {"customer_id": None}),
    ]


@pytest.mark.django_db(transaction=True)
def test_whoever_waited_for_a_contact_tells_of_the_customer_it_got_meanwhile(lan: Customer) -> None:
    contact = write(1, "còn không")

    behind(lambda: linking.link(contact.pk, lan.pk, caller=STAFF), lambda: linking.unlink(contact.pk, caller=STAFF))

    assert told() == [lan.pk, None]
    assert AuditLog.objects.get(action="inbox.unlink").before == {"customer_id": lan.pk}


def test_a_phone_joins_at_once_and_what_was_taken_apart_stays_apart(lan: Customer) -> None:
    contact = write(1, f"sđt em {PHONE}")
    assert (contact.customer, contact.linked_by, contact.phones) == (lan, "phone", [PHONE])

    linking.unlink(contact.pk, caller=STAFF)

    assert write(2, f"sđt em {PHONE} nha").customer is None
    assert link_contacts() == 0


def test_a_customer_made_later_is_found_by_the_phone_written_before() -> None:
    contact = write(1, f"sđt em {PHONE}")
    assert (contact.customer, contact.phones) == (None, [PHONE])
    other = write(2, "0909000002 hay 0909000003", psid="902")
    lan = Customer.objects.create(phone=PHONE, name="Lan")
    for phone in ("0909000002", "0909000003"):
        Customer.objects.create(phone=phone)

    assert link_contacts() == 1

    contact.refresh_from_db()
    other.refresh_from_db()
    assert (contact.customer, contact.linked_by, other.customer) == (lan, "phone", None)
    assert told() == [lan.pk]
    assert JobRun.objects.get(job="link-contacts").changed == 1
    assert link_contacts() == 0


def test_the_next_message_finds_them_too() -> None:
    write(1, f"sđt em {PHONE}")
    lan = Customer.objects.create(phone=PHONE, name="Lan")

    assert write(2, "shop ơi").customer == lan


def test_phones_are_kept_once_the_newest_first_and_few() -> None:
    for number in range(1, 8):
        contact = write(number, f"số 090900000{number} và 090900000{max(number - 1, 1)}")

    assert contact.phones == [f"090900000{number}" for number in (7, 6, 5, 4, 3)]


@pytest.mark.parametrize("role", [Role.WAREHOUSE, Role.VIEWER])
def test_who_only_looks_may_not(lan: Customer, role: Role) -> None:
    contact, looks = write(1, "còn không"), Caller(name="an", roles=frozenset({role}))

    with pytest.raises(NotAllowed):
        linking.link(contact.pk, lan.pk, caller=looks)
    with pytest.raises(NotAllowed):
        linking.unlink(contact.pk, caller=looks)
    assert Contact.objects.get().linked_by == ""


def test_nobody_there(lan: Customer) -> None:
    contact = write(1, "còn không")

    with pytest.raises(CustomerNotFound):
        linking.link(contact.pk, lan.pk + 1, caller=STAFF)
    with pytest.raises(ContactNotFound):
        linking.link(contact.pk + 1, lan.pk, caller=STAFF)


def test_a_single_message_does_not_say_how_much_is_unread() -> None:
    write(1, "một", unread=3)
    single = {"page_id": "100000000000101", "conversation_id": Conversation.objects.get().thread,
              "message": {"id": "m_2", "from": {"id": "901"}, "message": "hai"}}  # fmt: skip
    understand(frame(single, event="pages:new_message"))

    assert Conversation.objects.get().unread == 3
