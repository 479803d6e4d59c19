"""Which customer a contact is: joined by a phone they wrote, or by hand. What was decided by hand stays so."""

from dataclasses import dataclass
from typing import ClassVar

from django.db import connection, transaction

from customers.models import Customer
from customers.queries import CustomerNotFound
from n2store import audit
from n2store.errors import NotAllowed, NotFound
from n2store.events import Event, publish, wake_after_commit
from n2store.roles import Caller
from realtime.inbox.authority import may_answer
from realtime.models import Contact, Linked

LINK_KNOWN = "SELECT realtime_link_known()"


class ContactNotFound(NotFound):
    """There is no contact with this id."""

    code = "CONTACT_NOT_FOUND"


@dataclass(frozen=True, kw_only=True)
class ContactLinked(Event):
    """A contact is another customer's from now on, or nobody's."""

    name: ClassVar[str] = "inbox.linked"
    page_id: str
    psid: str
    customer_id: int | None
    phones: tuple[str, ...]
    """Of the customers whose screens show it otherwise now."""

    def topics(self) -> list[str]:
        """Return the inbox's channel, the page's and those of the customers."""
        return ["inbox", f"page:{self.page_id}", *(f"customer:{phone}" for phone in self.phones)]


def link(contact_id: int, customer_id: int, *, caller: Caller) -> Contact:
    """Join a contact with a customer by hand, whatever was known before.

    Raises:
        NotAllowed: the caller only looks.
        ContactNotFound, CustomerNotFound: there is none.
    """
    customer = Customer.objects.filter(pk=customer_id).first()
    if customer is None:
        raise CustomerNotFound("Customer not found")
    return _set(contact_id, customer, Linked.HAND, caller=caller)


def unlink(contact_id: int, *, caller: Caller) -> Contact:
    """Take a contact from its customer; no phone joins them again. Raises as `link` does."""
    return _set(contact_id, None, Linked.APART, caller=caller)


def link_known() -> int:
    """Join contacts with the customers whose phone they wrote before there was one, and return how many."""
    with connection.cursor() as cursor:
        cursor.execute(LINK_KNOWN)
        linked = int(cursor.fetchone()[0])
    if linked:
        wake_after_commit()
    return linked


@transaction.atomic
def _set(contact_id: int, customer: Customer | None, how: Linked, *, caller: Caller) -> Contact:
    if not may_answer(caller):
        raise NotAllowed("You may not join contacts with customers.")
    # Without a join: after a wait for the lock it would tell of the customer from before the wait.
    contact = Contact.objects.select_for_update().filter(pk=contact_id).first()
    if contact is None:
        raise ContactNotFound("There is no such contact.")
    before = contact.customer
    contact.customer, contact.linked_by = customer, how
    contact.save(update_fields=["customer", "linked_by"])
    if before == customer:
        return contact
    audit.record(
        actor=caller.name, action="inbox.link" if customer else "inbox.unlink", subject=f"contact:{contact.pk}",
        before={"customer_id": before.pk if before else None}, after={"customer_id": customer.pk if customer else None},
    )  # fmt: skip
    phones = tuple(one.phone for one in (before, customer) if one is not None)
    publish(
        ContactLinked(
            page_id=contact.page_id, psid=contact.psid, customer_id=customer.pk if customer else None, phones=phones
        )
    )
    return contact
