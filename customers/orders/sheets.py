"""A sheet of orders, CSV or Excel, as rows of cells by heading. What is in them is `reading`'s business."""

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from customers.orders.taking import ROWS_MAX, InvalidOrders
from n2store.errors import DomainError

FILE_MAX_BYTES = 900_000
"""A request is smaller than 1,000,000 bytes (Caddyfile, `n2store.launch.bodies`), the form around its file included."""
UNPACKED_MAX_BYTES = 50 * 1024 * 1024
COLUMNS_MAX = 60
CELL_LENGTH_MAX = 5_000


class SheetTooLarge(DomainError):
    """The file is larger than a request may be: it is to be brought in parts."""

    status, code = 413, "SHEET_TOO_LARGE"


def check_size(size: int) -> None:
    """Return if a file of `size` bytes is taken.

    Raises:
        SheetTooLarge: it is not.
    """
    if size > FILE_MAX_BYTES:
        raise SheetTooLarge(f"A sheet has at most {FILE_MAX_BYTES:,} bytes", limit=f"{FILE_MAX_BYTES // 1_000} KB")


def read_sheet(content: bytes, *, name: str) -> list[dict[str, Any]]:
    """Return the rows of a file; its first row names the columns, empty rows are left out.

    Raises:
        SheetTooLarge: it has more than `FILE_MAX_BYTES`.
        InvalidOrders: it is no CSV or xlsx file, has no rows, or more than 1,000.
    """
    check_size(len(content))
    is_excel = content[:4] == b"PK\x03\x04" or name.lower().endswith((".xlsx", ".xlsm"))
    lines = _excel(content) if is_excel else _csv(content)
    try:
        headings = [str(cell or "").strip() for cell in next(lines, [])][:COLUMNS_MAX]
        filled = (line for line in lines if any(cell not in (None, "") for cell in line))
        rows = [dict(zip(headings, line, strict=False)) for line in islice(filled, ROWS_MAX + 1)]
    except (csv.Error, ValueError, KeyError, TypeError, AttributeError, zipfile.BadZipFile) as error:
        raise InvalidOrders("The file cannot be read") from error
    if not rows or len(rows) > ROWS_MAX:
        raise InvalidOrders(f"A sheet has 1 to {ROWS_MAX:,} rows below its headings")
    return rows


def _csv(content: bytes) -> Iterator[list[Any]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidOrders("A CSV file must be UTF-8") from error
    first = text.partition("\n")[0]
    parted_by = max(",;\t", key=first.count)
    yield from csv.reader(io.StringIO(text), delimiter=parted_by)


def _excel(content: bytes) -> Iterator[list[Any]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if sum(part.file_size for part in packed.infolist()) > UNPACKED_MAX_BYTES:
                raise InvalidOrders("The file is too large once unpacked")
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        raise InvalidOrders("The file cannot be read") from error
    try:
        if not book.worksheets:
            raise InvalidOrders("The file has no sheet")
        yield from _cells(book.worksheets[0].iter_rows(values_only=True, max_col=COLUMNS_MAX))
    finally:
        book.close()


def _cells(rows: Iterable[tuple[Any, ...]]) -> Iterator[list[Any]]:
    """Yield the cells as a CSV file would have them: Excel takes phones and codes for numbers."""
    for row in rows:
        yield [_plain(cell) for cell in row]


def _plain(cell: Any) -> Any:
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return str(cell)[:CELL_LENGTH_MAX] if isinstance(cell, int | str) else cell
