"""A customer's statement with filters, pages and files, and the list of all their lots."""

from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _

from customers.models import Customer
from n2store.pages import drawn
from n2store.periods import period_of
from n2store.roles import caller_of
from wallets.console.panel import lot_rows, statement_rows
from wallets.console.statement_export import FORMATS, export
from wallets.models import CreditStatus, Transaction, TransactionType, VirtualCredit
from wallets.queries import statement

ROWS_PER_PAGE = 50
LOTS_SHOWN_MAX = 200
_CURSOR_DIGITS_MAX = 18


def statement_view(request: HttpRequest, customer_id: int) -> HttpResponse:
    """Show a page of the rows that were asked for, newest first."""
    _require_sight(request)
    customer = get_object_or_404(Customer.objects.select_related("wallet"), pk=customer_id)
    found = _rows_asked_for(request, customer).select_related("reversed_by", "reverses")
    before = request.GET.get("before", "")
    if before.isascii() and before.isdigit() and len(before) <= _CURSOR_DIGITS_MAX:
        found = found.filter(sequence__lt=int(before))
    rows = list(found[: ROWS_PER_PAGE + 1])
    older = rows[ROWS_PER_PAGE - 1].sequence if len(rows) > ROWS_PER_PAGE else None
    filters = {name: request.GET[name] for name in ("type", "from", "to") if request.GET.get(name)}
    context = {
        "rows": statement_rows(rows[:ROWS_PER_PAGE], caller_of(request.user)),
        "types": [(type.value, type.label, type.value == request.GET.get("type")) for type in TransactionType],
        "filters": filters,
        "query": urlencode(filters),
        "older": urlencode(filters | {"before": str(older)}) if older else "",
        "paged": bool(before),
    }
    return _page(request, customer, "statement", _("Statement"), context)


def statement_file(request: HttpRequest, customer_id: int, format: str) -> HttpResponseBase:
    """Send the rows that were asked for as a file."""
    _require_sight(request)
    customer = get_object_or_404(Customer, pk=customer_id)
    rows = _rows_asked_for(request, customer).select_related("wallet__customer")
    return export(rows, format=FORMATS[format], name=f"sao-ke-{customer.phone}")


def lots_view(request: HttpRequest, customer_id: int) -> HttpResponse:
    """Show the lots that live, and below them on demand those that have ended."""
    _require_sight(request)
    customer = get_object_or_404(Customer.objects.select_related("wallet"), pk=customer_id)
    now = timezone.now()
    lots = VirtualCredit.objects.filter(wallet=customer.wallet)
    live = lots.filter(status=CreditStatus.ACTIVE, expires_at__gt=now).order_by("expires_at", "id")[:LOTS_SHOWN_MAX]
    caller = caller_of(request.user)
    asked = "ended" in request.GET
    over = lots.exclude(status=CreditStatus.ACTIVE, expires_at__gt=now).order_by("-id")[:LOTS_SHOWN_MAX]
    context = {
        "live": lot_rows(live, at=now, caller=caller),
        "asked": asked,
        "ended": lot_rows(over, at=now, caller=caller) if asked else [],
        "lots_shown_max": LOTS_SHOWN_MAX,
    }
    return _page(request, customer, "lots", _("Credit lots"), context)


def _rows_asked_for(request: HttpRequest, customer: Customer) -> QuerySet[Transaction]:
    """Return the customer's rows narrowed by `type`, `from` and `to`; what means nothing narrows nothing."""
    type = request.GET.get("type", "")
    rows = statement(customer, type=type if type in TransactionType.values else None)
    period = period_of(request.GET)
    if period.since:
        rows = rows.filter(occurred_at__gte=period.since)
    return rows.filter(occurred_at__lt=period.before) if period.before else rows


def _require_sight(request: HttpRequest) -> None:
    if not request.user.has_perm("wallets.view_transaction"):
        raise PermissionDenied


def _page(request: HttpRequest, customer: Customer, tab: str, title: str, context: dict[str, Any]) -> HttpResponse:
    common = {"customer": customer, "original": customer, "tab": tab}
    title = f"{title} · {customer.name}"
    return drawn(request, f"wallets/wallet/{tab}.html", common | context, title=title, of=Customer)
