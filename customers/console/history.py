"""The whole history of a customer: by type, by who did it, by day; older lines on demand."""

from collections.abc import Iterable
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from customers.fraud.told import reason_told
from customers.models import Activity, ActivityType, Customer
from customers.queries import activities
from n2store.pages import drawn
from n2store.periods import period_of
from wallets.shortfalls import told_error

ROWS_PER_PAGE = 50
ACTOR_LENGTH_MAX = 100
_CURSOR_DIGITS_MAX = 18


def in_words(rows: Iterable[Activity]) -> list[Activity]:
    """Return lines as a screen shows them: missing money and rules of fraud in the reader's language."""
    rows = list(rows)
    for row in rows:
        row.description = told_error(row.description)
        if row.type == ActivityType.PROFILE_UPDATED:
            row.description = reason_told(row.description)
    return rows


def history_view(request: HttpRequest, customer_id: int) -> HttpResponse:
    """Show a page of the lines that were asked for, newest first."""
    if not request.user.has_perm("customers.view_customer"):
        raise PermissionDenied
    customer = get_object_or_404(Customer, pk=customer_id)
    filters = {name: request.GET[name] for name in ("type", "actor", "from", "to") if request.GET.get(name)}
    period = period_of(request.GET)
    before = request.GET.get("before", "")
    known = before.isascii() and before.isdigit() and len(before) <= _CURSOR_DIGITS_MAX
    found = activities(
        customer,
        types=[filters["type"]] if filters.get("type") in ActivityType.values else [],
        actor=filters.get("actor", "").strip()[:ACTOR_LENGTH_MAX].replace("\x00", ""),
        since=period.since,
        until=period.before,
        before=int(before) if known else None,
    )
    rows = list(found[: ROWS_PER_PAGE + 1])
    more = rows[ROWS_PER_PAGE - 1].pk if len(rows) > ROWS_PER_PAGE else None
    context = {
        "customer": customer,
        "original": customer,
        "tab": "activity",
        "activities": in_words(rows[:ROWS_PER_PAGE]),
        "types": [(type.value, type.label, type.value == filters.get("type")) for type in ActivityType],
        "filters": filters,
        "more": urlencode(filters | {"before": str(more)}) if more else "",
    }
    title = f"{_('Activity')} · {customer.name}"
    return drawn(request, "customers/customer/activity.html", context, title=title, of=Customer)
