"""Rows of the ledger as a file; never without end."""

from collections.abc import Iterator
from itertools import islice

from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from n2store.sheets import FORMATS, Format, Row, Sheet, send, text
from wallets.models import Transaction
from wallets.receipts import receipts_of

__all__ = ["FORMATS", "export"]

ROWS_MAX = 50_000
"""A file longer than this is a report of its own; its last line says that there is more."""
READ_AT_A_TIME = 1_000
WIDTHS = (17, 24, 12, 6, 20, 18, *[14] * 5, 40, 50, 14, 24)


def export(rows: QuerySet[Transaction], *, format: Format, name: str) -> HttpResponseBase:
    """Answer with `rows`, which come with their wallet's customer, as a file of that name and today's day."""
    return send(Sheet(lines=_lines(rows), title=_("Statement"), widths=WIDTHS), format=format, name=name)


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
