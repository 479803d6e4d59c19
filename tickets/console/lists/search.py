"""Finding a ticket by what somebody has at hand: code, phone, name, parcel, or a part of the order's code."""

import re
from typing import Any

from django.db.models import Q, QuerySet

from customers.models import Customer
from customers.phones import InvalidPhone, canonical_phone, looks_like_phone
from n2store.wire import storable
from tickets.models import Ticket, YearCounter
from tickets.queries import CODE_PREFIX

NOTHING = Q(pk__in=[])
NAMED_MAX = 500
"""So many customers of a name, the newest: a name that half the shop has finds nobody in particular."""
NAME_LENGTH_MIN = 2
_CODE = re.compile(r"TV-([0-9]{4})-([0-9]{1,5})")
_NUMBER = re.compile(r"[0-9]{1,6}")


def tickets_saying(text: str) -> Q:
    """Return the condition of tickets that a text means."""
    text = text.strip()
    if not storable(text) or len(text) > 200:
        return NOTHING
    if text.upper().startswith(CODE_PREFIX):
        return _of_code(text.upper())
    if looks_like_phone(text):
        try:
            return Q(customer__phone=canonical_phone(text))
        except InvalidPhone:
            pass
    return Q(pk__in=_found(text))


def _of_code(text: str) -> Q:
    """Return the condition of a code's beginning, or of a code without its zeros."""
    beginning, code = Q(code__startswith=text), _CODE.fullmatch(text)
    return beginning | Q(code=_code(int(code[1]), int(code[2]))) if code else beginning


def _code(year: int, number: int) -> str:
    return f"{CODE_PREFIX}{year}-{number:05}"


def _found(text: str) -> QuerySet[Ticket, Any]:
    """Return the ids of tickets by order, parcel, number or name: each by its own index, never by OR over all."""
    kept = Ticket.objects.kept().order_by()
    ways = [kept.filter(tracking_code__in={text, text.upper()})]
    if _NUMBER.fullmatch(text):
        codes = [_code(year, int(text)) for year in YearCounter.objects.values_list("year", flat=True)]
        ways.append(kept.filter(code__in=codes))
    elif len(text) >= NAME_LENGTH_MIN and any(sign.isalpha() for sign in text):
        named = Customer.objects.matching(text).order_by("-pk").values("pk")[:NAMED_MAX]
        ways.append(kept.filter(customer__in=named))
    of_order = kept.filter(order_id__icontains=text).values("pk")
    return of_order.union(*(way.values("pk") for way in ways))
