"""The closing sheet: what the bank says of each account's day, beside what the shop made of it."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _

from banking.console.pages import page, require_sight
from banking.continuity.closing import ClosingRow, TooManyDays, closing_sheet
from n2store.clock import vietnam_day
from n2store.periods import Period, period_of
from n2store.refused import sentence
from n2store.sheets import FORMATS, Row, Sheet, send, text

DAYS_SHOWN = 7
WIDTHS = (12, 12, 16, *[15] * 10)


def closing_view(request: HttpRequest) -> HttpResponse:
    """Show the days that were asked for, by default the last seven."""
    require_sight(request)
    period = _period(request)
    try:
        rows, refused = _rows(period), ""
    except TooManyDays as error:
        rows, refused = [], sentence(error)
    context = {
        "rows": rows,
        "refused": refused,
        "missing_vnd": sum(abs(row.difference_vnd) for row in rows),
        "period": period,
        "asked": request.GET.urlencode(),
    }
    return page(request, "closing", context, title=_("Closing sheet"), tab="closing", status=400 if refused else 200)


def closing_file(request: HttpRequest, format: str) -> HttpResponseBase:
    """Send the days that were asked for as a file."""
    require_sight(request)
    if format not in FORMATS:
        raise Http404
    try:
        rows = _rows(_period(request))
    except TooManyDays as error:
        raise Http404(str(error)) from error
    return send(
        Sheet(lines=_lines(rows), title=_("Closing sheet"), widths=WIDTHS), format=FORMATS[format], name="chot-so"
    )


def _period(request: HttpRequest) -> Period:
    asked = period_of(request.GET)
    last = asked.last or asked.first or vietnam_day(timezone.now())
    return Period(first=asked.first or last - timedelta(days=DAYS_SHOWN - 1), last=last)


def _rows(period: Period) -> list[ClosingRow]:
    assert period.first is not None
    return closing_sheet(begin=period.first, end=period.last)


def _lines(rows: list[ClosingRow]) -> Iterator[Row]:
    yield [
        _("Day"), _("Bank"), _("Account"), _("Opening"), _("Came in"), _("Went out"), _("Closing"), _("Credited"),
        _("Waits for the accountant"), _("No owner yet"), _("No customer's money"), _("Difference"), _("Incidents"),
    ]  # fmt: skip
    for row in rows:
        numbers: list[Any] = [
            row.opening_vnd, row.came_vnd, row.went_vnd, row.closing_vnd, row.credited_vnd, row.owned_vnd,
            row.unowned_vnd, row.rejected_vnd, row.difference_vnd,
        ]  # fmt: skip
        named = ", ".join(f"#{incident.id}" for incident in row.incidents)
        yield [f"{row.day:%d/%m/%Y}", text(row.gateway), text(row.account_number), *numbers, named]
