"""Finding a ticket by what somebody has at hand: its code, a phone, or a part of the order's code."""

from django.db.models import Q

from customers.phones import InvalidPhone, canonical_phone, looks_like_phone
from n2store.wire import storable
from tickets.queries import CODE_PREFIX

NOTHING = Q(pk__in=[])


def tickets_saying(text: str) -> Q:
    """Return the condition of tickets that a text means."""
    text = text.strip()
    if not storable(text) or len(text) > 200:
        return NOTHING
    if text.upper().startswith(CODE_PREFIX):
        return Q(code__startswith=text.upper())
    if looks_like_phone(text):
        try:
            return Q(customer__phone=canonical_phone(text))
        except InvalidPhone:
            pass
    return Q(order_id__icontains=text)
