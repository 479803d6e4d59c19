"""Every change to a customer, a verb each."""

from django.db import connection, transaction

from customers.models import Customer
from customers.phones import canonical_phone
from n2store.events import wake_after_commit


@transaction.atomic
def get_or_create_customer(*, phone: str, name: str = "", by: str) -> tuple[Customer, bool]:
    """Return the customer of `phone` in any spelling, made with the seed's defaults if there was none.

    Calls at once for one phone make one customer. The wallet is opened in the same transaction, by trigger.

    Raises:
        InvalidPhone: `phone` is no Vietnamese number.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM customers_ensure(%s, %s, %s)", [canonical_phone(phone), name, by])
        customer_id, created = cursor.fetchone()
    if created:
        wake_after_commit()
    return Customer.objects.get(pk=customer_id), created
