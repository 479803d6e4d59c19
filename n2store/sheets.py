"""A table as a file: CSV that Excel opens rightly, or Excel itself. Streamed, and what people wrote is no formula."""

import csv
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any, Protocol

from django.http import FileResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.utils import get_column_letter

from n2store.clock import VIETNAM

_BEGINS_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_NOT_IN_EXCEL = dict.fromkeys([*range(9), 11, 12, *range(14, 32)])

Row = list[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """Lines, the first of them the heads of the columns; `title` and `widths` are for Excel."""

    lines: Iterable[Row]
    title: str
    widths: Sequence[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A kind of file."""

    suffix: str
    content_type: str
    respond: Callable[[Sheet], HttpResponseBase]


def send(sheet: Sheet, *, format: Format, name: str) -> HttpResponseBase:
    """Answer with the sheet as a file of that name and today's day."""
    response = format.respond(sheet)
    day = timezone.now().astimezone(VIETNAM)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}-{day:%Y%m%d}.{format.suffix}"'
    response.headers["Content-Type"] = format.content_type
    response.headers["Cache-Control"] = "no-store"
    return response


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


def _csv(sheet: Sheet) -> HttpResponseBase:
    writer: _Line = csv.writer(_Echo())
    mark = "\ufeff"  # Without it Excel takes the file for Windows-1252.

    def stream() -> Iterator[bytes]:
        yield mark.encode()
        for line in sheet.lines:
            yield writer.writerow([_when(value) for value in line]).encode()

    return StreamingHttpResponse(stream())


def _when(value: Any) -> Any:
    return f"{value.astimezone(VIETNAM):%d/%m/%Y %H:%M:%S}" if isinstance(value, datetime) else value


def _xlsx(sheet: Sheet) -> HttpResponseBase:
    """Write the workbook to a file row by row, so that memory does not grow with it, and send the file."""
    book = Workbook(write_only=True)
    page = book.create_sheet(sheet.title)
    page.freeze_panes = "A2"
    for number, width in enumerate(sheet.widths, start=1):
        page.column_dimensions[get_column_letter(number)].width = width
    for line in sheet.lines:
        page.append([_cell(page, value) for value in line])
    file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 -- FileResponse closes it
    book.save(file)
    file.seek(0)
    return FileResponse(file)


def _cell(page: Any, value: Any) -> Any:
    if isinstance(value, datetime):
        cell = WriteOnlyCell(page, value=value.astimezone(VIETNAM).replace(tzinfo=None))
        cell.number_format = "dd/mm/yyyy hh:mm"
        return cell
    cell = WriteOnlyCell(page, value=value)
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
