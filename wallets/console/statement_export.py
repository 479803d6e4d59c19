"""Rows of the ledger as a file: CSV that Excel opens rightly, or Excel itself; streamed, and never without end."""

import csv
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import IO, Any, Protocol

from django.db.models import QuerySet
from django.http import FileResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from n2store.clock import VIETNAM
from wallets.models import Transaction
from wallets.receipts import receipts_of

ROWS_MAX = 50_000
"""A file longer than this is a report of its own; its last line says that there is more."""
READ_AT_A_TIME = 1_000
_BEGINS_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_NOT_IN_EXCEL = dict.fromkeys([*range(9), 11, 12, *range(14, 32)])

Row = list[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A kind of file."""

    suffix: str
    content_type: str
    respond: Callable[[Iterable[Row]], HttpResponseBase]


def export(rows: QuerySet[Transaction], *, format: Format, name: str) -> HttpResponseBase:
    """Answer with `rows`, which come with their wallet's customer, as a file of that name and today's day."""
    response = format.respond(_lines(rows))
    day = timezone.now().astimezone(VIETNAM)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}-{day:%Y%m%d}.{format.suffix}"'
    response.headers["Content-Type"] = format.content_type
    response.headers["Cache-Control"] = "no-store"
    return response


def _lines(rows: QuerySet[Transaction]) -> Iterator[Row]:
    yield [
        _("When"), _("Customer"), _("Phone"), _("No."), _("Type"), _("Source"), _("Amount"), _("Real before"),
        _("Real after"), _("Virtual before"), _("Virtual after"), _("Note"), _("Where the money is from"), _("By"),
        _("Reference"),
    ]  # fmt: skip
    found = rows[: ROWS_MAX + 1].iterator(chunk_size=READ_AT_A_TIME)
    written = 0
    while some := list(islice(found, READ_AT_A_TIME)):
        receipts = receipts_of(some)
        for row in some:
            if written == ROWS_MAX:
                yield [
                    _("There are more rows than the %(most)s of one file: choose a shorter period.")
                    % {"most": ROWS_MAX}
                ]
                return
            written += 1
            yield _line(row, receipts.get(row.pk, ""))


def _line(row: Transaction, receipt: str) -> Row:
    customer = row.wallet.customer
    return [
        row.occurred_at, text(customer.name), text(customer.phone), row.sequence, row.get_type_display(),
        row.get_source_display(), row.amount_vnd, row.real_before_vnd, row.real_after_vnd, row.virtual_before_vnd,
        row.virtual_after_vnd, text(row.note), text(receipt), text(row.actor),
        text(f"{row.reference_type} {row.reference_id}".strip()),
    ]  # fmt: skip


def text(value: str) -> str:
    """Return what a customer or a bank wrote so that a spreadsheet never takes it for a formula."""
    clean = value.translate(_NOT_IN_EXCEL)
    return f"'{clean}" if clean.lstrip().startswith(_BEGINS_FORMULA) or clean.startswith(_BEGINS_FORMULA) else clean


class _Line(Protocol):
    def writerow(self, row: Iterable[Any]) -> str: ...


class _Echo:
    """A file that hands back what is written."""

    def write(self, line: str) -> str:
        """Return `line`."""
        return line


def _csv(lines: Iterable[Row]) -> HttpResponseBase:
    writer: _Line = csv.writer(_Echo())
    mark = "\ufeff"  # Without it Excel takes the file for Windows-1252.

    def stream() -> Iterator[bytes]:
        yield mark.encode()
        for line in lines:
            yield writer.writerow([_when(value) for value in line]).encode()

    return StreamingHttpResponse(stream())


def _when(value: Any) -> Any:
    return f"{value.astimezone(VIETNAM):%d/%m/%Y %H:%M:%S}" if isinstance(value, datetime) else value


def _xlsx(lines: Iterable[Row]) -> HttpResponseBase:
    """Write the workbook to a file row by row, so that memory does not grow with it, and send the file."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(_("Statement"))
    sheet.freeze_panes = "A2"
    for column, width in zip("ABCDEFGHIJKLMNO", (17, 24, 12, 6, 20, 18, *[14] * 5, 40, 50, 14, 24), strict=True):
        sheet.column_dimensions[column].width = width
    for line in lines:
        sheet.append([_cell(sheet, value) for value in line])
    file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 -- FileResponse closes it
    book.save(file)
    file.seek(0)
    return FileResponse(file)


def _cell(sheet: Any, value: Any) -> Any:
    if isinstance(value, datetime):
        cell = WriteOnlyCell(sheet, value=value.astimezone(VIETNAM).replace(tzinfo=None))
        cell.number_format = "dd/mm/yyyy hh:mm"
        return cell
    cell = WriteOnlyCell(sheet, value=value)
    if isinstance(value, str):
        cell.data_type = "s"
    else:
        cell.number_format = "#,##0"
    return cell


FORMATS = {
    "csv": Format(suffix="csv", content_type="text/csv; charset=utf-8", respond=_csv),
    "xlsx": Format(
        suffix="xlsx",
        content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        respond=_xlsx,
    ),
}
