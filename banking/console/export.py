"""Transfers as a file: CSV or Excel, never without end, and nothing that a customer wrote is a formula."""

from collections.abc import Iterator

from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from banking.models import BankTransfer, Direction
from n2store.sheets import FORMATS, Row, Sheet, send, text

ROWS_MAX = 50_000
"""A file longer than this is a report of its own; its last line says that there is more."""
READ_AT_A_TIME = 1_000
WIDTHS = (17, 12, 16, 14, 50, 24, 12, 22, 20, 14, 17, 40, 24, 12, 16)


def export(rows: QuerySet[BankTransfer], *, format: str) -> HttpResponseBase:
    """Answer with the transfers as a file of the format named in `FORMATS`."""
    sheet = Sheet(lines=_lines(rows.select_related("customer")), title=_("Bank transfers"), widths=WIDTHS)
    return send(sheet, format=FORMATS[format], name="chuyen-khoan")


def _lines(rows: QuerySet[BankTransfer]) -> Iterator[Row]:
    yield [
        _("When"), _("Bank"), _("Account"), _("Amount"), _("Content"), _("Owner"), _("Phone"), _("State"),
        _("Matched by"), _("Decided by"), _("Decided at"), _("Note"), _("Payer"), _("SePay id"), _("Bank reference"),
    ]  # fmt: skip
    for written, row in enumerate(rows[: ROWS_MAX + 1].iterator(chunk_size=READ_AT_A_TIME)):
        if written == ROWS_MAX:
            yield [
                _("There are more rows than the %(most)s of one file: choose a shorter period.") % {"most": ROWS_MAX}
            ]
            return
        yield _line(row)


def _line(row: BankTransfer) -> Row:
    owner = row.customer
    outgoing = row.direction == Direction.OUT
    return [
        row.transferred_at, text(row.gateway), text(row.account_number),
        -row.amount_vnd if outgoing else row.amount_vnd, text(row.content), text(owner.name if owner else ""),
        text(owner.phone if owner else ""), _("Outgoing") if outgoing else row.get_verification_display(),
        row.get_match_method_display(), text(row.verified_by), row.verified_at or "", text(row.verification_note),
        text(f"{row.payer_account} {row.payer_name}".strip()), row.sepay_id, text(row.reference_code),
    ]  # fmt: skip
